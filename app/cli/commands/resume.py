"""`leatops resume`: flags and help; the work is in `running`."""

from __future__ import annotations

from typing import Any

import click

from app.cli.parameters import examples, pace_options, run_argument
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "resume",
    epilog=examples(
        "leatops resume last",
        "leatops resume contacts.upsert-d4992 --refused --rate 2",
    ),
)
@run_argument
@click.option("--refused", is_flag=True, help="Try the refused steps again as well.")
@pace_options
@shared
@reaching
@pass_session
def command(session: Session, /, run: str, *, refused: bool, **pace: Any) -> int:
    """Go on with a run that stopped.

    RUN is a run's id, a unique beginning of one, or last. Rows whose outcome is unknown stay as they are.
    """
    from app.cli.running import PaceFlags, resume  # noqa: PLC0415 - loads the engine

    return resume(session, run, PaceFlags(**pace), refused=refused)
