"""`leatops jobs`: what the engine's jobs declare of themselves.

Nothing about a job is decided here.
"""

from __future__ import annotations

from typing import Any

from app.cli.exits import ExitCode
from app.cli.output import Output
from app.cli.session import Session
from ops.jobs import JOBS, find_job
from ops.jobs.base import Job


def show_jobs(session: Session, name: str | None) -> ExitCode:
    """One job whole, or all of them in a line each."""
    out = session.out
    chosen = list(JOBS.values()) if name is None else [find_job(name)]
    if session.json:
        out.document({"jobs": [_document(job) for job in chosen]})
    elif name is None:
        out.table(((job.name, "bold"), ("--confirm N" if job.guarded else "", "red"), job.summary) for job in chosen)
        out.say("--confirm N: destroys or spends; a run needs the exact number of rows that will act.")
        out.say("One of them whole: leatops jobs JOB")
    else:
        _show(out, chosen[0])
    return ExitCode.DONE


def _document(job: type[Job]) -> dict[str, Any]:
    return {
        "job": job.name,
        "summary": job.summary,
        "needs": [list(each) for each in job.needs],
        "fields": [
            {"name": one.name, "kind": one.kind.value, "label": one.label, "help": one.help} for one in job.fields
        ],
        "takes_attributes": job.takes_attributes,
        "options": [
            {
                "name": one.name,
                "help": one.help,
                "choices": list(one.choices),
                "default": one.default,
                "required": one.required,
            }
            for one in job.options
        ],
        "needs_count": bool(job.guarded),
        "no_undo": job.undo,
    }


def _show(out: Output, job: type[Job]) -> None:
    out.write((job.name, "bold"), "  ", job.summary)
    out.write("A row needs ", " or ".join(" and ".join(each) for each in job.needs) or "nothing", ".")
    out.write(("Fields", "bold"))
    rows = [(f"  {one.name}", one.help or one.label) for one in job.fields]
    if job.takes_attributes:
        rows.append(("  (attributes)", "every attribute of the account that can be written, by its name"))
    out.table(rows)
    out.write(("Options", "bold"), "  (--set OPTION=VALUE)")
    for one in job.options:
        values = "|".join(one.choices) or "…"
        how = "required" if one.required else f"default {one.default}" if one.default is not None else "optional"
        out.write(f"  {one.name}={values}  ({how})")
        out.write(f"      {one.help}")
    if job.undo:
        out.write(("No undo", "bold"), f": {job.undo}.")
    else:
        restores = "leatops undo RUN makes a plan that restores the values from before; what was made stays."
        out.write(("Undo", "bold"), f": {restores}")
    if job.guarded:
        deeds = " or ".join(sorted(verb.value for verb in job.guarded))
        told = f"A run that would {deeds} must be confirmed with the number of rows that will act: --confirm N"
        out.write((told, "red"))
