"""The terminal app: the order of its screens, its themes and the keys that work everywhere.

What a screen does stands in its own file; what happens to an account stands in the engine.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import WorkerFailed

from app.bugs import keep, name_of, told
from app.choices import Kept
from app.reading import Ask
from app.screens.help import HelpScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.other_account import agrees_to_account
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.screens.runs import RunsScreen
from app.settings import keep_theme
from app.stages import Chosen, Desk, Loaded, Resumed, Undo
from app.wording import told as worded
from ops.errors import LeatopsError
from ops.report import Report, report_again
from ops.runs import RunFolder
from ops.sheet import NO_FILE, Sheet


@dataclass(frozen=True, slots=True)
class Bug:
    """What ended the app.

    Attributes:
        name: The kind of exception.
        log: Where its traceback lies, if it could be kept.
        in_run: Whether a run was under way.
    """

    name: str
    log: Path | None
    in_run: bool


class LeatApp(App[None]):
    """Load → map → review → run → report."""

    TITLE = "leatops"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="app.help", key_display="?", tooltip="What the keys do here"),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", tooltip="Leave leatops", priority=True),
    ]

    def __init__(self, desk: Desk, file: Path | None = None) -> None:
        super().__init__()
        self.desk = desk
        self._file = file
        self._kept: dict[tuple[object, ...], Kept] = {}
        """What was chosen on the map, by file."""
        self.bug: Bug | None = None
        """What nobody foresaw, once it has happened; the app ends then."""

    def on_mount(self) -> None:
        """Begin with the first stage; leave in order when the machine asks for it."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._end)
        keep_theme(self, self.desk.home)
        self.journey()

    @work
    async def journey(self) -> None:
        """The stages in order, for one file after the other, until the person has enough."""
        file: Path | Ask | Sheet | None = self._file
        while True:
            begun = await self.push_screen_wait(LoadScreen(self.desk, file))
            file = None
            match begun:
                case None:
                    break
                case Loaded():
                    file = await self._from_file(begun)
                case Chosen():
                    file = await self._again(begun)
                case Resumed():
                    file = await self._run(begun)
            if file == QUIT:
                break
        self.exit()

    async def _from_file(self, loaded: Loaded) -> Path | Ask | Sheet | None:
        """Map, review and run one file; returns the file to go on with."""
        sheet = loaded.sheet
        is_blank = sheet.format == NO_FILE
        key = ("blank",) if is_blank else (sheet.sha256, sheet.columns)
        while True:
            screen = MapScreen(self.desk, loaded, self._kept.get(key))
            mapped = await self.push_screen_wait(screen)
            self._kept[key] = screen.kept
            if mapped is None:
                return loaded.ask or (sheet if is_blank else sheet.path)
            agreed = await self.push_screen_wait(ReviewScreen(self.desk, mapped))
            if agreed is not None and (report := await self.push_screen_wait(RunScreen(self.desk, agreed))) is not None:
                return await self._after(report)

    async def _run(self, what: Resumed) -> Path | None:
        report = await self.push_screen_wait(RunScreen(self.desk, what))
        return None if report is None else await self._after(report)

    async def _again(self, chosen: Chosen) -> Path | None:
        """The report of an earlier run, written again: a big one takes a while; or its undo."""
        if chosen.undo:
            return await self._undo(chosen.folder)
        try:
            report = await asyncio.to_thread(report_again, chosen.folder)
        except LeatopsError as error:
            self.notify(worded(error), title="This run cannot be shown", severity="error", markup=False)
            return None
        return await self._after(report)

    async def _undo(self, folder: RunFolder) -> Path | None:
        """Review and run the plan that undoes a run; one step back from it is the run's report."""
        agreed = await self.push_screen_wait(ReviewScreen(self.desk, Undo(folder)))
        if agreed is None:
            return await self._again(Chosen(folder))
        report = await self.push_screen_wait(RunScreen(self.desk, agreed))
        return None if report is None else await self._after(report)

    async def _after(self, report: Report) -> Path | None:
        """Show a report and go where the person goes from there."""
        match await self.push_screen_wait(ReportScreen(self.desk, report)):
            case "resume" | "refused" | "settle" as way:
                folder = self.desk.runs.find(report.run)
                agrees = await agrees_to_account(self, self.desk, folder)
                what = Resumed(folder, refused=way == "refused", settles=way == "settle")
                return await (self._run(what) if agrees else self._after(report))
            case "retry":
                return report.files.retry
            case "undo":
                return await self._undo(self.desk.runs.find(report.run))
            case "runs":
                chosen = await self.push_screen_wait(RunsScreen(self.desk))
                return None if chosen is None else await self._again(chosen)
            case "quit":
                return QUIT
            case _:
                return None

    @property
    def _at_work(self) -> RunScreen | None:
        """The screen of a run that is under way."""
        runs = (screen for screen in self.screen_stack if isinstance(screen, RunScreen))
        return next((run for run in runs if run.is_under_way), None)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say something in passing; what is still being said is not said twice."""
        if not any((one.title, one.message) == (title, message) for one in self._notifications):
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def action_help_quit(self) -> None:
        """What Ctrl-C does where there is nothing to copy: ask about the run under way, else say how to leave."""
        if self._at_work is not None:
            self._at_work.action_leave(quits=True)
        else:
            self.notify("ctrl+q leaves leatops.", markup=False)

    async def action_quit(self) -> None:
        """Leave leatops; while rows are under way, ask first."""
        if self._at_work is not None:
            self._at_work.action_leave(quits=True)
        else:
            self.exit()

    def _end(self) -> None:
        """Nobody may be there to be asked: rows in hand are finished, then the app ends."""
        if self._at_work is not None:
            self._at_work.drain_and_quit()
        else:
            self.exit()

    async def _dispatch_message(self, message: Message) -> None:
        """As Textual does, but the app's own loop outlives a bug until the rows in hand have ended."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # noqa: BLE001 - handed to the boundary below
            self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        """The one broad boundary of the app: keep what nobody foresaw, let the rows in hand end, and leave.

        Textual's own would print every variable of every frame: people's data, and the token.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._exit and isinstance(cause, NoMatches):
            return  # an app that is leaving mounts the screen that was on its way, but nothing on it any more
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        if self.bug is not None:
            return
        text = told(cause, [self.desk.account.token.reveal()])
        self.bug = Bug(name_of(cause), keep(self.desk.home, text), self._at_work is not None)
        self._return_code = 1
        self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        """End the app as soon as no row is in hand."""
        if self._at_work is not None:
            await self._at_work.given_up()
        self._close_messages_no_wait()

    def action_help(self) -> None:
        """Show what the keys do on this screen."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the screen is in the palette, too."""
        yield from super().get_system_commands(screen)
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.description:
                yield SystemCommand(
                    binding.description,
                    tooltip or binding.tooltip or "",
                    partial(self.run_action, binding.action, node),
                )


QUIT = Path("/")
"""The file after which there is no other."""
