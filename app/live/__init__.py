"""The window's view of the workspace on disk: feeds, summaries, selection, and work off the GUI thread."""
