"""The list of runs on the left."""
