"""What a journal says: its events, and what those of one row amount to.

Pure; how they come to be on disk is `journal`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

ROW_STATE: Final = -1
"""The step number of an event that says what became of the whole row."""
READ_BACK: Final = -3
"""Of a remark that says what a look back at a row that is done has shown; its state is a `Look`."""
LEFT: Final = -4
"""Of a remark that says why a row was given up for a resume to go on with."""
SAID: Final = -5
"""Of a remark that a person has said whether a step in doubt has happened; its state is a `Word`.

Remarks, whose numbers are below that of a row's state, leave the row as it stands.
"""


class Mark(StrEnum):
    """What an event says of a step's attempt, or of a row."""

    INTENT = "intent"
    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Look(StrEnum):
    """What reading back a row that is done has shown."""

    VERIFIED = "verified"
    MISMATCH = "mismatch"
    UNREAD = "unread"
    """The account did not answer."""


class Word(StrEnum):
    """What a person says of a step of which nobody knew."""

    HAPPENED = "happened"
    NOT_HAPPENED = "not_happened"


class Event(NamedTuple):
    """One line of the journal; the order is that of `seq`, never of the clock."""

    row: int
    step: int
    name: str
    attempt: int
    state: str
    reply: bytes | None = None
    uuid: str | None = None
    """A contact."""
    card: str | None = None
    """A gift card."""
    code: int | None = None
    message: str = ""
    at: float = 0.0
    """Unix time, for people; no logic rests on it."""


@dataclass(frozen=True, slots=True)
class StepPast:
    """What the journal knows of one step of one row."""

    name: str
    attempts: int
    state: str
    """`done`, `refused`, `not_sent` or `unknown`; an intent without an outcome is unknown."""
    unknown: frozenset[int] = frozenset()
    """Attempts of which nobody knows whether they happened, with no later one done."""
    since: float = 0.0
    """When the first of them was begun, Unix time."""
    reply: bytes | None = None
    code: int | None = None
    message: str = ""
    cut_off: bool = False
    """The last that is known is an intent: a process ended before it had an answer, nobody knows when."""

    @property
    def doubt(self) -> bool:
        """Whether some attempt may have happened."""
        return bool(self.unknown)


@dataclass(frozen=True, slots=True)
class RowPast:
    """What the journal knows of one row."""

    steps: tuple[StepPast, ...] = ()
    state: str | None = None
    """The row's last state, once it has one."""
    uuid: str | None = None
    card: str | None = None
    """The last gift card that any event of the row names, ended or not."""
    code: int | None = None
    message: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether a step may or may not have happened."""
        return any(step.doubt for step in self.steps)


def fold(events: Iterable[Event]) -> RowPast:
    """The events of one row, in order, as what they amount to."""
    steps: dict[int, StepPast] = {}
    state: Event | None = None
    card: str | None = None
    for event in events:
        if event.step < ROW_STATE:
            continue
        card = event.card or card
        if event.step == ROW_STATE:
            state = event
            continue
        # A step begun after the row had ended, by a second try at a refused one, opens the row again.
        state = None
        steps[event.step] = _step(steps.get(event.step), event)
    ordered = tuple(steps[number] for number in sorted(steps))
    if state is None:
        return RowPast(ordered, card=card)
    return RowPast(ordered, state.state, state.uuid, card, state.code, state.message)


def _step(past: StepPast | None, event: Event) -> StepPast:
    unknown = past.unknown if past is not None else frozenset()
    match event.state:
        case Mark.INTENT | Mark.UNKNOWN:
            unknown = unknown | {event.attempt}
        case Mark.DONE:
            unknown = frozenset()
        case _:
            unknown = unknown - {event.attempt}
    state = Mark.UNKNOWN.value if event.state == Mark.INTENT else event.state
    since = past.since if past is not None and past.unknown else event.at
    seen = (event.reply, event.code, event.message)
    return StepPast(event.name, event.attempt, state, unknown, since, *seen, cut_off=event.state == Mark.INTENT)
