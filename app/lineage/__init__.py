"""The lineage of a run, drawn: which run came from which, and at which step."""
