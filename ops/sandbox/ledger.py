"""What the server saw and did, for tests to count: requests, effects, violations of the protocol.

It judges nothing and never influences an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import NamedTuple


class Entry(NamedTuple):
    """One request to the API."""

    at: float
    """Seconds on the server's monotonic clock."""
    method: str
    path: str
    """Under the API's path, decoded, without the query; the whole path of a request off the API."""
    endpoint: str
    """Its name in `routes.py`; empty for an unknown path."""
    write: bool
    keys: tuple[str, ...]
    """Of the parsed body."""
    size: int
    """Of the body, in bytes."""
    status: int
    """0: no answer was given."""
    code: int | None
    fault: str
    """The kind of the fault applied; empty: none."""
    committed: bool
    """Whether a write endpoint did its work, also when the answer was lost."""


class Violation(NamedTuple):
    """Something a careful client never does."""

    at: float
    kind: str
    """unknown_path, method, authorization, accept, content_type, bad_body, wrong_type, parameter or field."""
    method: str
    path: str
    detail: str


@dataclass(slots=True)
class Effects:
    """What really happened to the account."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    merged: int = 0
    claimed: int = 0
    linked: int = 0
    subscribed: int = 0
    cards: int = 0
    transactions: int = 0
    reversed: int = 0
    mails: int = 0


class Ledger:
    """The record of one sandbox since its start or the last reset."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.effects = Effects()
        self.entries: list[Entry] = []
        self.violations: list[Violation] = []
        self._resets = 0

    def reset(self) -> None:
        """Forget everything; the account stays as it is."""
        self._resets += 1
        self.entries.clear()
        self.violations.clear()
        for name in asdict(self.effects):
            setattr(self.effects, name, 0)

    def add(self, entry: Entry) -> tuple[int, int]:
        """Note a request; what is returned is its place, for `late`."""
        self.entries.append(entry)
        return self._resets, len(self.entries) - 1

    def late(self, place: tuple[int, int], *, committed: bool) -> None:
        """Note that a request was committed after its connection was gone; forgotten ones stay forgotten."""
        resets, index = place
        if resets == self._resets:
            self.entries[index] = self.entries[index]._replace(committed=committed)

    def violate(self, kind: str, method: str, path: str, detail: str) -> None:
        """Note a violation."""
        self.violations.append(Violation(self.clock(), kind, method, path, detail))

    @property
    def requests(self) -> int:
        """How many requests came."""
        return len(self.entries)

    @property
    def writes(self) -> int:
        """How many requests to write endpoints came; find-or-create is one of them."""
        return sum(each.write for each in list(self.entries))

    def count(self, endpoint: str | None = None, *, status: int | None = None, fault: str | None = None) -> int:
        """How many requests fit."""
        return sum(
            (endpoint is None or each.endpoint == endpoint)
            and (status is None or each.status == status)
            and (fault is None or each.fault == fault)
            for each in list(self.entries)
        )

    def by_endpoint(self) -> dict[str, int]:
        """Requests by endpoint."""
        return dict(Counter(each.endpoint for each in list(self.entries)))

    def windows(self, seconds: float = 1.0) -> dict[int, int]:
        """Requests by window, numbered from the first request."""
        entries = list(self.entries)
        start = entries[0].at if entries else 0.0
        return dict(Counter(int((each.at - start) // seconds) for each in entries))

    def busiest(self, seconds: float = 1.0) -> int:
        """The most requests in any stretch of this length, wherever it starts."""
        times = sorted(each.at for each in list(self.entries))
        most = first = 0
        for last, moment in enumerate(times):
            while moment - times[first] >= seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def document(self, last: int = 0) -> dict[str, object]:
        """The counts, and the last so many entries."""
        entries = list(self.entries)
        return {
            "requests": len(entries),
            "writes": self.writes,
            "committed": sum(each.committed for each in entries),
            "effects": asdict(self.effects),
            "by_endpoint": self.by_endpoint(),
            "by_status": {str(k): n for k, n in Counter(each.status for each in entries).items()},
            "by_fault": dict(Counter(each.fault for each in entries if each.fault)),
            "windows": {str(k): n for k, n in self.windows().items()},
            "busiest_second": self.busiest(),
            "violations": [each._asdict() for each in list(self.violations)],
            "entries": [each._asdict() for each in entries[-last:]] if last else [],
        }
