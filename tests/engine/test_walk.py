"""Walking a list that changes meanwhile: what stays is there once, in order, whatever moves."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import UnreachableError
from ops.export.walk import Page, Place, Walk

SIZE = 10


class Shifting:
    """A list of names that changes between any two requests, and answers late."""

    def __init__(
        self, count: int, chance: Random, *, goes: float = 0, comes: float = 0, anywhere: bool = False
    ) -> None:
        self.names = [f"old{n}" for n in range(count)]
        self.stayed = set(self.names)
        self.chance = chance
        self.goes, self.comes, self.anywhere = goes, comes, anywhere
        self.asked = 0
        self.changes = 0

    def change(self) -> None:
        while self.names and self.chance.random() < self.goes:
            self.changes += 1
            self.stayed.discard(self.names.pop(self.chance.randrange(len(self.names))))
        while self.chance.random() < self.comes:
            self.changes += 1
            place = self.chance.randrange(len(self.names) + 1) if self.anywhere else len(self.names)
            self.names.insert(place, f"new{self.asked}.{self.chance.random()}")

    async def ask(self, page: int) -> Page[str]:
        self.asked += 1
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        self.change()
        shown = self.names[(page - 1) * SIZE : page * SIZE]
        found = Page({name: name for name in shown}, len(self.names), max(1, -(-len(self.names) // SIZE)))
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        return found


class Kept:
    """What a walk found, in the order of its places."""

    def __init__(self) -> None:
        self.places: dict[Place, list[str]] = {}

    def keep(self, place: Place, names: list[str]) -> None:
        assert place not in self.places
        self.places[place] = names

    @property
    def names(self) -> list[str]:
        return [name for place in sorted(self.places) for name in self.places[place]]


def walked(things: Shifting, *, backwards: bool, readers: int) -> tuple[list[str], int]:
    """What was found, and in how many walks."""
    kept = Kept()
    walk = Walk(things.ask, kept.keep, backwards=backwards, readers=readers)
    asyncio.run(walk.run())
    assert len(kept.names) == len(set(kept.names))
    return kept.names, walk.walks


@given(
    count=st.integers(0, 400),
    seed=st.integers(0, 2**32),
    goes=st.sampled_from([0.0, 0.2, 0.5, 0.9]),
    comes=st.sampled_from([0.0, 0.2, 0.5, 0.9]),
    readers=st.integers(1, 8),
)
@settings(max_examples=300, deadline=None)
def test_nothing_that_stays_is_missed_while_others_go_and_come(
    count: int, seed: int, goes: float, comes: float, readers: int
) -> None:
    """Read backwards: everything that stayed is found, once, and one walk is enough.

    It is in the list's order as long as less than a page goes or comes, or there is one reader. A newcomer that goes
    before it is read leaves a total that does not add up, and the list is read again.
    """
    things = Shifting(count, Random(seed), goes=goes, comes=comes)
    found, walks = walked(things, backwards=True, readers=readers)
    stayed = [name for name in found if name in things.stayed]
    assert set(stayed) == things.stayed
    assert walks == 1 or (goes and comes)
    if walks == 1 and (readers == 1 or things.changes < SIZE):
        assert stayed == [name for name in things.names if name in things.stayed]


@given(
    count=st.integers(0, 400),
    seed=st.integers(0, 2**32),
    comes=st.sampled_from([0.0, 0.2, 0.4]),
    readers=st.integers(1, 8),
)
@settings(max_examples=300, deadline=None)
def test_nothing_is_missed_where_things_come_anywhere(count: int, seed: int, comes: float, readers: int) -> None:
    """Read forwards: one walk finds everything that was there, whatever was put before it."""
    things = Shifting(count, Random(seed), comes=comes, anywhere=True)
    found, walks = walked(things, backwards=False, readers=readers)
    stayed = [name for name in found if name in things.stayed]
    assert set(stayed) == things.stayed
    assert walks == 1
    if readers == 1 or things.changes < SIZE:
        assert stayed == [name for name in things.names if name in things.stayed]


def test_a_still_list_costs_little_more_than_its_pages() -> None:
    """A page for the beginning, one for each reader's end and one for the end of the list."""
    things = Shifting(1_000, Random(1))
    found, walks = walked(things, backwards=True, readers=8)
    assert (found, walks) == (things.names, 1)
    assert things.asked == 1 + 100 + 7 + 1
    again = Shifting(1_000, Random(1))
    assert walked(again, backwards=False, readers=8) == (again.names, 1)
    assert again.asked == 100 + 7


def test_one_page_is_one_request() -> None:
    """Nothing can move within an answer."""
    for backwards in (True, False):
        things = Shifting(SIZE, Random(1))
        assert walked(things, backwards=backwards, readers=8) == (things.names, 1)
        assert things.asked == 1


def test_what_goes_from_a_list_read_forwards_makes_it_read_again() -> None:
    """A total that falls may have hidden something; the second walk finds it, and nothing is counted twice."""
    things = Shifting(200, Random(3))
    things.goes = 0.9
    kept = Kept()
    calm_after = 15

    async def ask(page: int) -> Page[str]:
        if things.asked >= calm_after:
            things.goes = 0
        return await things.ask(page)

    walk = Walk(ask, kept.keep, backwards=False, readers=4)
    asyncio.run(walk.run())
    assert walk.walks == 2
    assert things.stayed <= set(kept.names)
    assert len(kept.names) == len(set(kept.names))


def test_a_list_that_never_stands_still_is_given_up_in_words() -> None:
    """Better no file than one that lacks somebody."""
    things = Shifting(400, Random(3), goes=0.5, comes=0.3, anywhere=True)
    with pytest.raises(UnreachableError, match="kept changing"):
        walked(things, backwards=False, readers=4)


def test_a_list_that_counts_more_than_it_shows_is_what_it_shows() -> None:
    """The second walk shows nothing new, and that is that."""
    things = Shifting(100, Random(3))
    kept = Kept()

    async def ask(page: int) -> Page[str]:
        found = await things.ask(page)
        return Page(found.things, found.total + 3, found.last)

    walk = Walk(ask, kept.keep, backwards=True, readers=4)
    asyncio.run(walk.run())
    assert (kept.names, walk.walks) == (things.names, 2)
