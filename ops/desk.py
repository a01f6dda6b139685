"""What the workers of a run share: the job, the journal, the pace, how patient they are, and what they have learnt.

Nothing is sent or waited for here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ops.control import Control
from ops.errors import LeatopsError, RefusedError, StoppedByAccountError
from ops.jobs.base import Finished, Job, State
from ops.journal import Journal
from ops.leat.client import Answer, NotSent, Unknown
from ops.leat.codes import meaning
from ops.leat.pace import Pace
from ops.leat.requests import Request
from ops.snapshot import KnownCards


class Wire(Protocol):
    """One worker's line to the account."""

    async def send(self, request: Request[Any]) -> Answer[Any]:
        """Send one request, at most once on the wire."""

    async def aclose(self) -> None:
        """Close the line."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long trouble, and what the server does in its own time, is waited out; seconds."""

    repeats: int = 3
    """How often an unknown step that may be repeated is repeated."""
    first_pause: float = 0.5
    growth: float = 4.0
    not_there_yet: float = 60.0
    """How long a contact of our own asynchronous create may take to be found."""
    longest_pause: float = 60.0
    maintenance: float = 6 * 3600.0
    """How long a server that says it is in maintenance is tried."""
    unreachable: float = 15 * 60.0
    """How long a server that cannot be reached is tried."""
    first_poll: float = 1.0
    """When a row that waits is first looked at, as long as nobody knows how long the server takes."""
    poll_growth: float = 1.6
    """What a row has waited at each look is so many times what it had waited at the one before."""
    longest_poll: float = 60.0
    poll_limit: float = 900.0
    """How long a row waits before it is told as not confirmed."""

    def until_poll(self, waited: float, usual: float, known: float = 0.0) -> float:
        """How long to wait before the next look at a row.

        Args:
            waited: How long it has waited.
            usual: How long rows seem to take that wait for the same; 0 while nobody knows.
            known: How long those took that were confirmed: a look before that is worth nothing; 0 when none was.
        """
        pause = max(self.first_poll, waited * (self.poll_growth - 1), usual - waited)
        return max(0.0, min(pause, max(self.longest_poll, known - waited), self.poll_limit - waited))


SILENT: Final = 5
"""After so many answers in a row that told nothing, or one of maintenance, a read finds out if the server is there."""
UNDER: Final = 0.9
"""A row that was confirmed at the first look took somewhat less than it had waited."""
WEIGHT: Final = 0.2
"""Of one row in what is held for usual."""


@dataclass(slots=True)
class Waits:
    """How long the server takes to do what it does in its own time, as this process has seen, by step."""

    _took: dict[str, float] = field(default_factory=dict)
    _longest: dict[str, float] = field(default_factory=dict)

    def usual(self, name: str) -> float:
        """Seconds; before anything was confirmed, the longest that a row was seen to wait in vain."""
        return self._took.get(name, self._longest.get(name, 0.0))

    def known(self, name: str) -> float:
        """Seconds that confirmed rows took; 0 before one was confirmed."""
        return self._took.get(name, 0.0)

    def confirmed(self, name: str, before: float, waited: float) -> None:
        """Learn from a row that is confirmed.

        Args:
            name: The step.
            before: How long it had waited at the look before, in vain; 0 when there was none.
            waited: How long it has waited now.
        """
        took = (before + waited) / 2 if before else waited * UNDER
        self._took[name] = took + (self._took.get(name, took) - took) * (1 - WEIGHT)

    def in_vain(self, name: str, waited: float) -> None:
        """Learn from a row that is not confirmed yet."""
        self._longest[name] = max(waited, self._longest.get(name, 0.0))


class HaltError(Exception):
    """The account stops the whole run; the row at hand was not done."""

    def __init__(self, error: LeatopsError) -> None:
        super().__init__(error.message)
        self.error = error


class LeftError(Exception):
    """The row is left as it stands, for a resume; the text says why, unless a drain did it."""


class EndedError(Exception):
    """A step ended the row."""

    def __init__(self, state: State, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.finished = Finished(state, None, message)
        self.code = code

    def after(self, done: list[str]) -> EndedError:
        """The same, saying which steps of the row were done before."""
        if not done or self.finished.state is not State.REFUSED:
            return self
        return EndedError(State.REFUSED, f"{self.finished.message} ({', '.join(done)} was done before)", self.code)


@dataclass(slots=True)
class Traffic:
    """What the workers of a run share about the network."""

    requests: int = 0
    retries: int = 0
    trouble: int = 0
    """Failures to reach the server since it last answered."""
    trouble_since: float = 0.0
    paused_at: float = 0.0
    """When everyone was last told to wait for the server, on the run's clock."""
    silent: int = 0
    """Answers in a row that told nothing: neither done nor refused."""
    finding: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the worker that looks whether the server is there at all; the others wait."""

    def heard(self, answer: Answer[Any]) -> None:
        """Learn from an answer whether the server is there."""
        match answer:
            case Unknown(maintenance=True):
                self.silent = max(self.silent, SILENT)
            case Unknown():
                self.silent += 1
            case NotSent(limited=False):
                pass
            case _:
                self.silent = self.trouble = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What every worker of a run works with."""

    job: Job
    journal: Journal
    pace: Pace
    control: Control
    traffic: Traffic
    clock: Callable[[], float]
    patience: Patience = Patience()
    retry_refused: bool = False
    waits: Waits = field(default_factory=Waits)
    cards: KnownCards | None = None
    """Where cards are made: those that no answer may call new."""

    def told(self, code: int | None, message: str) -> str:
        """A refusal in the server's words or, where they might name a person who is being erased, in ours."""
        return meaning(code) if self.job.private else message

    def next_look(self, name: str, waited: float) -> float:
        """How long to wait before the next look at a row that waits for a step of this name."""
        return self.patience.until_poll(waited, self.waits.usual(name), self.waits.known(name))


def discreet(job: Job, error: LeatopsError) -> LeatopsError:
    """What stops a whole run, in our own words where the server's might name a person who is being erased."""
    if not job.private or not isinstance(error, StoppedByAccountError | RefusedError) or error.code is None:
        return error
    return StoppedByAccountError(f"The account stopped the job: {meaning(error.code)}.", error.code)
