"""`leatops report`: flags and help; the work is in `reporting`."""

from __future__ import annotations

import click

from app.cli.parameters import examples, run_argument
from app.cli.session import Session, pass_session, shared


@click.command(
    "report",
    epilog=examples(
        "leatops report last",
        "leatops report contacts.upsert-d4992 --json",
    ),
)
@run_argument
@shared
@pass_session
def command(session: Session, /, run: str) -> int:
    """Write a run's files again.

    RUN is a run's id, a unique beginning of one, or last. Nothing is sent; ends with 0 whatever became of
    the rows.
    """
    from app.cli.reporting import report  # noqa: PLC0415 - loads the engine

    return report(session, run)
