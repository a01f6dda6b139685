"""Faults on command: what can go wrong, with which requests, and when.

How a fault is carried out stands in `mischief.py`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from ops.errors import OptionError

Kind = Literal[
    "lost_before",
    "lost_after",
    "half_answer",
    "late_commit",
    "500",
    "502",
    "503",
    "504",
    "garbage",
    "html",
    "hang",
    "429",
    "401",
    "redirect",
    "usage_limit",
    "wrong_type",
    "big",
    "drip",
]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong, the requests it befalls and the moment it does.

    A request is befallen when it fits all of `on`, `method`, `path`, `endpoint` and all of the counters and
    the rate that are given. Of several faults the first that fits acts.
    """

    kind: Kind

    on: Literal["all", "reads", "writes"] = "all"
    method: str | None = None
    """A regular expression for the whole method."""
    path: str | None = None
    """A regular expression for any part of the path under the API's."""
    endpoint: str | None = None
    """A name of `routes.py`, such as ``giftcards.create``."""

    rate: float | None = None
    """Probability, from 0 to 1."""
    after: int = 0
    """Spare so many fitting requests, then start to count."""
    first: int | None = None
    """Only the first so many fitting requests."""
    every: int | None = None
    """Only every so-many-th fitting request."""
    times: int | None = None
    """At most so many times."""

    commit: bool = False
    """Whether the request does its work first; lost_after, half_answer and drip always do."""
    delay: float | None = None
    """Seconds: until late_commit commits (0.5), until hang resets (never), between bytes of drip (0.05)."""
    retry_after: int | None = None
    """Seconds, for 429 and 503; None: no such header."""
    retry_as: Literal["seconds", "date"] = "seconds"
    status: Literal[301, 302, 307, 308] = 302
    """Of a redirect."""
    location: str = "https://elsewhere.example/"
    """Of a redirect."""
    size: int = 32_000_000
    """Bytes of a big body."""
    code: int | None = None
    """For 500: 1000 gives the error shape; None gives the framework's."""

    def __post_init__(self) -> None:
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise ValueError("`rate` is a probability from 0 to 1")
        for name in ("first", "every", "times"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"`{name}` must be at least 1")
        if self.after < 0 or self.size < 0 or (self.delay is not None and self.delay < 0):
            raise ValueError("`after`, `size` and `delay` cannot be negative")
        if self.code not in (None, 1000):
            raise ValueError("`code` can only be 1000")
        for name in ("method", "path"):
            try:
                re.compile(getattr(self, name) or "")
            except re.error as error:
                raise ValueError(f"`{name}` is not a regular expression: {error}") from None

    @property
    def commits(self) -> bool:
        """Whether the request does its work at once, in spite of the fault; late_commit never does."""
        if self.kind in {"lost_after", "half_answer", "drip"}:
            return True
        return self.commit and self.kind != "late_commit"


def decode_faults(raw: bytes, **where: str) -> tuple[Fault, ...]:
    """Faults of a JSON list.

    Args:
        raw: The JSON.
        where: Where it came from, for the error.

    Raises:
        OptionError: It is not JSON, or not a list of faults.
    """
    try:
        return tuple(msgspec.json.decode(raw, type=list[Fault], strict=True))
    except msgspec.ValidationError as error:
        raise OptionError(f"The faults cannot be used: {error}.", option="faults", **where) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"The faults are not valid JSON: {error}.", option="faults", **where) from error


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Faults of a JSON file that holds a list of them.

    Raises:
        OptionError: The file cannot be read, is not JSON, or not a list of faults.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OptionError(
            f"The faults file cannot be read: {error.strerror}.", option="faults", file=str(path)
        ) from error
    return decode_faults(raw, file=str(path))


class Mark:
    """A fault with what it has seen so far."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        self.seen = 0
        self.done = 0
        self._chance = random.Random(seed)  # noqa: S311  (repeatable, not cryptography)
        self._method = re.compile(fault.method, re.IGNORECASE) if fault.method else None
        self._path = re.compile(fault.path) if fault.path else None

    def fits(self, method: str, path: str, endpoint: str, *, write: bool) -> bool:
        """Whether the request is of the kind this fault befalls."""
        fault = self.fault
        return not (
            (fault.on != "all" and (fault.on == "writes") != write)
            or (fault.endpoint is not None and fault.endpoint != endpoint)
            or (self._method is not None and not self._method.fullmatch(method))
            or (self._path is not None and not self._path.search(path))
        )

    def strikes(self) -> bool:
        """Count a fitting request and say whether it is befallen."""
        fault = self.fault
        self.seen += 1
        place = self.seen - fault.after
        # Drawn for every fitting request, or the counters would move which ones the rate hits.
        lucky = fault.rate is not None and self._chance.random() >= fault.rate
        if place < 1 or lucky or (fault.times is not None and self.done >= fault.times):
            return False
        if fault.first is not None and place > fault.first:
            return False
        if fault.every is not None and place % fault.every:
            return False
        self.done += 1
        return True


class Faults:
    """The faults in force."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self.marks = [Mark(fault, seed * 1_000 + place) for place, fault in enumerate(faults)]

    def pick(self, method: str, path: str, endpoint: str, *, write: bool) -> Fault | None:
        """The fault that befalls this request, if any; faults behind it do not count it."""
        for mark in self.marks:
            if mark.fits(method, path, endpoint, write=write) and mark.strikes():
                return mark.fault
        return None

    def document(self) -> list[dict[str, object]]:
        """Each fault with how many requests fitted and how often it struck."""
        return [{**msgspec.to_builtins(mark.fault), "seen": mark.seen, "done": mark.done} for mark in self.marks]
