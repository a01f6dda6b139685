"""One row through its steps, replayed as far as the journal knows them, and parked where it waits for the server.

Which rows, how many at once and when to end is `run`'s business; how one request is tried, `step`'s.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from ops.desk import Desk, EndedError, HaltError, LeftError, Patience, Traffic, Waits, Wire
from ops.errors import HostError
from ops.events import ROW_STATE, Event, Mark, RowPast, StepPast
from ops.jobs.base import Action, Finished, State, Steps, Until
from ops.leat.client import Refused, Reply
from ops.leat.records import encode
from ops.leat.requests import Read, Request
from ops.replay import known_step, replayed
from ops.step import UNJOURNALED, Step, with_reply

__all__ = ["Course", "Desk", "Driver", "HaltError", "LeftError", "Parked", "Patience", "Traffic", "Waits", "Wire"]


@dataclass(slots=True)
class Course:
    """A row on its way."""

    action: Action
    past: RowPast
    steps: Steps
    number: int = 0
    """Of the step at hand."""
    done: list[str] = field(default_factory=list)
    sent: bool = False
    """This process has sent something for it, and not only replayed."""


@dataclass(slots=True)
class Parked:
    """A row that waits for what the server does in its own time; nobody works on it until it is due."""

    course: Course
    until: Until
    since: float
    """When this process first saw it wait; this and the others on the run's clock."""
    due: float
    """When to look next."""
    looks: int = 0
    looked: float = 0.0
    """When it was last looked at."""

    @property
    def action(self) -> Action:
        """The row."""
        return self.course.action

    @property
    def past(self) -> RowPast:
        """What the journal knew of it when this process took it up."""
        return self.course.past


class Driver:
    """One worker: drives rows one after the other over its own line."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk = desk
        self._wire = wire
        self._confirmed: tuple[Event, ...] = ()
        """The end of a row's waiting, not handed over yet: if the row's own end comes next, both go to disk as one."""

    async def drive(self, action: Action, past: RowPast, *, recheck: bool) -> Finished | Parked:
        """Take a row from where the journal left it to its end, or to where it waits for the server.

        Raises:
            LeftError: A drain came while waiting; the row stays for a resume.
            HaltError: The account refuses all work.
            JournalError: The journal cannot be written, or does not fit the job.
        """
        begun = any(step.doubt or step.state == Mark.DONE for step in past.steps)
        return await self._noting_the_end(action, self._row(action, past, recheck=recheck and not begun))

    async def look(self, parked: Parked) -> Finished | Parked:
        """Look once at a row that waits: it goes on, waits on, or has waited too long.

        Raises:
            LeftError: A drain came before there was an answer; the row stays for a resume.
            HaltError: The account refuses all work.
            JournalError: The journal cannot be written, or does not fit the job.
        """
        return await self._noting_the_end(parked.action, self._look(parked))

    async def _noting_the_end(self, action: Action, work: Coroutine[Any, Any, Finished | Parked]) -> Finished | Parked:
        try:
            outcome = await work
        except EndedError as ended:
            outcome = replace(ended.finished, code=ended.code)
        if isinstance(outcome, Finished):
            self._end(action, outcome)
        return outcome

    def _end(self, action: Action, finished: Finished) -> None:
        job = self._desk.job
        event = Event(action.row, ROW_STATE, "", 0, finished.state.value, code=finished.code, message=finished.message)
        if not job.private:
            target = {job.target_is: action.target}
            event = event._replace(
                reply=encode(finished.columns) if finished.columns else None,
                uuid=finished.uuid or target.get("contact"),
                card=finished.card or target.get("card"),
            )
        self._hand_over(event)

    def _hand_over(self, *events: Event) -> None:
        """Give the journal what was confirmed, and these with it: all of them are on disk, or none."""
        events, self._confirmed = (*self._confirmed, *events), ()
        if events:
            self._desk.journal.post(*events)

    async def _row(self, action: Action, past: RowPast, *, recheck: bool) -> Finished | Parked:
        if recheck:
            verdict = await self._look_again(action)
            if verdict is not None:
                return verdict
        return await self._go_on(Course(action, past, self._desk.job.steps(action)), None)

    async def _look_again(self, action: Action) -> Finished | None:
        """The job's second look at the target, not journaled: whoever begins the row looks itself."""
        look, reply = self._desk.job.look_again(action), None
        while True:
            try:
                request = look.send(reply)
            except StopIteration as stop:
                verdict: Finished | None = stop.value
                return verdict
            reply = await self._read(action, request).perform()

    def _read(self, action: Action, request: Read[Any]) -> Step:
        return Step(self._desk, self._wire, action, UNJOURNALED, request, None)

    async def _go_on(self, course: Course, reply: Any) -> Finished | Parked:
        """Give the row's steps the reply they wait for, and take those after it."""
        while True:
            try:
                asked = course.steps.send(reply)
            except StopIteration as stop:
                finished: Finished = stop.value
                return finished
            self._hand_over()
            known = known_step(course.action, course.past, course.number, asked.name)
            if known is not None and known.state == Mark.DONE:
                reply = replayed(self._desk.job, asked, known)
            elif isinstance(asked, Until):
                return self._park(course, asked)
            else:
                try:
                    reply = await self._step(course, asked, known)
                except EndedError as ended:
                    raise ended.after(course.done) from None
            _pass(course, asked.name)

    async def _step(self, course: Course, request: Request[Any], known: StepPast | None) -> Any:
        if known is not None and known.state == Mark.REFUSED and not self._desk.retry_refused:
            raise EndedError(State.REFUSED, f"{known.name}: {known.message}", known.code)
        course.sent = True
        return await Step(self._desk, self._wire, course.action, course.number, request, known).perform()

    def _park(self, course: Course, until: Until) -> Parked:
        """Let the row wait; one whose deed an earlier process did is looked at without delay."""
        desk, now = self._desk, self._desk.clock()
        pause = desk.next_look(until.name, 0.0) if course.sent else 0.0
        return Parked(course, until, now, now + pause, looked=now)

    async def _look(self, parked: Parked) -> Finished | Parked:
        desk, until = self._desk, parked.until
        read = self._read(parked.action, until.read)
        try:
            answer = await read.look()
        except HostError as error:
            answer = Refused(None, 0, error.message)
        parked.looks += 1
        before, waited = parked.looked - parked.since, desk.clock() - parked.since
        if isinstance(answer, Reply) and until.reached(answer.value):
            if parked.course.sent:
                desk.waits.confirmed(until.name, before, waited)
            return await self._go_on_confirmed(parked, answer.value)
        if isinstance(answer, Refused) and answer.code not in until.read.later():
            said = desk.told(answer.code, answer.message)
            raise self._unconfirmed(parked, f"{until.unconfirmed} ({until.read.name}: {said})", answer.code)
        if waited >= desk.patience.poll_limit:
            raise self._unconfirmed(parked, until.unconfirmed)
        if parked.course.sent:
            desk.waits.in_vain(until.name, waited)
        parked.looked = parked.since + waited
        parked.due = parked.looked + desk.next_look(until.name, waited)
        return parked

    async def _go_on_confirmed(self, parked: Parked, value: Any) -> Finished | Parked:
        event, reply = with_reply(_outcome(parked, Mark.DONE), value, private=self._desk.job.private)
        self._confirmed = (event,)
        parked.course.sent = True
        _pass(parked.course, parked.until.name)
        return await self._go_on(parked.course, reply)

    def _unconfirmed(self, parked: Parked, message: str, code: int | None = None) -> EndedError:
        self._desk.journal.post(_outcome(parked, Mark.UNKNOWN)._replace(code=code, message=message))
        return EndedError(State.UNKNOWN, message, code)


def _outcome(parked: Parked, mark: Mark) -> Event:
    """The end of a row's waiting."""
    number, steps = parked.course.number, parked.past.steps
    earlier = steps[number].attempts if number < len(steps) else 0
    return Event(parked.action.row, number, parked.until.name, earlier + parked.looks, mark.value)


def _pass(course: Course, name: str) -> None:
    course.done.append(name)
    course.number += 1
