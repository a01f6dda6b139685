"""The terminal app: the order of its screens, its themes and the keys that work everywhere.

What a screen does stands in its own file; what happens to an account stands in the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from app.screens.help import HelpScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.screens.runs import RunsScreen
from app.stages import Agreed, Chosen, Desk, Loaded, Resumed
from ops.report import Report, report_again


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

    def on_mount(self) -> None:
        """Begin with the first stage."""
        self.journey()

    @work
    async def journey(self) -> None:
        """The stages in order, for one file after the other, until the person has enough."""
        file = self._file
        while True:
            begun = await self.push_screen_wait(LoadScreen(self.desk, file))
            file = None
            match begun:
                case None:
                    break
                case Loaded():
                    file = await self._from_file(begun)
                case Chosen(folder):
                    file = await self._after(report_again(folder))
                case Resumed():
                    file = await self._run(begun)
            if file == QUIT:
                break
        self.exit()

    async def _from_file(self, loaded: Loaded) -> Path | None:
        """Map, review and run one file; returns the file to go on with."""
        mapped = None
        while True:
            mapped = await self.push_screen_wait(MapScreen(self.desk, loaded, mapped))
            if mapped is None:
                return loaded.sheet.path
            agreed = await self.push_screen_wait(ReviewScreen(self.desk, mapped))
            if agreed is not None:
                return await self._run(agreed)

    async def _run(self, what: Agreed | Resumed) -> Path | None:
        report = await self.push_screen_wait(RunScreen(self.desk, what))
        return None if report is None else await self._after(report)

    async def _after(self, report: Report) -> Path | None:
        """Show a report and go where the person goes from there."""
        match await self.push_screen_wait(ReportScreen(self.desk, report)):
            case "resume":
                return await self._run(Resumed(self.desk.runs.find(report.run)))
            case "refused":
                return await self._run(Resumed(self.desk.runs.find(report.run), refused=True))
            case "retry":
                return report.files.retry
            case "runs":
                chosen = await self.push_screen_wait(RunsScreen(self.desk))
                return None if chosen is None else await self._after(report_again(chosen.folder))
            case "quit":
                return QUIT
            case _:
                return None

    def action_help(self) -> None:
        """Show what the keys do on this screen."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the screen is in the palette, too."""
        yield from super().get_system_commands(screen)
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.description:
                yield SystemCommand(
                    binding.description, tooltip or binding.tooltip or "", lambda name=binding.action: self._do(name)
                )

    def _do(self, action: str) -> None:
        self.run_worker(self.screen.run_action(action), exclusive=False)


QUIT = Path("/")
"""The file after which there is no other."""
