"""Curves of runs: live, of any length, any number overlaid."""
