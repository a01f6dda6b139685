"""Reading a list page by page while it changes: what stays is missed never and taken once.

A thing that is removed moves those behind it to earlier pages. Read from the last page to the first, what moves
comes later in the reading, never earlier; where only additions move things, to later pages, the list is read from
the first page to the last. Several readers work at once, each on a stretch of the pages; when one comes to the end of
its stretch it goes on into the next one, until it meets something that the reader there saw at its own beginning:
whatever crossed from stretch to stretch meanwhile stands between the two.

What a page holds, and where it is kept, is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

from ops.errors import LeatopsError, UnreachableError

T = TypeVar("T")

WALKS: Final = 3
"""How often a list that does not add up is read."""
PAGES_A_STRETCH: Final = 5
"""A stretch costs one page that is read twice; shorter ones are not worth it."""

Place = tuple[int, int, int]
"""Where in the list a page's things stand: places sort as the list does."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of the list."""

    things: Mapping[str, T]
    """By uuid, in the list's order."""
    total: int
    last: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages that one reader reads."""

    number: int
    pages: range
    """In the order of reading."""
    sighted: asyncio.Future[frozenset[str]]
    """What stood on the first page that was not empty."""


class Walk(Generic[T]):
    """A walk over all pages of a list.

    Args:
        ask: Reads a page; from 1.
        keep: Takes what is new of a page, in the list's order, and the page's place.
        backwards: Read from the last page to the first: things go away, and new ones come at the end.
        readers: How many pages are asked for at once.
        progress: Told pages read and pages to read.
    """

    def __init__(
        self,
        ask: Callable[[int], Awaitable[Page[T]]],
        keep: Callable[[Place, list[T]], None],
        *,
        backwards: bool,
        readers: int = 8,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._step = -1 if backwards else 1
        self._readers = readers
        self._progress = progress
        self._read_pages = 0
        self._to_read = 0
        self._most = 0
        self._last = 1
        self._fell = False
        self.seen: dict[str, tuple[int, int]] = {}
        """The uuids of all things kept, and in which walk and stretch."""
        self.walks = 0
        """How often the list was read."""

    async def run(self) -> None:
        """Read the list, again if need be.

        Raises:
            UnreachableError: It keeps changing in a way that may hide something.
        """
        while self.walks < WALKS:
            known = len(self.seen)
            total = await self._once()
            # A list that shows the same things twice has no others, whatever it counts.
            nothing_new = self.walks > 1 and len(self.seen) == known
            if not self._fell and (len(self.seen) >= total or nothing_new):
                return
        raise UnreachableError(
            f"The account's list kept changing while it was read {WALKS} times. Try again when less is going on."
        )

    async def _once(self) -> int:
        """Read the whole list; returns how many things must be known afterwards."""
        self.walks += 1
        self._most, self._fell = 0, False
        first = await self._read(1)
        if first.last <= 1:
            self._take((self.walks, 0, 0), first)
            return first.total
        stretches = self._stretches(first.last)
        self._to_read = self._read_pages + first.last + len(stretches)
        given = first if self._step > 0 else None
        try:
            async with asyncio.TaskGroup() as group:
                for stretch in stretches:
                    group.create_task(self._follow(stretch, stretches, given))
                    given = None
        except* (LeatopsError, OSError) as errors:
            raise errors.exceptions[0] from None
        return first.total if self._step > 0 else await self._newest(stretches[-1])

    def _stretches(self, pages: int) -> list[Stretch]:
        count = min(self._readers, -(-pages // PAGES_A_STRETCH))
        bounds = [1 + pages * n // count for n in range(count + 1)]
        loop = asyncio.get_running_loop()
        ranges = [range(low, high)[:: self._step] for low, high in pairwise(bounds)]
        return [Stretch(number, pages, loop.create_future()) for number, pages in enumerate(ranges)]

    async def _follow(self, stretch: Stretch, stretches: list[Stretch], given: Page[T] | None) -> None:
        """Read a stretch, and as much of the one beyond as may hold what has moved there."""
        number = stretch.number + self._step
        beyond = stretches[number] if 0 <= number < len(stretches) else None
        page: int | None = stretch.pages[0]
        steps = 0
        while page is not None:
            found = given or await self._read(page)
            given = None
            if found.things and not stretch.sighted.done():
                stretch.sighted.set_result(frozenset(found.things))
            sighted = await beyond.sighted if beyond is not None and page not in stretch.pages else frozenset()
            self._take((self.walks, stretch.number, steps * self._step), found, sighted)
            page, steps = self._next(page, found), steps + 1
            if not sighted.isdisjoint(found.things):
                break
        if not stretch.sighted.done():
            stretch.sighted.set_result(frozenset())

    async def _newest(self, top: Stretch) -> int:
        """Read the end of the list once more, for what came meanwhile; returns the total of that moment."""
        page: int | None = self._last
        found = await self._read(self._last)
        total, steps = found.total, 0
        while found.things and page is not None and found.last > page:
            page = found.last
            found = await self._read(page)
        while page is not None:
            self._take((self.walks, top.number + 1, steps * self._step), found)
            page, steps = self._next(page, found), steps + 1
            if page is None or not top.sighted.result().isdisjoint(found.things):
                break
            found = await self._read(page)
        return total

    def _next(self, page: int, found: Page[T]) -> int | None:
        """The page to read after this one; None at the end of the list."""
        if self._step > 0:
            return page + 1 if page < found.last and found.things else None
        return min(page - 1, max(1, found.last)) or None

    async def _read(self, number: int) -> Page[T]:
        """A page. Answers come in any order: only against those that were there before it was asked for is it held."""
        most = self._most
        found = await self._ask(number)
        if self._step > 0 and found.total < most:
            # Something was removed, and moved others to pages that have been read.
            self._fell = True
        self._most = max(self._most, found.total)
        self._last = max(1, found.last)
        self._read_pages += 1
        if self._progress is not None:
            self._progress(self._read_pages, max(self._read_pages, self._to_read))
        return found

    def _take(self, place: Place, page: Page[T], sighted: frozenset[str] = frozenset()) -> None:
        """Keep what is new of a page, as far as it is this reader's.

        What has moved past things of this stretch comes to the reader before, and what stands past things that were
        sighted in the stretch beyond is the business of the reader there.
        """
        stretch = place[:2]
        uuids = list(page.things)[:: self._step]
        own = [number for number, uuid in enumerate(uuids, 1) if self.seen.get(uuid) == stretch]
        other = [number for number, uuid in enumerate(uuids) if uuid in sighted]
        some = uuids[own[-1] if own else 0 : other[0] if other else None][:: self._step]
        new = [uuid for uuid in some if uuid not in self.seen]
        self.seen.update(dict.fromkeys(new, stretch))
        if new:
            self._keep(place, [page.things[uuid] for uuid in new])
