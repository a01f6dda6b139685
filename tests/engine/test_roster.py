"""When a waiting row is looked at again, and in which order workers get rows: no network, and travelled time."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drive import Course, Parked, Patience, Waits
from ops.events import RowPast
from ops.jobs.base import Action, Finished, State, Steps, Until, Verb
from ops.leat.requests import GetContact
from ops.roster import Roster, Row
from tests.clock import now, travel

PATIENCE = Patience()
GONE = Until("gone", GetContact("u1"), lambda contact: contact is None)


def row(number: int) -> Row:
    return Row(Action(number, Verb.DELETE, "", "u1", {}, {}), RowPast())


def nothing() -> Steps:
    yield GONE
    return Finished(State.DONE)


def parked(fresh: Row, due: float) -> Parked:
    return Parked(Course(fresh.action, fresh.past, nothing()), GONE, due, due)


@given(st.floats(0, 2_000), st.floats(0, 2_000))
def test_looks_grow_apart_and_end_at_the_limit(waited: float, usual: float) -> None:
    """Never sooner than the first pause or later than the longest, and the last look is at the limit."""
    pause = PATIENCE.until_poll(waited, usual)
    assert 0 <= pause <= PATIENCE.longest_poll
    assert waited + pause <= max(waited, PATIENCE.poll_limit)
    if waited + pause < PATIENCE.poll_limit:
        assert pause >= PATIENCE.first_poll


def looks(delays: list[float]) -> float:
    """Looks a row, of rows that come one after the other, each confirmed after its delay."""
    waits, total = Waits(), 0
    for delay in delays:
        waited = before = 0.0
        while True:
            waited += PATIENCE.until_poll(waited, waits.usual("gone"))
            total += 1
            if waited >= delay:
                break
            waits.in_vain("gone", waited)
            before = waited
        waits.confirmed("gone", before, waited)
    return total / len(delays)


@pytest.mark.parametrize(("delay", "most"), [(0.2, 1.0), (2.0, 1.6), (20.0, 1.6), (240.0, 6.0), (700.0, 16.0)])
def test_what_one_row_has_learnt_spares_the_others_looks(delay: float, most: float) -> None:
    """Soon a row is first looked at when it is about time."""
    dice = random.Random(1)
    assert looks([delay * dice.uniform(1, 1.25) for _ in range(2_000)]) <= most


def test_one_row_that_took_long_is_soon_forgotten() -> None:
    """It does not make the others wait."""
    waits = Waits()
    for waited in (2.0, 2.2, 800.0, *[2.0] * 100):
        waits.confirmed("gone", 0.0, waited)
    assert waits.usual("gone") < 3
    assert waits.usual("merged") == 0


def test_due_rows_come_in_time_and_before_those_not_begun() -> None:
    """In the order they are due; those that are not wait, and cost nothing meanwhile."""

    async def work() -> list[tuple[int, int]]:
        roster, begun, got = Roster(1, now), now(), []
        await roster.hand(row(1))
        await roster.hand(row(2))
        late, soon = await roster.take(), await roster.take()
        assert isinstance(late, Row)
        assert isinstance(soon, Row)
        roster.park(parked(late, now() + 500), late)
        roster.park(parked(soon, now() + 5), soon)
        await asyncio.sleep(6)
        await roster.hand(row(3))
        assert roster.waiting == 2
        roster.hand_no_more()
        while (taken := await roster.take()) is not None:
            got.append((round(now() - begun), taken.action.row))
            roster.done(taken)
        assert roster.waiting == 0
        return got

    assert travel(work()) == [(6, 2), (6, 3), (500, 1)]


def test_few_rows_are_kept_that_nobody_has_begun() -> None:
    """The feeder waits for the workers, whatever number of rows is parked."""

    async def work() -> int:
        roster = Roster(3, now)

        async def feed() -> None:
            for number in range(1_000):
                await roster.hand(row(number))
            roster.hand_no_more()

        feeder, most = asyncio.create_task(feed()), 0
        for _ in range(1_000):
            taken = await roster.take()
            assert isinstance(taken, Row)
            roster.park(parked(taken, now() + 1_000), taken)
            most = max(most, roster.handed - roster.waiting)
        await feeder
        assert roster.waiting == 1_000
        return most

    assert travel(work()) <= 6


def test_a_closed_roster_sends_every_worker_away_and_rings_no_more() -> None:
    """Idle ones at once; rows that wait are left."""

    async def work() -> None:
        roster = Roster(3, now)
        await roster.hand(row(1))
        taken = await roster.take()
        assert taken is not None
        hands = [asyncio.create_task(roster.take()) for _ in range(3)]
        roster.close()
        roster.park(parked(row(1), now() + 5), taken)
        assert await asyncio.gather(*hands) == [None] * 3
        await asyncio.sleep(10)
        assert roster.waiting == 1
        assert roster._ready.empty()

    travel(work())
