"""Comparing checkpoints, and comparing runs."""
