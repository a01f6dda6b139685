"""`leatops sandbox`: a local account, served until a signal comes."""

from __future__ import annotations

from typing import Any

import click

from app.cli.parameters import FILE, examples
from app.cli.session import Session, pass_session, shared


@click.command(
    "sandbox",
    epilog=examples(
        "leatops sandbox --contacts 5000 --limit 40",
        "leatops sandbox --port 8080 --faults faults.json --json",
    ),
)
@click.option("--port", type=int, default=0, metavar="N", help="The port; any free one unless given.")
@click.option("--contacts", type=int, default=1_000, show_default=True, metavar="N", help="Contacts to start with.")
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="The same seed gives the same account."
)
@click.option("--limit", type=float, metavar="PER_SECOND", help="Requests a second before 429; no limit unless given.")
@click.option("--latency", type=float, default=0.0, metavar="MS", help="Milliseconds added to every answer.")
@click.option("--faults", type=FILE, metavar="FILE.json", help="What is to go wrong, as a list of faults.")
@shared
@pass_session
def command(session: Session, /, **flags: Any) -> int:
    """Start a local account to try things on.

    Serves on this machine until Ctrl-C. With --json one line when it is ready: url, token, programs, shops.
    """
    from app.cli.serving import SandboxFlags, sandbox  # noqa: PLC0415 - loads the engine

    return sandbox(session, SandboxFlags(**flags))
