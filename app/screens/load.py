"""Load: choosing the file of the work and looking at how it was read, before anything is decided.

Reading happens in a thread, by the engine; here its result is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from app.cli.words import count
from app.display import visible
from app.reading import Ask, read_asked
from app.samples import JOB_OF, in_order
from app.screens.count_prompt import CountPrompt
from app.screens.other_account import account_in_words, agrees_to_account
from app.screens.pick_file import PickFile
from app.screens.runs import RunsScreen
from app.screens.stage import StageScreen
from app.stages import Chosen, Desk, Loaded, Resumed
from app.widgets.frame_table import FrameSource
from app.widgets.path_input import PathCompletion, PathInput, is_file, path_of
from app.widgets.read_options import TEXT_OPTIONS, ReadOptions
from app.widgets.sheet_facts import facts_of, notes_of
from app.widgets.table_pane import TablePane
from app.wording import told
from ops.errors import LeatopsError
from ops.jobs import JOBS
from ops.jobs.giftcards_issue import IssueCards
from ops.report import Standing, standing
from ops.sheet import NO_FILE, Sheet, blank_sheet, sheet_names

LOOKED_AT: Final = 30
"""So many of the latest runs are looked at for one that stopped."""
EMPTY: Final = (
    "Type the path of a file above and press Enter, or choose one with Open.\n\n"
    "CSV of any delimiter, XLSX, Parquet and JSON lines. The file is read once and never changed.\n\n"
    "Blank gift cards need no file: F6 asks how many."
)


class LoadScreen(StageScreen[Loaded | Chosen | Resumed]):
    """Returns a file that was read, an earlier run to look at or to go on with, or None for the end."""

    stage = "Load"
    CSS_PATH = "load.tcss"
    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012 - as Textual annotates it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m,f5", "go_on", "Go on", id="load.go", tooltip="On to which column is which field"),
        Binding("o,f2", "open", "Open", id="load.open", tooltip="Walk the folders and choose a file"),
        Binding("f4", "resume", "Resume", id="load.resume", tooltip="Go on with the run that stopped"),
        Binding("b,f6", "blank", "Blank gift cards…", id="load.blank", show=False, tooltip="Cards without a file"),
        Binding("f", "file", "File", id="load.file", tooltip="Type the path of another file"),
        Binding("R,f3", "runs", "Earlier runs", id="load.runs", tooltip="Every run of this home, and its report"),
        Binding("slash", "search", "Search", id="load.search", key_display="/", tooltip="Look for a text in any cell"),
        Binding("q", "quit", "Quit", id="load.quit", show=False, tooltip="Leave leatops"),
        Binding("escape", "back", "Leave field", id="stage.back", show=False, tooltip="Out of the field one types in"),
    ]

    class Read(Message):
        """A file was read."""

        def __init__(self, ask: Ask, sheet: Sheet, names: tuple[str, ...]) -> None:
            super().__init__()
            self.ask = ask
            self.sheet = sheet
            self.names = names

    class Refused(Message):
        """A file cannot be read like this; perhaps it can with other options."""

        def __init__(self, ask: Ask, error: LeatopsError, options: tuple[str, ...], names: tuple[str, ...]) -> None:
            super().__init__()
            self.ask = ask
            self.error = error
            self.options = options
            self.names = names

    class Unfinished(Message):
        """Some runs stopped before their end."""

        def __init__(self, runs: tuple[Standing, ...]) -> None:
            super().__init__()
            self.runs = runs

    def __init__(self, desk: Desk, file: Path | Ask | Sheet | None = None) -> None:
        super().__init__(desk)
        self._samples = _samples(desk)
        first = file or next(iter(self._samples), None)
        self._first = Ask(first) if isinstance(first, Path) else first
        """Blank cards are a sheet already."""
        self._ask: Ask | None = None
        self._sheet: Sheet | None = None
        self._stopped: Standing | None = None
        self._lead = False

    def body(self) -> Iterable[Widget]:
        """What stopped, the file's path, how it was read, and its rows."""
        field = PathInput(placeholder="path of a file", compact=True, id="path")
        yield Vertical(
            Horizontal(
                Static(id="stopped-what", markup=False),
                Button("Resume (F4)", compact=True, id="resume", tooltip="r goes on with it, too"),
                id="stopped",
            ),
            Horizontal(
                Static("File", classes="label", markup=False),
                field,
                Button("Open…", compact=True, id="open", tooltip="Walk the folders and choose a file"),
                Button("Earlier runs", compact=True, id="runs", tooltip="Every run of this home, and its report"),
                id="choice",
            ),
            OptionList(*map(_sample, self._samples), compact=True, id="samples"),
            Static(id="facts", markup=False),
            Horizontal(
                ReadOptions(),
                Button("Go on", variant="primary", compact=True, id="go", disabled=True),
                id="options",
            ),
            VerticalScroll(Static(id="notes", markup=False), id="noted", can_focus=False),
            Static(EMPTY, id="instead", markup=False),
            TablePane(id="preview"),
            id="load",
        )
        yield PathCompletion(field)

    def on_mount(self) -> None:
        """Read the file that was given, and look for runs that stopped."""
        self.query_one("#stopped").display = False
        samples = self.query_one("#samples")
        samples.border_title = "Samples"
        samples.display = bool(self._samples)
        self.query_one("#preview").display = False
        match self._first:
            case None:
                self.query_one("#path").focus()
            case Sheet():
                self._show_blank(self._first)
            case Ask():
                self._begin(self._first)
        self._look_for_stopped()

    def _show_blank(self, sheet: Sheet) -> None:
        """Cards that were asked for before."""
        self._sheet = sheet
        cards = count(sheet.rows, "blank gift card")
        self.query_one("#facts", Static).update(Text.assemble((cards, "bold"), "  F6 asks again how many"))
        button = self.query_one("#go", Button)
        button.disabled = False
        button.focus()

    def _begin(self, ask: Ask) -> None:
        """Read a file that was chosen; its main button leads on once it is there."""
        self._lead = True
        self.query_one(ReadOptions).begin(ask)
        self.query_one("#path", PathInput).show(ask.path)
        self._read_now(ask)

    def _read_now(self, ask: Ask) -> None:
        self._ask, self._sheet = ask, None
        self.query_one("#go", Button).disabled = True
        self.refresh_bindings()
        self.query_one("#noted").display = False
        self.query_one("#facts", Static).update(Text(f"Reading {visible(ask.path.name)}…", style="italic"))
        self._read(ask)

    @work(thread=True, exclusive=True, group="read")
    def _read(self, ask: Ask) -> None:
        worker = get_current_worker()
        there = is_file(ask.path)
        names = sheet_names(ask.path) if there else ()
        try:
            answer: Message = self.Read(ask, read_asked(ask), names)
        except LeatopsError as error:
            answer = self.Refused(ask, error, ("sheet",) if names else TEXT_OPTIONS if there else (), names)
        if not worker.is_cancelled:
            self.post_message(answer)

    @work(thread=True, group="runs")
    def _look_for_stopped(self) -> None:
        latest = islice(self.desk.runs.all(), LOOKED_AT)
        stopped = tuple(run for run in map(standing, latest) if run.state == "stopped")
        if stopped:
            self.post_message(self.Unfinished(stopped))

    @on(Read)
    def _show(self, message: Read) -> None:
        if message.ask != self._ask:
            return
        sheet = self._sheet = message.sheet
        self.query_one("#facts", Static).update(facts_of(sheet))
        self.query_one(ReadOptions).offer_for(sheet, message.names)
        self.query_one("#noted").display = bool(sheet.notes)
        self.query_one("#notes", Static).update(notes_of(sheet))
        self.query_one("#instead").display = False
        preview = self.query_one("#preview", TablePane)
        preview.display = True
        preview.set_source(FrameSource(sheet.frame))
        button = self.query_one("#go", Button)
        button.disabled = False
        self.refresh_bindings()
        if self._lead:
            button.focus()
        self._lead = False

    @on(Refused)
    def _tell(self, message: Refused) -> None:
        if message.ask != self._ask:
            return
        name = visible(message.ask.path.name or str(message.ask.path))
        self.query_one("#facts", Static).update(Text.assemble((name, "bold"), "  ", ("✗ cannot be read", "red")))
        self.query_one(ReadOptions).offer(message.options, message.names, message.ask.sheet)
        self.query_one("#preview").display = False
        instead = self.query_one("#instead", Static)
        instead.display = True
        instead.update(Text(told(message.error)))
        if self._lead:
            self.query_one("#path").focus()
        self._lead = False

    @on(Unfinished)
    def _offer_resume(self, message: Unfinished) -> None:
        run = self._stopped = message.runs[0]
        others = len(message.runs) - 1
        text = Text.assemble(("■ ", "yellow"), "Run ", (visible(run.folder.id), "bold"))
        text.append(f" stopped at {run.rows - run.unended:,} of {count(run.rows, 'row')}")
        if others:
            text.append(f"; earlier runs have {others} more like it", style="dim")
        text.append(f"\n  {visible(run.job)} of {visible(run.source)} on {account_in_words(run.account, run.base_url)}")
        self.query_one("#stopped-what", Static).update(text)
        self.query_one("#stopped").display = True
        self.refresh_bindings()

    @on(ReadOptions.Chosen)
    def _read_otherwise(self) -> None:
        """Read the same file with another encoding, delimiter or sheet."""
        if self._ask is None:
            return
        present = self._sheet.sheet_name if self._sheet is not None else self._ask.sheet
        ask = self.query_one(ReadOptions).asked(self._ask, present)
        if ask != self._ask:
            self._read_now(ask)

    @on(Input.Submitted, "#path")
    def _submit(self, event: Input.Submitted) -> None:
        path = path_of(event.value)
        if path is not None:
            self._begin(Ask(path))

    @on(OptionList.OptionSelected, "#samples")
    def _take_sample(self, event: OptionList.OptionSelected) -> None:
        self._begin(Ask(self._samples[event.option_index]))

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "go":
                self.action_go_on()
            case "open":
                self.action_open()
            case "runs":
                self.action_runs()
            case "resume":
                self.action_resume()

    def action_file(self) -> None:
        """To the field where a path is typed."""
        self.query_one("#path", PathInput).focus()

    def action_search(self) -> None:
        """Look for a text in the file."""
        self.query_one("#preview", TablePane).action_search()

    def action_go_on(self) -> None:
        """On with the file as it was read."""
        if self._sheet is not None:
            path, is_blank = self._sheet.path, self._sheet.format == NO_FILE
            job = IssueCards.name if is_blank else JOB_OF.get(path.name) if path in self._samples else None
            self.dismiss(Loaded(self._sheet, self._ask, None if job is None else JOBS[job]))

    @work
    async def action_open(self) -> None:
        """Choose a file by walking the folders."""
        near = self._ask.path.absolute() if self._ask is not None else Path.cwd() / "any"
        picked = await self.app.push_screen_wait(PickFile(near.parent if is_file(near) else Path.cwd()))
        if picked is not None:
            self._begin(Ask(picked))

    @work
    async def action_blank(self) -> None:
        """Ask how many gift cards are to be made without a file."""
        cards = await self.app.push_screen_wait(CountPrompt())
        if cards is not None:
            self.dismiss(Loaded(blank_sheet(cards), job=IssueCards))

    @work
    async def action_runs(self) -> None:
        """Choose an earlier run."""
        chosen = await self.app.push_screen_wait(RunsScreen(self.desk))
        if chosen is not None:
            self.dismiss(chosen)

    @work(exclusive=True, group="resume")
    async def action_resume(self) -> None:
        """Go on with the latest run that stopped; on another account than its own only after a question."""
        if self._stopped is not None and self.is_active:
            folder = self._stopped.folder
            if await agrees_to_account(self.app, self.desk, folder):
                self.dismiss(Resumed(folder))

    def action_quit(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Out of the field one types in; there is no step before this one."""
        if isinstance(self.focused, Input):
            self.query_one("#open" if self._sheet is None else "#go").focus()
        else:
            self.notify("This is the first step: q leaves leatops.", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done yet is dim; what there is not is not offered."""
        if action == "resume":
            return self._stopped is not None
        if action == "search":
            has_rows = self._sheet is not None and self._sheet.format != NO_FILE
            return has_rows and not isinstance(self.focused, Input)
        if action == "go_on":
            return None if self._sheet is None else True
        return super().check_action(action, parameters)


def _samples(desk: Desk) -> list[Path]:
    """The sample files, the one to begin with first."""
    if not desk.demo or desk.samples is None or not desk.samples.is_dir():
        return []
    return in_order(path for path in desk.samples.iterdir() if path.is_file() and not path.name.startswith("."))


def _sample(path: Path) -> Option:
    return Option(Text.assemble(f"{visible(path.name):<20}", (JOB_OF.get(path.name, ""), "dim")))
