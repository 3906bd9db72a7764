"""Modules that know no Qt, imported before it.

PySide6 reads the source of every module that is imported after it, to see whether that uses Qt too; these need not be
read.  It saves a tenth of the start-up time, and nothing depends on it.
"""

from __future__ import annotations

import core.runs.overview
import core.spec.command_line
import core.spec.describing
import core.spec.diff  # noqa: F401
