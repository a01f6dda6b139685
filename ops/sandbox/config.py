"""How a sandbox is set up.

What its settings do stands where they are used.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops.errors import OptionError
from ops.sandbox.faults import Fault

SANDBOX_TOKEN = "sandbox-token-not-a-secret"  # noqa: S105  (the sandbox's own, known to everyone)


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The settings of one sandbox; the same `contacts` and `seed` give the same account."""

    contacts: int = 1_000
    """How many contacts the account starts with."""
    seed: int = 1
    port: int = 0
    """0: any free port."""
    limit: float | None = None
    """Requests a second before 429; None: no limit."""
    latency_ms: float = 0
    """Added to every answer."""
    token: str = SANDBOX_TOKEN
    faults: tuple[Fault, ...] = ()
    settle_delay: float = 2.0
    """Seconds until a scheduled delete or merge is done; up to a quarter longer, seeded."""
    async_lag: float = 0.2
    """Seconds until a contact made asynchronously can be found."""
    usage_limit: int | None = None
    """The number of contacts beyond which the account refuses more (60000)."""

    def __post_init__(self) -> None:
        for option in ("contacts", "latency_ms", "settle_delay", "async_lag"):
            if getattr(self, option) < 0:
                raise OptionError(f"`{option}` cannot be negative.", option=option)
        if self.limit is not None and self.limit <= 0:
            raise OptionError("`limit` must be above 0; leave it out for no limit.", option="limit")
        if not 0 <= self.port <= 65_535:
            raise OptionError(f"{self.port} is not a port; choose one from 0 to 65535.", option="port")
