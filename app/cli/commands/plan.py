"""`leatops plan`: flags and help; the work is in `planning`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.parameters import FILE, examples, job_argument, rate_option, reading_options
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "plan",
    epilog=examples(
        "leatops plan contacts.upsert customers.csv",
        'leatops plan contacts.update list.xlsx --sheet May --map "Klant nr=uuid" --map Notes=-',
        "leatops plan contacts.upsert export.csv --map City=city:if_empty --dates DD-MM-YYYY --json",
        "leatops plan contacts.delete requests.csv --set type=GDPR",
        "leatops plan giftcards.issue --set program=Cadeaukaart --set count=500",
    ),
)
@job_argument()
@click.argument("file", type=FILE, required=False)
@click.option(
    "--map",
    "flags",
    multiple=True,
    metavar="COLUMN=FIELD[:RULE]",
    help="Map a column; RULE is overwrite, if_empty or clear. COLUMN=- leaves it out. May be given again.",
)
@click.option("--mapping", "mapping_file", type=FILE, metavar="FILE.toml", help="A mapping that was written down.")
@click.option("--no-saved", is_flag=True, help="Do not begin with the mapping of your last run of such a file.")
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE", help="An option of the job; see jobs JOB.")
@reading_options
@click.option("--dates", metavar="FORMAT", help="How dates are written unless ISO, such as DD-MM-YYYY.")
@click.option("--decimal", type=click.Choice([",", "."]), help="The decimal mark of numbers in text.")
@click.option(
    "--lookup",
    type=click.Choice(["auto", "list", "find"]),
    default="auto",
    show_default=True,
    help="Read the account page by page, or each key by itself; auto: whichever needs fewer requests.",
)
@rate_option
@click.option("--out", type=FILE, metavar="PLAN", help="Where the plan goes; beside you, under the file's name.")
@shared
@reaching
@pass_session
def command(session: Session, /, job: str, file: Path | None, **flags: Any) -> int:
    """Say what a job would do with each row of a file; only reads are sent.

    Columns are mapped by --mapping, else as in your last run of a file of this shape, else by their names;
    --map goes on top. The plan is a file: show it, then run it. Blank gift cards need no FILE.

    Ends with 0 when every row is plannable, 1 when some are invalid or held, 2 when there is no plan.
    """
    from app.cli.planning import PlanFlags, plan  # noqa: PLC0415 - loads the engine

    return plan(session, job, file, PlanFlags(**flags))
