"""Run: the engine at work, watched, and steered by pause, drain and stop.

What running means stands in the engine; here its tallies are drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ProgressBar, Sparkline, Static
from textual.worker import WorkerError

from app.cli.words import STYLES, count, duration
from app.display import visible
from app.screens.leave import LeaveScreen
from app.screens.stage import StageScreen
from app.screens.trial import trial_question
from app.stages import Agreed, Desk, Resumed
from app.wording import told
from ops.canary import Canary, Trial
from ops.control import Control
from ops.errors import LeatopsError
from ops.jobs.base import State
from ops.report import Report, report_ended
from ops.run import Ended, continue_run, settle_run, start_run
from ops.tally import Tally

GRACE = 5.0
"""Seconds beyond the time limit of a request that the rows in hand are given."""
SPARKS = 60
"""Samples of the speed that are drawn."""


class RunScreen(StageScreen[Report]):
    """Takes a plan that was agreed to, or an earlier run to go on with; returns the report."""

    stage = "Run"
    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause", id="run.pause", tooltip="Send nothing for now; again to go on"),
        Binding("d", "drain", "Drain", id="run.drain", tooltip="Finish the rows in hand, begin no other"),
        Binding(
            "S", "stop", "Stop now", id="run.stop", tooltip="Give up even what is in flight; it is listed as unknown"
        ),
        Binding("escape,q", "leave", "Leave", id="run.leave", tooltip="Asks first while rows are under way"),
    ]

    class Moved(Message):
        """The run has moved on."""

        def __init__(self, tally: Tally) -> None:
            super().__init__()
            self.tally = tally

    class Done(Message):
        """The run has ended, and its files are written."""

        def __init__(self, report: Report) -> None:
            super().__init__()
            self.report = report

    class Failed(Message):
        """The run could not go on."""

        def __init__(self, error: LeatopsError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk, what: Agreed | Resumed) -> None:
        super().__init__(desk)
        self._what = what
        self._control = Control()
        self._last: Tally | None = None
        self._report: Report | None = None
        self._over = False
        self._quits = False
        self._asks = False
        """It waits for a word on the first rows."""

    def body(self) -> Iterable[Widget]:
        """Bar, counts, speed, what is slow, the latest that did not go well."""
        yield Vertical(
            Static(id="title", markup=False),
            ProgressBar(id="bar", show_eta=False),
            Static(id="counts", markup=False),
            Horizontal(Static(id="speed", markup=False), Sparkline([], id="spark"), id="pace"),
            Static(id="why", markup=False),
            VerticalScroll(Static(id="latest", markup=False), id="troubles"),
            id="run",
        )

    def on_mount(self) -> None:
        """Begin."""
        self.query_one("#title", Static).update("Looking whether this is the account of the plan…")
        self._work()

    def _begin(self) -> AsyncGenerator[Tally | Ended, None]:
        options = self.desk.run_options()
        match self._what:
            case Agreed(plan, confirm, first, verify):
                plan.raise_if_unsafe(agreed=True, confirm=confirm)
                canary = None if first is None else Canary(first, self._goes_on)
                options = replace(options, canary=canary, verify=verify)
                return start_run(plan, self.desk.account, self.desk.home, options, self._control)
            case Resumed(folder, settles=True):
                return settle_run(folder, self.desk.account, options, self._control)
            case Resumed(folder, refused):
                return continue_run(folder, self.desk.account, replace(options, retry_refused=refused), self._control)

    @work(exclusive=True, group="rows")
    async def _work(self) -> None:
        try:
            async with aclosing(self._begin()) as moments:
                async for moment in moments:
                    if isinstance(moment, Ended):
                        self.post_message(self.Moved(moment.tally))
                        self.post_message(self.Done(await asyncio.to_thread(report_ended, moment)))
                    else:
                        self.post_message(self.Moved(moment))
        except LeatopsError as error:
            self.post_message(self.Failed(error))

    async def _goes_on(self, trial: Trial) -> bool:
        """Ask whether the other rows follow; an end of the run takes the question back."""
        answer: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        question = trial_question(trial)
        self._asks = True
        self._steered()
        self.app.push_screen(question, lambda said: None if answer.done() else answer.set_result(said))
        try:
            return await answer is True
        finally:
            self._asks = False
            self._steered()
            if not answer.done() or answer.cancelled():
                question.take_back()

    @on(Done)
    def _end(self, message: Done) -> None:
        self._over = True
        self._report = message.report
        self.desk.ended[message.report.run] = message.report
        self._leave_question()
        if self._quits:
            self.app.exit()
        elif self.is_active:
            self.dismiss(self._report)

    def on_screen_resume(self) -> None:
        """Go on to the report when the run ended below another screen."""
        if self._report is not None:
            self.dismiss(self._report)

    def _leave_question(self) -> None:
        """Take back a question that has answered itself."""
        if isinstance(self.app.screen, LeaveScreen):
            self.app.screen.dismiss("stay")

    @on(Moved)
    def _show(self, message: Moved) -> None:
        tally, before = message.tally, self._last
        self._last = tally
        name = self._what.plan.meta.job if isinstance(self._what, Agreed) else self._what.folder.id
        self.query_one("#title", Static).update(f"{name}: {count(tally.rows, 'row')}{self._mood()}")
        ended, total = (tally.looked, tally.to_look) if tally.to_look else (tally.rows - tally.left, tally.rows)
        self.query_one("#bar", ProgressBar).update(total=max(1, total), progress=ended)
        self.query_one("#counts", Static).update(_counts(tally))
        rests = "" if self._over else "waiting for your word" if self._asks else self._paused
        self.query_one("#speed", Static).update(rests or _speed(tally))
        self.query_one("#why", Static).update(_why(tally))
        self.query_one("#latest", Static).update(_latest(tally))
        if before is not None and tally.seconds > before.seconds:
            spark = self.query_one("#spark", Sparkline)
            rate = (tally.finished - before.finished) / (tally.seconds - before.seconds)
            spark.data = [*(spark.data or [])[-SPARKS:], rate]

    @property
    def _paused(self) -> str:
        return "paused: nothing is sent" if self._control.is_paused() else ""

    def _mood(self) -> str:
        if self._control.is_stopping():
            return " · stopping now"
        if self._control.is_draining():
            return " · finishing the rows in hand"
        return " · paused (p goes on)" if self._control.is_paused() else ""

    @on(Failed)
    def _show_failure(self, message: Failed) -> None:
        self._over = True
        self._leave_question()
        self.refresh_bindings()
        self.query_one("#title", Static).update("The run could not go on")
        self.query_one("#why", Static).update(Text.assemble((told(message.error), "bold"), "\n\nEsc goes back."))

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self._control.is_paused():
            self._control.go()
        else:
            self._control.pause()
        self._steered()

    def action_drain(self) -> None:
        """Finish what is in hand."""
        self._control.drain("stopped by hand")
        self.notify("Finishing the rows in hand; the rest can be resumed.", markup=False)
        self._steered()

    def action_stop(self) -> None:
        """Stop at once."""
        self._control.stop("stopped by hand")
        self._steered()

    def _steered(self) -> None:
        """Show at once what a key has done."""
        self.refresh_bindings()
        if self._last is not None:
            self.post_message(self.Moved(self._last))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has been done, or can be done no more, is dim."""
        if action == "stop" and (self._over or self._control.is_stopping()):
            return None
        if action in {"pause", "drain"} and (self._over or self._control.is_draining()):
            return None
        return super().check_action(action, parameters)

    @property
    def is_under_way(self) -> bool:
        """Whether rows may be in hand."""
        return not self._over

    def drain_and_quit(self) -> None:
        """Finish the rows in hand, then end the app: nobody may be there to be asked."""
        self._quits = True
        self.action_drain()

    async def given_up(self) -> None:
        """Finish the rows in hand, and come back when they are, or when even a slow answer must have come."""
        self._control.drain("leatops met a bug")
        rows = [worker for worker in self.workers if worker.node is self and worker.group == "rows"]
        with suppress(WorkerError, TimeoutError):
            async with asyncio.timeout(self.desk.options.timeouts.total + GRACE):
                await self.workers.wait_for_complete(rows)

    @work
    async def action_leave(self, *, quits: bool = False) -> None:
        """Leave at once when nothing is under way, else ask; `quits`: then leave the app."""
        if self._over or self._last is None:
            if quits:
                self.app.exit()
            else:
                self.dismiss(None)
            return
        if isinstance(self.app.screen, LeaveScreen):
            return
        answer = await self.app.push_screen_wait(LeaveScreen(quits=quits))
        self._quits = quits and answer != "stay"
        match answer:
            case "drain":
                self.action_drain()
            case "stop":
                self.action_stop()
            case "stay":
                pass

    def action_back(self) -> None:
        """As `leave`."""
        self.action_leave()


def _counts(tally: Tally) -> Text:
    text = Text()
    for state in State:
        number = tally.counts[state]
        if number or state in {State.DONE, State.REFUSED, State.UNKNOWN, State.PENDING}:
            word = "left" if state is State.PENDING else state.value
            text.append(f"{number:,} {word}   ", style=STYLES.get(state.value, "") if number else "dim")
    if tally.waiting:
        text.append(f"\n{tally.waiting:,} accepted, waiting for the server", style="cyan")
    if tally.to_look:
        text.append(f"\n{tally.looked:,} of {count(tally.to_look, 'row')} read back", style="cyan")
    return text


def _speed(tally: Tally) -> str:
    parts = [f"{tally.rows_per_second:.1f} rows/s"]
    pace = tally.pace
    if pace.rate is not None:
        parts.append(f"{pace.rate:g} of {pace.wanted:g} requests/s" if pace.wanted else f"{pace.rate:g} requests/s")
    if tally.left and tally.seconds_left is not None:
        parts.append(f"{duration(tally.seconds_left)} left")
    return " · ".join(parts)


def _why(tally: Tally) -> Text:
    if not tally.pace.why:
        return Text("")
    wait = f", paused for {duration(tally.pace.paused_for)}" if tally.pace.paused_for >= 1 else ""
    return Text.assemble((f"Slow: {visible(tally.pace.why)}{wait}", "yellow"))


def _latest(tally: Tally) -> Text:
    text = Text()
    for one in reversed(tally.latest):
        text.append(f"row {one.row} {one.state.value}: ", style=STYLES.get(one.state.value, ""))
        text.append(f"{visible(one.message)}\n")
    return text
