"""`leatops settle`: flags and help; the work is in `running`."""

from __future__ import annotations

from typing import Any

import click

from app.cli.parameters import examples, pace_options, run_argument
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "settle",
    epilog=examples(
        "leatops settle last",
        "leatops settle giftcards.issue-d4992 --rate 2",
    ),
)
@run_argument
@pace_options
@shared
@reaching
@pass_session
def command(session: Session, /, run: str, **pace: Any) -> int:
    """Read back the rows of a run whose outcome is unknown, and go on with those that this settles.

    Waits first, so that the server has finished whatever it may still be working on: a minute or two, or the
    seconds of LEATOPS_SETTLE_SECONDS. What cannot be read back, such as a mail, stays unknown for you to look up.
    """
    from app.cli.running import PaceFlags, settle  # noqa: PLC0415 - loads the engine

    return settle(session, run, PaceFlags(**pace))
