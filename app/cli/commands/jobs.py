"""`leatops jobs`: flags and help; the work is in `jobs_shown`."""

from __future__ import annotations

import click

from app.cli.parameters import examples, job_argument
from app.cli.session import Session, pass_session, shared


@click.command(
    "jobs",
    epilog=examples(
        "leatops jobs",
        "leatops jobs contacts.upsert",
    ),
)
@job_argument(required=False)
@shared
@pass_session
def command(session: Session, /, job: str | None) -> int:
    """List the jobs, their fields and options.

    No account is needed; the attributes of an account are fields beside those listed here.
    """
    from app.cli.jobs_shown import show_jobs  # noqa: PLC0415 - loads the engine

    return show_jobs(session, job)
