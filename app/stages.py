"""What the screens hand to each other, in the order of the work; frozen, and drawn by nobody here.

File → Loaded → Mapped → Agreed → Report: each screen takes the value before it and returns the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as Values
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from app.reading import Ask
from ops.draft import AccountView, PlanOptions
from ops.jobs.base import Job
from ops.leat.pace import DEFAULT_RATE
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.mapping import Mapping
from ops.plan import Plan
from ops.planner import view_account, wire_for
from ops.report import Report
from ops.run import RunOptions
from ops.runs import RunFolder, Runs
from ops.sheet import Sheet
from ops.verify import Verify

Stage = Literal["Load", "Map", "Review", "Run", "Report"]
STAGES: tuple[Stage, ...] = ("Load", "Map", "Review", "Run", "Report")


@dataclass(slots=True)
class Desk:
    """What every screen works with: the account, the home, the pace; one for the life of the app."""

    account: Account
    home: Path
    rate: float = DEFAULT_RATE
    """Requests per second over the whole account."""
    demo: bool = False
    """A fresh sandbox with the samples at hand."""
    samples: Path | None = None
    options: RunOptions = field(default_factory=RunOptions)
    """Time limits and patience."""
    ended: dict[str, Report] = field(default_factory=dict)
    """The runs that were worked on here, each with how it ended last."""
    _view: AccountView | None = field(default=None, repr=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def runs(self) -> Runs:
        """The runs of this home."""
        return Runs(self.home)

    @property
    def is_local(self) -> bool:
        """Whether the account is a sandbox on this machine, where nothing can go wrong for anybody."""
        return self.account.is_local

    async def view(self) -> AccountView:
        """Who the account is and what its contacts can hold; read once.

        Raises:
            AccountError: The account does not answer.
        """
        async with self._reading:
            if self._view is None:
                async with Reader(wire_for(self.account, PlanOptions(rate=self.rate)), slots=3) as reader:
                    self._view = await view_account(reader, self.account)
        return self._view

    def run_options(self) -> RunOptions:
        """How a plan is run here."""
        return replace(self.options, rate=self.rate)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read, and how that was asked for."""

    sheet: Sheet
    ask: Ask | None = None
    job: type[Job] | None = None
    """What the rows are for, where that is known."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A file with a job and a mapping: all that a plan is made from."""

    sheet: Sheet
    job: type[Job]
    mapping: Mapping
    options: PlanOptions

    def with_options(self, values: Values[str, str]) -> Mapped:
        """The same with other options of the job."""
        return replace(self, options=replace(self.options, options=values))


@dataclass(frozen=True, slots=True)
class Agreed:
    """A reviewed plan that a person has said yes to."""

    plan: Plan
    confirm: int | None = None
    first: int | None = None
    """So many rows go first; then it is asked whether the others follow."""
    verify: Verify | None = None
    """Which rows are read back once all have ended."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """An earlier run to go on with."""

    folder: RunFolder
    refused: bool = False
    """Try the refused steps again."""
    settles: bool = False
    """Read back what nobody knows, and go on with what that settles alone."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An earlier run that was picked from the list."""

    folder: RunFolder
    undo: bool = False
    """To be undone, not looked at."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A run whose contacts are to hold again what they held before it."""

    folder: RunFolder


Next = Literal["file", "runs", "resume", "refused", "settle", "retry", "undo", "quit"]
"""Where a person goes from a report: another file, the list of runs, on with the run, its refused rows, its retry
file, the plan that undoes it, or home."""
