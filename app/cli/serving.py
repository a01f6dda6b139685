"""`leatops sandbox`: says how to reach the local account and serves it.

What it serves is the sandbox's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.cli.exits import ExitCode
from app.cli.session import Session
from ops.sandbox import SandboxConfig, load_faults, serve


@dataclass(frozen=True, slots=True)
class SandboxFlags:
    """The flags of `leatops sandbox`, as click parsed them."""

    port: int = 0
    contacts: int = 1_000
    seed: int = 1
    limit: float | None = None
    latency: float = 0.0
    faults: Path | None = None


def sandbox(session: Session, flags: SandboxFlags) -> ExitCode:
    """Serve until a signal comes."""
    config = SandboxConfig(
        contacts=flags.contacts,
        seed=flags.seed,
        port=flags.port,
        limit=flags.limit,
        latency_ms=flags.latency,
        faults=load_faults(flags.faults) if flags.faults is not None else (),
    )

    def ready(document: dict[str, object]) -> None:
        out = session.out
        if session.json:
            out.document(document)
            return
        out.say(("A sandbox", "bold"), f" of {flags.contacts:,} contacts is ready. In another terminal:")
        out.write(f"export LEAT_BASE_URL={document['url']}")
        out.write(f"export LEAT_API_KEY={document['token']}")
        out.say("Ctrl-C ends it, and everything in it is gone.")

    serve(config, ready)
    return ExitCode.DONE
