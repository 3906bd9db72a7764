"""The right column: the sections of the draft, and what belongs to a run, read-only."""
