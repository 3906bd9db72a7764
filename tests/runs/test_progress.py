"""A share of the budget in whole percent, the same wherever it is written."""

from __future__ import annotations

import pytest

from core.runs.progress import share_spent, whole_percent


@pytest.mark.parametrize(
    ("step", "total", "percent"), [(0, 0, 0), (29, 100, 29), (27, 1000, 2), (999, 1000, 99), (9, 8, 100)]
)
def test_that_percent_are_rounded_down(step: int, total: int, percent: int) -> None:
    assert whole_percent(share_spent(step, total)) == percent


def test_that_every_whole_percent_is_reached() -> None:
    assert [whole_percent(share_spent(step, 100)) for step in range(101)] == list(range(101))
