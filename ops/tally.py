"""The counts of a run: while it goes, and as plan and journal have them.

Every row of the plan is in exactly one of the seven states, at every moment. Nothing is sent or written here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ops.errors import RunError
from ops.events import RowPast
from ops.jobs.base import Finished, State
from ops.journal import JournalReader
from ops.leat.pace import PaceState
from ops.plan import Plan


@dataclass(frozen=True, slots=True)
class Trouble:
    """A row that did not go well."""

    row: int
    state: State
    message: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A run at one moment.

    `counts` has all seven states and adds up to `rows`; rows in hand count as pending.
    """

    rows: int
    counts: dict[State, int]
    seconds: float
    finished: int
    """Rows that ended since this process began."""
    requests: int
    retries: int
    pace: PaceState
    latest: tuple[Trouble, ...] = ()
    waiting: int = 0
    """Of the pending rows, those whose deed is done and that wait for the server."""
    looked: int = 0
    """Rows that were read back, of `to_look` that are to be once the others have ended."""
    to_look: int = 0

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.counts[State.PENDING]

    @property
    def rows_per_second(self) -> float:
        """Rows ended per second so far."""
        return self.finished / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the speed so far; None before anything ended, and during a pause."""
        return self.left / self.rows_per_second if self.finished and self.pace.paused_for < 1 else None


@dataclass(slots=True)
class Score:
    """The counts of a run as they grow; the one thing workers of a run write together."""

    rows: int
    counts: dict[State, int]
    finished: int = 0
    refused: int = 0
    unknown: int = 0
    """Rows that came to be in doubt; not those that were so before."""
    held: int = 0
    left: int = 0
    """Rows that were taken up and could not be read; a resume goes on with them."""
    latest: deque[Trouble] = field(default_factory=lambda: deque(maxlen=8))

    def leave(self, row: int, why: str) -> None:
        """Note a row that is left for a resume because it could not be read."""
        self.left += 1
        self.latest.append(Trouble(row, State.PENDING, why))

    def add(self, row: int, finished: Finished, before: State) -> None:
        """Count a row that has ended, out of the state it was counted in before."""
        self.counts[before] -= 1
        self.counts[finished.state] += 1
        self.finished += 1
        self.refused += finished.state is State.REFUSED
        self.unknown += finished.state is State.UNKNOWN and before is not State.UNKNOWN
        self.held += finished.state is State.HELD
        if finished.state in {State.REFUSED, State.UNKNOWN, State.HELD}:
            self.latest.append(Trouble(row, finished.state, finished.message))


def opening_counts(plan: Plan, journal: JournalReader) -> dict[State, int]:
    """The seven counts as plan and journal have them.

    Raises:
        RunError: They do not add up to the plan's rows.
    """
    counts = dict.fromkeys(State, 0) | plan.resting
    for name, count in journal.states().items():
        counts[State(name)] += count
    doubtful = sum(past.in_doubt for past in journal.open_pasts().values())
    counts[State.UNKNOWN] += doubtful
    counts[State.PENDING] = plan.meta.rows - sum(counts.values())
    if counts[State.PENDING] < 0:
        raise RunError(f"The journal knows more rows than the plan's {plan.meta.rows}: it belongs to another plan.")
    return counts


def unended(plan: Plan, journal: JournalReader) -> int:
    """How many rows a resume would go on with: pending ones, and those given up in the middle of a step."""
    return plan.acting - sum(journal.states().values())


def counted_as(past: RowPast) -> State:
    """The state a row that is to be driven is counted in until it has ended."""
    if past.state is not None:
        return State(past.state)
    return State.UNKNOWN if past.in_doubt else State.PENDING
