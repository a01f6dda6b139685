"""`leatops export`: flags and help; the work is in `exporting`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.parameters import FILE, examples, rate_option
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "export",
    epilog=examples(
        "leatops export contacts contacts.csv",
        "leatops export contacts new.xlsx --created-after 2025-03-01 --rate 10",
        "leatops export giftcards cards.parquet --program Cadeaukaart --json",
    ),
)
@click.argument("what", type=click.Choice(["contacts", "giftcards"]))
@click.argument("file", type=FILE)
@click.option("--program", metavar="UUID", help="Only gift cards of this programme, by uuid or name.")
@click.option(
    "--created-after",
    metavar="T",
    help="Only contacts created at T or later: a date, which means its midnight, or a date with a time; both in UTC "
    "unless T says otherwise (2025-03-01T14:30+01:00).",
)
@click.option("--created-before", metavar="T", help="Only contacts created earlier than T.")
@rate_option
@shared
@reaching
@pass_session
def command(session: Session, /, what: str, file: Path, **flags: Any) -> int:
    """Write the contacts or the gift cards of the account to a file; only reads are sent.

    FILE ends in .csv, .parquet or .xlsx, and takes the place of an older one. It appears when all of it is there,
    readable by you alone; login links, card codes and the like are not in it. Contacts or cards that come or go
    meanwhile may be in it or not; all others are in it once.

    Columns are named like the fields of a plan, so that the file can be edited and planned. In CSV, cells that a
    spreadsheet would run as a formula have an apostrophe before them, as in results.csv, but numbers and phone
    numbers have none; planning takes it off again. Parquet and XLSX hold every cell as it is.
    """
    from app.cli.exporting import ExportFlags, export  # noqa: PLC0415 - loads the engine

    return export(session, what, file, ExportFlags(**flags))
