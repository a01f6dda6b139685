"""The first rows of a run, and the question whether to go on with the others.

Who is asked, and how, is the caller's business; how rows are worked on is `execution`'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import polars as pl

from ops.jobs.base import RESTING, State
from ops.outcomes import outcomes
from ops.runs import RunFolder
from ops.tally import unended
from ops.triage import Group, triage


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of the first rows of a run."""

    rows: int
    counts: dict[str, int]
    """By state; they add up to the rows."""
    groups: tuple[Group, ...]
    """Those that did not go well by cause, the largest first."""
    others: int
    """Rows that have not been begun."""


@dataclass(frozen=True, slots=True)
class Canary:
    """How many rows go first, and who decides whether the others follow."""

    rows: int
    goes_on: Callable[[Trial], Awaitable[bool]] | None = None
    """Asked once they all have ended, those that wait for the server included; without it the run stops."""

    @property
    def why(self) -> str:
        """Why a run ends here."""
        first = "the first row is" if self.rows == 1 else f"the first {self.rows:,} rows are"
        return f"{first} through, and nobody has said to go on; resume goes on"


def trial_of(folder: RunFolder, last: int) -> Trial:
    """What became of the acting rows of a run up to one.

    Args:
        folder: The run, whose journal is written down as far as it goes.
        last: The last row that was handed out.
    """
    plan, journal = folder.plan, folder.journal
    counts = dict.fromkeys((state.value for state in State), 0)

    def first_rows() -> Iterator[pl.DataFrame]:
        for window in outcomes(plan, journal):
            rows = window.filter((pl.col("row") <= last) & ~pl.col("verb").is_in([verb.value for verb in RESTING]))
            for status, count in rows.group_by("status").len().iter_rows():
                counts[status] += count
            yield rows
            if window["row"].item(-1) >= last:
                return

    groups = triage(first_rows(), plan, folder.id)
    return Trial(sum(counts.values()), counts, groups, unended(plan, journal) - counts[State.PENDING])
