"""Sums over what a journal holds, by which a changed bit, a missing line or a changed order is noticed.

Where they are kept, and what is done when one does not fit, is `journal`'s business.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import msgpack

from ops.events import Event

SNAPSHOT_OF: Final = "cards"
"""The key in a journal's `meta` of the programme whose cards it has noted, once it has noted them all."""
META_SUM: Final = "meta_sum"
CARDS_SUM: Final = "cards_sum"


def event_sum(before: int, event: Event) -> int:
    """The sum of an event and all before it, from the sum of those before.

    Raises:
        OverflowError: It holds a number that no journal can.
    """
    return zlib.crc32(msgpack.encode(event), before)


def with_sum(meta: Mapping[str, str]) -> dict[str, str]:
    """What a journal begins with, and the sum of it."""
    return {**meta, META_SUM: _sum(f"{key}={value}" for key, value in meta.items())}


def snapshot_sum(program: str, cards: Iterable[str]) -> str:
    """The sum of a programme and its gift cards, in whatever order."""
    return _sum([program, *cards])


def holds(meta: Mapping[str, str], cards: Iterable[str]) -> bool:
    """Whether what a journal began with, and the gift cards it noted, are as they were written."""
    begun = {key: value for key, value in meta.items() if key not in {META_SUM, CARDS_SUM, SNAPSHOT_OF}}
    if with_sum(begun)[META_SUM] != meta.get(META_SUM):
        return False
    program = meta.get(SNAPSHOT_OF)
    return meta.get(CARDS_SUM) == (None if program is None else snapshot_sum(program, cards))


def _sum(texts: Iterable[str]) -> str:
    return str(zlib.crc32("\0".join(sorted(texts)).encode()))
