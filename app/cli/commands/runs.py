"""`leatops runs`: flags and help; the work is in `reporting`."""

from __future__ import annotations

import click

from app.cli.parameters import examples, runs_argument
from app.cli.session import Session, pass_session, shared


@click.group(
    "runs",
    invoke_without_command=True,
    epilog=examples(
        "leatops runs",
        "leatops runs remove contacts.upsert-d4992",
    ),
)
@shared
@click.pass_context
def command(ctx: click.Context) -> int:
    """List the runs, or erase one.

    The latest stands first; a run that a process holds is running.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from app.cli.reporting import list_runs  # noqa: PLC0415 - loads the engine

    return list_runs(ctx.ensure_object(Session))


@command.command(
    "remove",
    epilog=examples(
        "leatops runs remove contacts.upsert-d4992",
        "leatops runs remove contacts.upsert-d4992 contacts.create-01b7f --yes",
    ),
)
@runs_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared
@pass_session
def remove(session: Session, /, runs: tuple[str, ...], *, yes: bool) -> int:
    """Erase runs with their plans, their journals and their files.

    RUN is a run's id, a unique beginning of one, or last. A run that a process holds is not erased. A plan whose run
    was erased still counts as run: it is run again only with --again.
    """
    from app.cli.reporting import remove as erase  # noqa: PLC0415 - loads the engine

    return erase(session, runs, agreed=yes)
