"""One request of one row, tried until it is done, refused, unknown or left: the journal first, then the wire.

What the requests of a row are is the job's, and their order `drive`'s business.
"""

from __future__ import annotations

from typing import Any, Final

from ops.desk import SILENT, Desk, EndedError, HaltError, LeftError, Wire
from ops.errors import HostError, LeatopsError
from ops.events import Event, Mark, StepPast
from ops.jobs.base import Action, State
from ops.leat.client import Answer, Halted, NotSent, Refused, Reply, Unknown
from ops.leat.records import Card, Contact, ContactRef, encode
from ops.leat.requests import Adopted, CreateCard, Effect, ListShops, Read, Request

UNJOURNALED: Final = -2
"""The number of a read that belongs to no step: a look before the first write, back at a doubtful one, or a poll."""


def with_reply(event: Event, value: Any, *, private: bool) -> tuple[Event, Any]:
    """The event with a step's reply and whom or what it names, and the reply as the job gets it.

    A private job's journal keeps none, so the job gets none either: a replay would not have it.
    """
    if private:
        return event._replace(reply=b"null"), None
    uuid = value.uuid if isinstance(value, Contact | ContactRef) else None
    card = value.uuid if isinstance(value, Card) else None
    return event._replace(reply=encode(value), uuid=uuid, card=card), value


class Step:
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
        self._in_vain = 0.0
        """How long the step had waited at the last attempt that came too early."""

    async def perform(self) -> Any:
        """The reply.

        Raises:
            EndedError: The step was refused, or stays unknown.
        """
        if self._doubt and self._request.effect is Effect.ONCE:
            raise EndedError(State.UNKNOWN, f"{self._request.name}: nobody knows whether it happened")
        try:
            self._request.check()
        except HostError as error:
            why = "its id cannot stand in a URL" if self._desk.job.private else error.message
            raise EndedError(State.REFUSED, f"{self._request.name}: {why}") from None
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
                    private = self._desk.job.private
                    self._note(mark, message=halted.error.kind if private else halted.error.message)
                    raise HaltError(halted.error)
                case Unknown() as unknown:
                    self._note(Mark.UNKNOWN, message=unknown.reason)
                    self._doubt = True
                    await self._unknown(unknown)
            self._desk.traffic.retries += 1

    async def look(self) -> Reply[Any] | Refused | Unknown:
        """Send the read once, waiting out what has nothing to do with it: the network, a 429, maintenance."""
        while True:
            match await self._attempt_once():
                case NotSent() as not_sent:
                    await self._not_sent(not_sent)
                case Halted() as halted:
                    raise HaltError(halted.error)
                case Unknown(maintenance=True) as unknown:
                    await self._unknown(unknown)
                case answer:
                    return answer
            self._desk.traffic.retries += 1

    async def _attempt_once(self) -> Answer[Any]:
        desk = self._desk
        await self._wait_for_turn()
        while desk.traffic.silent >= SILENT:
            await self._find_server()
            await self._wait_for_turn()
        self._attempt += 1
        if self._request.effect is not Effect.READ:
            await desk.journal.commit(self._event(Mark.INTENT))
        desk.traffic.requests += 1
        answer = await self._wire.send(self._request)
        desk.traffic.heard(answer)
        return self._believed(answer)

    def _believed(self, answer: Answer[Any]) -> Answer[Any]:
        """The answer; one that calls an old card new tells nothing: value and mail would go to somebody else's."""
        cards = self._desk.cards if isinstance(self._request, CreateCard) else None
        if cards is None or not isinstance(answer, Reply) or cards.takes(answer.value):
            return answer
        return Unknown("the answer names a gift card that was there before")

    async def _find_server(self) -> None:
        """Ask, one worker for all, until the server answers a read with anything: nothing is written to one in doubt.

        Raises:
            HaltError: It has been away for too long, or refuses the account.
            LeftError: A drain came first.
        """
        desk = self._desk
        async with desk.traffic.finding:
            while desk.traffic.silent >= SILENT:
                if desk.control.is_draining():
                    raise LeftError
                desk.traffic.requests += 1
                answer = await self._wire.send(ListShops())
                desk.traffic.heard(answer)
                match answer:
                    case Halted(error):
                        raise HaltError(error)
                    case Unknown(reason, maintenance):
                        self._wait_for_server(
                            reason, desk.patience.maintenance if maintenance else desk.patience.unreachable
                        )
                        await self._wait_for_turn()
                    case NotSent(reason, limited=False):
                        self._wait_for_server(reason, desk.patience.unreachable)
                        await self._wait_for_turn()

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
            if desk.control.is_halted():
                raise LeftError
            if not desk.control.is_paused():
                return

    def _event(self, mark: Mark, reply: bytes | None = None, code: int | None = None, message: str = "") -> Event:
        step = (self._action.row, self._number, self._request.name, self._attempt, mark.value)
        return Event(*step, reply, code=code, message=message)

    def _note(self, mark: Mark, *, reply: bytes | None = None, code: int | None = None, message: str = "") -> None:
        if self._number == UNJOURNALED:
            return
        if self._request.effect is Effect.READ and mark in {Mark.NOT_SENT, Mark.UNKNOWN}:
            return
        self._desk.journal.post(self._event(mark, reply, code, message))

    def _done(self, value: Any, message: str = "") -> Any:
        """Note that the step is done, and hand its reply on."""
        if self._in_vain:
            self._desk.waits.confirmed(self._request.name, self._in_vain, self._waited)
        if self._number == UNJOURNALED:
            return value
        event, reply = with_reply(self._event(Mark.DONE, message=message), value, private=self._desk.job.private)
        self._desk.journal.post(event)
        return reply

    async def _refused(self, refused: Refused) -> Adopted[Any] | None:
        """The reply after all, or None to try again."""
        request, code = self._request, refused.code
        waited, waits = self._waited, self._desk.waits
        if code in request.later() and waited < self._desk.patience.not_there_yet:
            self._note(Mark.NOT_SENT, code=code, message="not there yet")
            self._in_vain = waited
            await self._nap(min(5.0, max(0.1 + waited / 2, waits.known(request.name) - waited)))
            return None
        if code in request.already and self._doubt:
            return await self._read_back(refused)
        said = self._desk.told(code, refused.message)
        self._note(Mark.REFUSED, code=code, message=said)
        raise EndedError(State.REFUSED, f"{request.name}: {said}", code)

    @property
    def _waited(self) -> float:
        return self._desk.clock() - self._began

    async def _read_back(self, refused: Refused) -> Adopted[Any] | None:
        """What an earlier unknown attempt of this step had made; None when it cannot be found yet."""
        asked: Read[Any] | None = self._request.readback()
        if asked is not None:
            # Until the read is answered the attempt stays in doubt, as its intent has left it.
            try:
                there = await Step(self._desk, self._wire, self._action, UNJOURNALED, asked, None).perform()
            except EndedError as ended:
                # The look was refused, not the step: whether that has happened is as unknown as before.
                self._note(Mark.UNKNOWN, code=refused.code, message=ended.finished.message)
                raise EndedError(State.UNKNOWN, f"{self._request.name}: {ended.finished.message}", ended.code) from None
            found: Adopted[Any] | None = self._request.adopt(there)
            if found is not None:
                return Adopted(self._done(found.value, "done by an earlier attempt"))
        self._note(Mark.UNKNOWN, code=refused.code, message=self._desk.told(refused.code, refused.message))
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
        raise EndedError(State.UNKNOWN, f"{self._request.name}: {answer.reason}")

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
