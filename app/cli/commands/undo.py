"""`leatops undo`: flags and help; the work is in `undoing`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.parameters import FILE, examples, rate_option, run_argument
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "undo",
    epilog=examples(
        "leatops undo last",
        "leatops undo contacts.upsert-d4992 --out undo.parquet --rate 10",
    ),
)
@run_argument
@click.option(
    "--lookup",
    type=click.Choice(["auto", "list", "find"]),
    default="auto",
    show_default=True,
    help="Read the account page by page, or each contact by itself; auto: whichever needs fewer requests.",
)
@rate_option
@click.option("--out", type=FILE, metavar="PLAN", help="Where the plan goes; beside you, under the run's id.")
@shared
@reaching
@pass_session
def command(session: Session, /, run: str, *, out: Path | None, **how: Any) -> int:
    """Make a plan that restores the values from before a run; only reads are sent.

    RUN is a run's id, a unique beginning of one, or last; a run of contacts.update or contacts.upsert. Show the
    plan, then run it like any other; its own run can be undone again. Rows that were changed since the run are held
    with both values, and so are contacts that it created: contacts.delete erases them. Other jobs have no undo.

    Ends with 0 when every row is restored or needs nothing, 1 when some are held, 2 when there is no plan.
    """
    from app.cli.undoing import undo  # noqa: PLC0415 - loads the engine

    return undo(session, run, out=out, **how)
