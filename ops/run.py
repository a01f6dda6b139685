"""Running a plan: a run is claimed for it, held, worked on and let go of; and so again on a resume.

The work itself stands in `execution`; the input file is never opened here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from ops.control import Control
from ops.desk import Patience
from ops.execution import Ended, Execution, Line, Recheck, RunOptions
from ops.leat.client import Wiring
from ops.leat.pace import Pace
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.lookup import Identity, read_identity
from ops.mapping import remember
from ops.plan import Plan
from ops.runs import RunFolder, Runs
from ops.said import Said
from ops.settle import hear
from ops.sheet import shape_of
from ops.tally import Tally

__all__ = ["Ended", "Patience", "Recheck", "RunOptions", "Said", "continue_run", "reach", "settle_run", "start_run"]


async def reach(plan: Plan, account: Account, options: RunOptions) -> Line:
    """See that the token works and that this is the account the plan was made against.

    Raises:
        WrongAccountError: It is not.
        AccountError: It does not answer, or not to this token.
    """
    began = options.clock()
    pace = Pace(options.rate, clock=options.clock)
    wiring = Wiring(account, pace, options.timeouts, options.transport, options.clock)
    planned = Identity(plan.meta.base_url, plan.meta.shops, plan.meta.programs)
    async with Reader(wiring, slots=2) as reader:
        seen = await read_identity(reader, account.base_url)
    seen.refuse_other(planned, plan.meta.account)
    return Line(wiring, reader.sent, began)


async def start_run(
    plan: Plan, account: Account, home: Path, options: RunOptions, control: Control, *, again: bool = False
) -> AsyncGenerator[Tally | Ended, None]:
    """Claim a run for a plan and execute it: tallies while it goes, then how it ended.

    The caller has checked the consent (`Plan.raise_if_unsafe`), and closes the generator (`contextlib.aclosing`) if
    it may break off: the run then stops, and is let go of.

    Raises:
        PlanError: The plan was changed, or was run before.
        AccountError: The account is not the plan's, or cannot be reached.
    """
    runs = Runs(home)
    runs.refuse_second(plan, again=again)
    await asyncio.to_thread(plan.verify)
    line = await reach(plan, account, options)
    meta = {"account": account.name or account.base_url, "plan_path": str(plan.path.resolve())}
    folder = await asyncio.to_thread(runs.claim, plan, meta, again=again)
    if not plan.meta.undoes and not plan.job().private:
        # A mapping that somebody has agreed to run is the one to begin with for the next file of this shape; where
        # people are erased, the plan does not have it.
        remember(home / "mappings", shape_of(plan.meta.source.columns), plan.meta.job, plan.mapping)
    async with aclosing(_execute(folder, line, options, control)) as moments:
        async for moment in moments:
            yield moment


async def continue_run(
    folder: RunFolder, account: Account, options: RunOptions, control: Control
) -> AsyncGenerator[Tally | Ended, None]:
    """Hold a run and go on with what has not ended: tallies while it goes, then how it ended.

    Raises:
        RunHeldError: Another process holds it.
        RunError: The journal cannot be used.
        AccountError: The account is not the plan's, or cannot be reached.
    """
    folder.refuse_if_held()
    line = await reach(folder.plan, account, options)
    async with aclosing(_execute(folder, line, options, control)) as moments:
        async for moment in moments:
            yield moment


async def settle_run(
    folder: RunFolder, account: Account, options: RunOptions, control: Control, *, said: Said | None = None
) -> AsyncGenerator[Tally | Ended, None]:
    """Hold a run, read back what nobody knows and go on with the rows that this settles, and with no others.

    Args:
        folder: The run.
        account: The plan's.
        options: The pace, and how long the server is given.
        control: To pause, drain or stop it.
        said: What a person has found out about steps that cannot be read back, such as `Said.parse("3,7-9")` for
            mails that went out. What was said not to have happened is sent, unless the account shows otherwise.

    Raises:
        OptionError: A row is named of which nobody's word is taken; nothing was done.
        RunHeldError: Another process holds it.
        RunError: The journal cannot be used.
        AccountError: The account is not the plan's, or cannot be reached.
    """
    settling = replace(options, settles=True, said=said)
    async with aclosing(continue_run(folder, account, settling, control)) as moments:
        async for moment in moments:
            yield moment


async def _execute(
    folder: RunFolder, line: Line, options: RunOptions, control: Control
) -> AsyncGenerator[Tally | Ended, None]:
    with folder.held():
        await asyncio.to_thread(folder.check)
        if options.said:
            # Before anything is done: what is wrong with it is said at once.
            await asyncio.to_thread(hear, folder, options.said)
        # Counting a long journal takes seconds: not in the loop, where a screen may live.
        execution = await asyncio.to_thread(Execution, folder, line, options, control)
        async with aclosing(aiter(execution)) as tallies:
            async for tally in tallies:
                yield tally
        ended = await asyncio.to_thread(execution.end)
    # Only now: whoever stops listening after the end must not leave the run held.
    yield ended
