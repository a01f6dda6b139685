"""`leatops show`: flags and help; the work is in `showing`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from app.cli.parameters import FILE, examples, reading_options
from app.cli.session import Session, pass_session, shared

VERBS: Final = ("create", "update", "same", "delete", "merge", "claim", "issue", "send", "read", "invalid", "held")


@click.command(
    "show",
    epilog=examples(
        "leatops show customers.contacts.upsert.plan.parquet --limit 20",
        "leatops show customers.contacts.upsert.plan.parquet --verb held",
        "leatops show customers.contacts.upsert.plan.parquet --json | jq .changes",
    ),
)
@click.argument("plan", type=FILE)
@click.option(
    "--verb", "verbs", multiple=True, type=click.Choice(VERBS), help="Only rows of this verb; may be given again."
)
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="At most so many rows.")
@click.option(
    "--with",
    "input_file",
    type=FILE,
    metavar="FILE",
    help="Show each row's cells of the file the plan was made from; another file is refused.",
)
@reading_options
@shared
@pass_session
def command(session: Session, /, plan: Path, **flags: Any) -> int:
    """Show a plan row by row, field by field.

    With --json one object a line: row, verb, key, target, changes {field: [before, after]}, reason; with
    --with also input {column: cell}. --encoding, --delimiter and --sheet are for the file of --with.
    """
    from app.cli.showing import ShowFlags, show  # noqa: PLC0415 - loads the engine

    return show(session, plan, ShowFlags(**flags))
