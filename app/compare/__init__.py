"""Comparing checkpoints and runs in the window: what `core.comparison` says, as pictures and tables.

`page.ComparePage` is the page of checkpoints, `runs_table.RunsTable` the table of runs below the curves.  Everything
heavy happens in a process of its own (`question.Question`); torch never comes into the window.
"""
