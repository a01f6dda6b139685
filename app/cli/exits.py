"""The exit codes: an interface for scripts, one sentence each.

Which one a command ends with is decided where it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """How a command ended, and the sentence that says so."""

    sentence: str

    DONE = 0, "everything asked for is done, or was so already; of a plan: every row is plannable"
    LEFTOVERS = 1, "finished, but some rows are invalid, held or refused, or read back otherwise than written"
    NOTHING_SENT = 2, "nothing was sent: bad usage, file, mapping, plan or account"
    STOPPED = 3, "stopped early: resume goes on"
    DOUBT = 4, "finished, but the outcome of some rows is unknown"
    HELD = 75, "another process holds this run"

    def __new__(cls, code: int, sentence: str) -> Self:
        """A code and its sentence."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member


def of_run(state: str, counts: Mapping[str, int], *, otherwise: int = 0) -> ExitCode:
    """How a run ended: stopped goes before doubt, and doubt before leftovers.

    Args:
        state: Of the run.
        counts: Its rows by state.
        otherwise: Rows that were read back and are not as written, or could not be read.
    """
    if state == "stopped":
        return ExitCode.STOPPED
    if counts["unknown"]:
        return ExitCode.DOUBT
    return ExitCode.LEFTOVERS if otherwise else of_rows(counts)


def of_rows(counts: Mapping[str, int]) -> ExitCode:
    """Whether rows are left over; takes the counts of a run and the verbs of a plan alike."""
    left = sum(counts.get(name, 0) for name in ("invalid", "held", "refused"))
    return ExitCode.LEFTOVERS if left else ExitCode.DONE
