"""`leatops demo`: flags and help; the work is in `demonstration`."""

from __future__ import annotations

import click

from app.cli.parameters import examples
from app.cli.session import Session, pass_session, shared


@click.command(
    "demo",
    epilog=examples(
        "leatops demo",
        "leatops demo --home ./try --json",
    ),
)
@shared
@pass_session
def command(session: Session) -> int:
    """The terminal app on a fresh sandbox, with sample files at hand.

    Needs no account and reaches no network. Without a terminal, or with --json, it plans and runs a sample by
    itself. Plans and files stay in a temporary folder, or in --home, so that you can look at them.
    """
    from app.cli.demonstration import demo  # noqa: PLC0415 - loads the engine

    return demo(session)
