"""What may be chosen about any table."""

from __future__ import annotations

from typing import Annotated

from core.data.source import TaskChoice
from core.spec.fields import Section, about


class TableOptions(Section, frozen=True):
    """Options that CSV and Parquet share."""

    path: Annotated[str, about("File", "The table to read.", path="file")] = ""
    target: Annotated[str, about("Target", "The column to predict; empty takes the last one.", column=True)] = ""
    task: Annotated[
        TaskChoice, about("Task", "Classes or numbers; auto decides by the target's values and says so.")
    ] = "auto"
    columns: Annotated[
        tuple[str, ...], about("Columns", "The columns to learn from; empty takes all.", column=True)
    ] = ()
    ignore: Annotated[tuple[str, ...], about("Ignore", "Columns to leave out.", column=True)] = ()
    categorical: Annotated[
        tuple[str, ...],
        about(
            "Categories", "Columns of numbers that are names, not amounts, such as a postcode.", column=True, rare=True
        ),
    ] = ()
    max_categories: Annotated[
        int,
        about(
            "Most categories",
            "A column keeps its most frequent categories, the rest count as one.",
            unit="categories",
            ge=2,
            le=10_000,
            rare=True,
        ),
    ] = 100
