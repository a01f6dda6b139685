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
        "leatops settle last --happened 3,7-9",
        "leatops settle last --happened all",
        "leatops settle last --happened 3,7 --not-happened 8 --yes",
    ),
)
@run_argument
@click.option("--happened", metavar="ROWS", multiple=True, help="The open steps of these rows did happen.")
@click.option("--not-happened", metavar="ROWS", multiple=True, help="Those of these rows did not: they are sent again.")
@click.option("--yes", is_flag=True, help="Do not ask before sending again.")
@pace_options
@shared
@reaching
@pass_session
def command(
    session: Session,
    /,
    run: str,
    *,
    happened: tuple[str, ...],
    not_happened: tuple[str, ...],
    yes: bool,
    **pace: Any,
) -> int:
    """Read back the rows of a run whose outcome is unknown, and go on with those that this settles.

    Waits first, so that the server has finished whatever it may still be working on: a minute or two, or the
    seconds of LEATOPS_SETTLE_SECONDS. What cannot be read back, such as a mail, stays unknown for you to look up;
    then say what you have found. ROWS are row numbers and ranges as in unknown.csv, such as 3,7-9, or all.

    Your word is taken on mails and on merges, and only where the account does not show otherwise. results.csv
    tells whose outcome rests on it.
    """
    from app.cli.running import PaceFlags, settle  # noqa: PLC0415 - loads the engine
    from ops.said import Said  # noqa: PLC0415

    said = Said.parse(_joined(happened), _joined(not_happened))
    return settle(session, run, PaceFlags(**pace), said, agreed=yes)


def _joined(texts: tuple[str, ...]) -> str | None:
    """A flag that is given again adds rows."""
    return ",".join(texts) if texts else None
