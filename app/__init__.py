"""Epochal's window: Qt only.  Never imports torch or optuna, not even indirectly."""
