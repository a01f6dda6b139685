"""`leatops undo`: from a run to a saved plan that restores the values from before it.

What is restored and what is held is decided in the engine.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from app.cli.exits import ExitCode, of_rows
from app.cli.planning import tell_next, tell_plan
from app.cli.progress import Watch
from app.cli.session import Session
from ops.draft import PlanOptions
from ops.runs import Runs
from ops.undo import make_undo, refuse_undo


def undo(
    session: Session, reference: str, *, rate: float, lookup: Literal["auto", "list", "find"], out: Path | None
) -> ExitCode:
    """Make the plan, save it and say what it holds."""
    folder = Runs(session.home).find(reference)
    refuse_undo(folder)
    account = session.account()
    with Watch(session.out, "Reading the account") as watch:
        options = PlanOptions(
            lookup=lookup, rate=rate, timeouts=session.timeouts(), home=session.home, progress=watch.reads
        )
        place = out or Path(f"{folder.id}.undo.plan.parquet")
        made = asyncio.run(make_undo(folder, account, out=place, options=options))
    session.out.say(("Undo", "bold"), f" of {folder.id}")
    tell_plan(session.out, made, account)
    tell_next(session, made)
    if session.json:
        session.out.document(made.document())
    return of_rows(made.counts)
