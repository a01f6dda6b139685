"""The pace in travelled time: how fast it lets requests out, and how it answers a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from ops.leat.pace import LimitSeen, Pace, retry_after_seconds
from tests.clock import now, travel


async def sent(pace: Pace, seconds: float, workers: int = 20) -> list[float]:
    """The times of the requests that many workers get out in that many seconds."""
    times: list[float] = []
    end = now() + seconds

    async def work() -> None:
        while (turn := await pace.turn()) is not None and turn < end:
            times.append(turn)

    await asyncio.gather(*(work() for _ in range(workers)))
    return times


def worst_second(times: list[float]) -> int:
    window: deque[float] = deque()
    worst = 0
    for time in sorted(times):
        window.append(time)
        while window[0] <= time - 1.0:
            window.popleft()
        worst = max(worst, len(window))
    return worst


@pytest.mark.parametrize("rate", [1, 5, 50, 200])
def test_no_second_sees_much_more_than_the_rate_and_little_is_lost(rate: int) -> None:
    """At most 12 % and two over in any second, from the first one on; at least 94 % of the rate over a minute."""
    times = travel(_paced(rate))
    assert worst_second(times) <= rate * 1.12 + 2
    assert len(times) >= 0.94 * rate * 60


async def _paced(rate: float) -> list[float]:
    return await sent(Pace(rate, clock=now), 60)


def test_without_a_rate_nothing_waits() -> None:
    """A thousand turns take no time."""

    async def thousand() -> float:
        pace = Pace(None, clock=now)
        began = now()
        for _ in range(1_000):
            await pace.turn()
        return now() - began

    assert travel(thousand()) == 0


def test_a_limit_pauses_every_worker_for_as_long_as_it_says() -> None:
    """Nobody sends between the 429 and the end of its Retry-After."""

    async def limited() -> list[float]:
        pace = Pace(50, clock=now)
        began = await pace.turn() or 0.0
        pace.saw(LimitSeen(refused=True, retry_after=7.0), began)
        return [time - began for time in await sent(pace, 10)]

    assert min(travel(limited())) >= 7.0


def test_a_limit_halves_the_rate_once_however_many_requests_it_hits() -> None:
    """What was in flight when the limit struck teaches nothing new."""

    async def limited() -> float | None:
        pace = Pace(40, clock=now)
        turns = [await pace.turn() or 0.0 for _ in range(5)]
        for turn in turns:
            pace.saw(LimitSeen(refused=True, retry_after=1.0), turn)
        return pace.state.rate

    assert travel(limited()) == 20


def test_the_rate_creeps_back_to_what_was_asked_for() -> None:
    """After a while without refusals it is what it was, and not more."""

    async def limited() -> float | None:
        pace = Pace(10, clock=now)
        pace.saw(LimitSeen(refused=True, retry_after=1.0), await pace.turn() or 0.0)
        await sent(pace, 300)
        return pace.state.rate

    assert travel(limited()) == 10


@dataclass
class Server:
    """Lets so many through in each second of its clock."""

    allowed: int
    headers: bool
    seen: int = 0
    refused: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    def ask(self) -> LimitSeen:
        second = int(now())
        self.seen += 1
        used = self.counts.get(second, 0)
        if used >= self.allowed:
            self.refused += 1
            return LimitSeen(self.allowed, 0, refused=True, retry_after=1.0)
        self.counts[second] = used + 1
        return LimitSeen(self.allowed, self.allowed - used - 1) if self.headers else LimitSeen()


@pytest.mark.parametrize("headers", [True, False])
def test_against_a_slower_server_few_requests_are_refused(*, headers: bool) -> None:
    """Asked for 50 a second where 20 are allowed: at most 2 % refused, and half of what is possible is used."""
    server = Server(20, headers)

    async def five_minutes() -> None:
        pace = Pace(50, clock=now)
        end = now() + 300

        async def work() -> None:
            while (turn := await pace.turn()) is not None and turn < end:
                seen = server.ask()
                await asyncio.sleep(0.05)
                pace.saw(seen, turn)

        await asyncio.gather(*(work() for _ in range(20)))

    travel(five_minutes())
    assert server.refused <= 0.02 * server.seen
    assert server.seen >= 0.6 * 20 * 300


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("0.5", 0.5), (None, None), ("soon", None), ("-3", 0.0), ("Thu, 01 Jan 1970 00:01:00 GMT", 50.0)],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    """Anything else counts as not said."""
    assert retry_after_seconds(text, now=10.0) == seconds


def test_a_rare_refusal_that_has_nothing_to_do_with_the_rate_does_not_wear_it_down() -> None:
    """One 429 in sixty requests, whatever the speed: everybody pauses, and goes on as fast as before."""
    seen = 0

    async def ten_minutes() -> float | None:
        nonlocal seen
        pace = Pace(50, clock=now)
        end = now() + 600

        async def work() -> None:
            nonlocal seen
            while (turn := await pace.turn()) is not None and turn < end:
                seen += 1
                refused = seen % 60 == 0
                await asyncio.sleep(0.02)
                pace.saw(LimitSeen(refused=refused, retry_after=1.0 if refused else None), turn)

        await asyncio.gather(*(work() for _ in range(20)))
        return pace.state.rate

    assert travel(ten_minutes()) == 50
    assert seen > 600 * 50 * 0.4


def test_a_rate_that_changes_lets_nobody_through_at_both_rates() -> None:
    """Those who wait in the old queue wait again in the new one."""

    async def changed() -> list[float]:
        pace = Pace(50, clock=now)
        first = await pace.turn() or 0.0
        waiting = [asyncio.ensure_future(pace.turn()) for _ in range(60)]
        await asyncio.sleep(0.1)
        pace.saw(LimitSeen(refused=True, retry_after=0.0), first)
        return [turn for turn in await asyncio.gather(*waiting) if turn is not None]

    assert worst_second(travel(changed())) <= 32


def test_a_pause_can_be_given_up() -> None:
    """A drain does not wait for a server that is away."""

    async def drained() -> float:
        pace = Pace(5, clock=now)
        pace.pause(300, "away")
        began = now()
        assert await pace.turn(lambda: now() - began > 2) is None
        return now() - began

    assert travel(drained()) < 3


def test_a_limit_that_was_lifted_makes_no_later_pause_longer() -> None:
    """One 429 in a hundred that does not say how long: each pauses for a second, the twentieth as the first."""

    async def rare() -> list[float]:
        pace, pauses = Pace(100, clock=now), []
        for number in range(2_000):
            turn = await pace.turn() or 0.0
            pace.saw(LimitSeen(refused=number % 100 == 50), turn)
            pauses.append(pace.paused_for)
        return pauses

    assert max(travel(rare())) == 1.0
