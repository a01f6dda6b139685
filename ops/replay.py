"""Feeding a job's steps what the journal knows, up to the first that is not done.

Nothing is sent here; what becomes of the open step is the caller's business.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ops.errors import JournalError
from ops.events import Mark, RowPast, StepPast
from ops.jobs.base import Action, Job, Until
from ops.leat.records import decode
from ops.leat.requests import Request


def known_step(action: Action, past: RowPast, number: int, name: str) -> StepPast | None:
    """What the journal knows of a step, or None.

    Raises:
        JournalError: It knows another step in its place.
    """
    known = past.steps[number] if number < len(past.steps) else None
    if known is not None and known.name != name:
        raise JournalError(
            f"Row {action.row}: the journal has step {known.name!r} where {name!r} is due: "
            "it belongs to another version."
        )
    return known


def replayed(job: Job, asked: Request[Any] | Until, known: StepPast) -> Any:
    """The reply of a step that is done, as the job got it then.

    Raises:
        JournalError: It cannot be read.
    """
    if job.private:
        return None
    request = asked.read if isinstance(asked, Until) else asked
    try:
        return decode(known.reply or b"null", request.record)
    except msgspec.MsgspecError as error:
        raise JournalError(f"The journal's reply to step {known.name!r} cannot be read: {error}.") from error


def open_step(job: Job, action: Action, past: RowPast) -> tuple[int, Request[Any] | Until] | None:
    """The first step of a row that is not done, with its number; None when all are.

    Raises:
        JournalError: The journal does not fit the job.
    """
    steps, reply, number = job.steps(action), None, 0
    while True:
        try:
            asked = steps.send(reply)
        except StopIteration:
            return None
        known = known_step(action, past, number, asked.name)
        if known is None or known.state != Mark.DONE:
            return number, asked
        reply = replayed(job, asked, known)
        number += 1
