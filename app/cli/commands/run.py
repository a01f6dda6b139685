"""`leatops run`: flags and help; the work is in `running`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.parameters import FILE, examples, pace_options
from app.cli.session import Session, pass_session, reaching, shared


@click.command(
    "run",
    epilog=examples(
        "leatops run customers.contacts.upsert.plan.parquet",
        "leatops run customers.contacts.upsert.plan.parquet --yes --rate 10 --stop-after 2%",
        "leatops run customers.contacts.upsert.plan.parquet --confirm 1204 --json > run.json",
        "leatops run customers.contacts.upsert.plan.parquet --canary 10 --verify all",
    ),
)
@click.argument("plan", type=FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--confirm", type=int, metavar="N", help="Do not ask, if exactly N rows will act.")
@click.option("--again", is_flag=True, help="Run a plan that has been run a second time.")
@click.option(
    "--canary",
    type=click.IntRange(min=1),
    metavar="N",
    help="Do the first N rows, show what became of them and ask about the others; without a terminal stop there.",
)
@pace_options
@shared
@reaching
@pass_session
def command(
    session: Session, /, plan: Path, *, yes: bool, confirm: int | None, again: bool, canary: int | None, **pace: Any
) -> int:
    """Do what a plan says.

    Asks first on a terminal; elsewhere --yes or --confirm is needed, and --confirm for jobs that destroy or
    spend. Ctrl-C finishes what is in flight and stops; a second one stops at once. A run that stopped goes
    on with resume.
    """
    from app.cli.running import Agreement, PaceFlags, run  # noqa: PLC0415 - loads the engine

    return run(session, plan, Agreement(yes, confirm, again), PaceFlags(**pace), canary=canary)
