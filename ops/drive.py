"""One row through its steps: the journal first, then the request, then the outcome.

Which rows, how many at once and when to end is `run`'s business; what the steps are is the job's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from ops.control import Control
from ops.errors import HostError, JournalError, LeatopsError
from ops.events import ROW_STATE, Event, Mark, RowPast, StepPast
from ops.jobs.base import Action, Finished, Job, State, Until
from ops.journal import Journal
from ops.leat.client import Answer, Halted, NotSent, Refused, Reply, Unknown
from ops.leat.pace import Pace
from ops.leat.records import decode, encode
from ops.leat.requests import Adopted, Effect, Read, Request

UNJOURNALED: Final = -2
"""The number of a read that belongs to no step: a look before the first write, or back at a doubtful one."""


class Wire(Protocol):
    """One worker's line to the account."""

    async def send(self, request: Request[Any]) -> Answer[Any]:
        """Send one request, at most once on the wire."""

    async def aclose(self) -> None:
        """Close the line."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long trouble is waited out; seconds."""

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


class HaltError(Exception):
    """The account stops the whole run; the row at hand was not done."""

    def __init__(self, error: LeatopsError) -> None:
        super().__init__(error.message)
        self.error = error


class LeftError(Exception):
    """The row is left as it stands, for a resume; the text says why, unless a drain did it."""


class _EndedError(Exception):
    """A step ended the row."""

    def __init__(self, state: State, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.finished = Finished(state, None, message)
        self.code = code

    def after(self, done: list[str]) -> _EndedError:
        """The same, saying which steps of the row were done before."""
        if not done or self.finished.state is not State.REFUSED:
            return self
        return _EndedError(State.REFUSED, f"{self.finished.message} ({', '.join(done)} was done before)", self.code)


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


class Driver:
    """One worker: drives rows one after the other over its own line."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk = desk
        self._wire = wire

    async def drive(self, action: Action, past: RowPast, *, recheck: bool) -> Finished:
        """Take a row from where the journal left it to its end; returns what became of it.

        Raises:
            LeftError: A drain came while waiting; the row stays for a resume.
            HaltError: The account refuses all work.
            JournalError: The journal cannot be written, or does not fit the job.
        """
        begun = any(step.doubt or step.state == Mark.DONE for step in past.steps)
        try:
            finished, code = await self._row(action, past, recheck=recheck and not begun), None
        except _EndedError as ended:
            finished, code = ended.finished, ended.code
        self._desk.journal.post(
            Event(
                action.row,
                ROW_STATE,
                "",
                0,
                finished.state.value,
                None,
                finished.uuid or action.target,
                code,
                finished.message,
            )
        )
        return finished

    async def _row(self, action: Action, past: RowPast, *, recheck: bool) -> Finished:
        if recheck:
            verdict = await self._look_again(action)
            if verdict is not None:
                return verdict
        return await self._steps(action, past)

    async def _look_again(self, action: Action) -> Finished | None:
        """The job's second look at the target, not journaled: whoever begins the row looks itself."""
        look, reply = self._desk.job.look_again(action), None
        while True:
            try:
                request = look.send(reply)
            except StopIteration as stop:
                verdict: Finished | None = stop.value
                return verdict
            reply = await _Step(self._desk, self._wire, action, UNJOURNALED, request, None).perform()

    async def _steps(self, action: Action, past: RowPast) -> Finished:
        steps = self._desk.job.steps(action)
        reply: Any = None
        number = 0
        done: list[str] = []
        while True:
            try:
                request = steps.send(reply)
            except StopIteration as stop:
                finished: Finished = stop.value
                return finished
            if isinstance(request, Until):
                raise TypeError("waiting steps cannot be driven yet")
            known = past.steps[number] if number < len(past.steps) else None
            try:
                reply = await self._step(action, number, request, known)
            except _EndedError as ended:
                raise ended.after(done) from None
            done.append(request.name)
            number += 1

    async def _step(self, action: Action, number: int, request: Request[Any], known: StepPast | None) -> Any:
        if known is not None:
            if known.name != request.name:
                raise JournalError(
                    f"Row {action.row}: the journal has step {known.name!r} where {request.name!r} is due: "
                    "it belongs to another version."
                )
            if known.state == Mark.DONE:
                return _replayed(request, known)
            if known.state == Mark.REFUSED and not self._desk.retry_refused:
                raise _EndedError(State.REFUSED, f"{known.name}: {known.message}", known.code)
        return await _Step(self._desk, self._wire, action, number, request, known).perform()


def _replayed(request: Request[Any], known: StepPast) -> Any:
    try:
        return decode(known.reply or b"null", request.record)
    except msgspec.MsgspecError as error:
        raise JournalError(f"The journal's reply to step {known.name!r} cannot be read: {error}.") from error


class _Step:
    """One step of one row, tried until it is done, refused, unknown or left."""

    def __init__(
        self, desk: Desk, wire: Wire, action: Action, number: int, request: Request[Any], known: StepPast | None
    ) -> None:  # fmt: skip
        self._desk = desk
        self._wire = wire
        self._action = action
        self._number = number
        self._request = request
        self._attempt = known.attempts if known is not None else 0
        self._doubt = known is not None and known.doubt
        self._unknowns = 0
        self._turn = desk.clock()
        self._began = desk.clock()

    async def perform(self) -> Any:
        """The reply.

        Raises:
            _EndedError: The step was refused, or stays unknown.
        """
        if self._doubt and self._request.effect is Effect.ONCE:
            raise _EndedError(State.UNKNOWN, f"{self._request.name}: nobody knows whether it happened")
        try:
            self._request.check()
        except HostError as error:
            raise _EndedError(State.REFUSED, f"{self._request.name}: {error.message}") from None
        while True:
            match await self._attempt_once():
                case Reply(value):
                    return self._done(value)
                case Refused() as refused:
                    found = await self._refused(refused)
                    if found is not None:
                        return found.value
                case NotSent() as not_sent:
                    self._note(Mark.NOT_SENT, message=not_sent.reason)
                    await self._not_sent(not_sent)
                case Halted() as halted:
                    mark = Mark.NOT_SENT if halted.definite else Mark.UNKNOWN
                    self._note(mark, message=halted.error.message)
                    raise HaltError(halted.error)
                case Unknown() as unknown:
                    self._note(Mark.UNKNOWN, message=unknown.reason)
                    self._doubt = True
                    await self._unknown(unknown)
            self._desk.traffic.retries += 1

    async def _attempt_once(self) -> Answer[Any]:
        desk = self._desk
        await self._wait_for_turn()
        self._attempt += 1
        if self._request.effect is not Effect.READ:
            await desk.journal.commit(self._event(Mark.INTENT))
        desk.traffic.requests += 1
        answer = await self._wire.send(self._request)
        unreached = isinstance(answer, NotSent) and not answer.limited
        if not unreached and not (isinstance(answer, Unknown) and answer.maintenance):
            desk.traffic.trouble = 0
        return answer

    async def _wait_for_turn(self) -> None:
        """Wait out the person's pause and the account's, then for the pace; a pause may begin meanwhile."""
        desk = self._desk
        while True:
            await desk.control.gate()
            while (left := desk.pace.paused_for) > 0:
                await self._nap(left)
            turn = await desk.pace.turn(desk.control.is_draining)
            if turn is None:
                raise LeftError
            self._turn = turn
            if not desk.control.is_paused():
                return

    def _event(self, mark: Mark, reply: bytes | None = None, code: int | None = None, message: str = "") -> Event:
        return Event(
            self._action.row, self._number, self._request.name, self._attempt, mark.value, reply, None, code, message
        )

    def _note(self, mark: Mark, *, reply: bytes | None = None, code: int | None = None, message: str = "") -> None:
        if self._number == UNJOURNALED:
            return
        if self._request.effect is Effect.READ and mark in {Mark.NOT_SENT, Mark.UNKNOWN}:
            return
        self._desk.journal.post(self._event(mark, reply, code, message))

    def _done(self, value: Any, message: str = "") -> Any:
        """Note that the step is done, with the uuid it gave, and hand its reply on."""
        if self._number != UNJOURNALED:
            event = self._event(Mark.DONE, encode(value), None, message)
            self._desk.journal.post(event._replace(uuid=getattr(value, "uuid", None)))
        return value

    async def _refused(self, refused: Refused) -> Adopted[Any] | None:
        """The reply after all, or None to try again."""
        request, code = self._request, refused.code
        waited = self._desk.clock() - self._began
        if code in request.later() and waited < self._desk.patience.not_there_yet:
            self._note(Mark.NOT_SENT, code=code, message="not there yet")
            await self._nap(min(5.0, 0.1 + waited / 2))
            return None
        if code in request.already and self._doubt:
            return await self._read_back(refused)
        self._note(Mark.REFUSED, code=code, message=refused.message)
        raise _EndedError(State.REFUSED, f"{request.name}: {refused.message}", code)

    async def _read_back(self, refused: Refused) -> Adopted[Any] | None:
        """What an earlier unknown attempt of this step had made; None when it cannot be found yet."""
        asked: Read[Any] | None = self._request.readback()
        if asked is not None:
            # Until the read is answered the attempt stays in doubt, as its intent has left it.
            there = await _Step(self._desk, self._wire, self._action, UNJOURNALED, asked, None).perform()
            found: Adopted[Any] | None = self._request.adopt(there)
            if found is not None:
                self._done(found.value, "done by an earlier attempt")
                return found
        self._note(Mark.UNKNOWN, code=refused.code, message=refused.message)
        await self._unknown(Unknown("an earlier attempt may have worked, but it cannot be read back"))
        return None

    async def _not_sent(self, answer: NotSent) -> None:
        """Wait for the network, together with all other workers; a 429 has paused them already."""
        if not answer.limited:
            self._wait_for_server(answer.reason, self._desk.patience.unreachable)
        if self._desk.control.is_draining():
            raise LeftError

    async def _unknown(self, answer: Unknown) -> None:
        repeatable = self._request.effect is not Effect.ONCE
        if answer.maintenance:
            self._wait_for_server(answer.reason, self._desk.patience.maintenance)
        if repeatable and self._desk.control.is_draining():
            raise LeftError
        if repeatable and answer.maintenance:
            return
        self._unknowns += 1
        patience = self._desk.patience
        if repeatable and self._unknowns <= patience.repeats:
            await self._nap(patience.first_pause * patience.growth ** (self._unknowns - 1))
            return
        if self._request.effect is Effect.READ:
            raise LeftError(f"{self._request.name}: {answer.reason}")
        raise _EndedError(State.UNKNOWN, f"{self._request.name}: {answer.reason}")

    def _wait_for_server(self, reason: str, limit: float) -> None:
        """Pause everyone, longer each time, until the limit.

        Raises:
            HaltError: The server has been away for too long.
        """
        traffic, patience, now = self._desk.traffic, self._desk.patience, self._desk.clock()
        if traffic.trouble == 0:
            traffic.trouble_since = now
        elif self._turn < traffic.paused_at:
            return  # sent before the pause that is under way: the same trouble, not more of it
        if now - traffic.trouble_since > limit:
            raise HaltError(LeatopsError(f"The server has been away for {limit / 60:g} minutes: {reason}."))
        pause = min(patience.longest_pause, patience.first_pause * 2 ** min(traffic.trouble, 10))
        traffic.trouble += 1
        traffic.paused_at = now
        self._desk.pace.pause(pause, reason)

    async def _nap(self, seconds: float) -> None:
        if not await self._desk.control.nap(seconds):
            raise LeftError
