"""Map: which column of the file fills which field, by which rule, for which job; the rows are checked as one goes.

What fits and what is wrong with rows is decided in the engine; nothing is written to the account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.widget import Widget
from textual.widgets import Button, LoadingIndicator, Select, Static

from app.checking import Checked, checked, samples
from app.choices import Choices, Kept, Settings, counts_of, fitting
from app.display import visible
from app.screens.field_picker import FieldPicker, Picked
from app.screens.path_prompt import PathPrompt
from app.screens.stage import StageScreen
from app.stages import Desk, Loaded, Mapped
from app.widgets.mapping_table import MappingTable
from app.widgets.options_form import OptionsForm
from app.widgets.problems_panel import ProblemsPanel
from app.widgets.sheet_facts import title_of
from app.wording import told
from ops.draft import AccountView
from ops.errors import LeatopsError, MappingError
from ops.jobs import JOBS
from ops.mapping import Mapping, recall
from ops.sheet import NO_FILE

FIRST_JOB: Final = "contacts.upsert"
DEBOUNCE: Final = 0.15
"""Seconds that a person may take between two changes before the rows are checked."""
WIDE: Final = 120


class MapScreen(StageScreen[Mapped]):
    """Takes a file, and what was chosen for it before; returns all that a plan is made from.

    However it ends, `kept` has what was chosen.
    """

    stage = "Map"
    CSS_PATH = "map.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual annotates it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plan", "Plan", id="map.plan", show=False, tooltip="See what the job would do with each row"),
        Binding("s", "save", "Save mapping", id="map.save", show=False, tooltip="Write the mapping to a file"),
        Binding("l", "load", "Load mapping", id="map.load", show=False, tooltip="Read a mapping from a file"),
        Binding("1,up,down", "to('#columns')", "Columns", id="map.columns", show=False, tooltip="To the columns"),
        Binding(
            "2",
            "to('#options Select, #options Input, #options Checkbox')",
            "Options",
            id="map.options",
            show=False,
            tooltip="To the options",
        ),
        Binding("3", "to('#problems')", "Problems", id="map.problems", show=False, tooltip="To the problems"),
        Binding("4", "to('#job')", "Job", id="map.job", show=False, tooltip="To the jobs"),
    ]

    @dataclass
    class Ready(Message):
        """The account has said what its contacts can hold."""

        view: AccountView
        samples: tuple[tuple[str, ...], ...]

    @dataclass
    class Unanswered(Message):
        """The account did not answer."""

        error: LeatopsError

    @dataclass
    class RowsChecked(Message):
        """What is wrong with the rows, or why that cannot be said."""

        found: Checked | LeatopsError

    def __init__(self, desk: Desk, loaded: Loaded, before: Kept | None = None) -> None:
        super().__init__(desk)
        self._sheet = loaded.sheet
        self._before = before or Kept()
        self._known = self._before.job or loaded.job
        self._job = self._known or JOBS[FIRST_JOB]
        """At first the job that is known, else the usual one, or one that fits the columns."""
        self._settings = self._before.settings
        self._view: AccountView | None = None
        self._chosen: dict[str, Choices] = {}
        """By job, so that looking at another job loses nothing."""
        self._checking: asyncio.Future[Checked | LeatopsError] | None = None

    def body(self) -> Iterable[Widget]:
        """The job on top; the columns, the options and the problems below it, or why they are not there yet."""
        jobs = [(name, name) for name, job in JOBS.items() if self._has_file or counts_of(job)]
        yield Horizontal(
            Select(jobs, value=self._job.name, allow_blank=False, compact=True, id="job"),
            Static(id="summary", markup=False),
            id="head",
        )
        yield Vertical(
            LoadingIndicator(id="busy"),
            Static(id="asking-what", markup=False),
            Button("Try again", id="again", variant="primary", compact=True),
            id="asking",
        )
        side = Horizontal(OptionsForm(self._job.options, self._settings, id="options"), ProblemsPanel(id="found"))
        side.id = "side"
        yield Vertical(MappingTable(id="columns"), side, id="work")
        yield Horizontal(
            Static(id="why", markup=False),
            Button(Text("Load… (l)"), compact=True, id="load"),
            Button(Text("Save… (s)"), compact=True, id="save"),
            Button(Text("Plan (p)"), variant="primary", compact=True, id="plan"),
            id="foot",
        )

    def on_mount(self) -> None:
        """Ask the account."""
        self.query_one("#columns").border_title = Text(title_of(self._sheet))
        self.query_one("#options").border_title = "Options"
        self.query_one("#found").border_title = "Problems"
        self._say_job()
        self._ask()

    # What the account says

    @on(Button.Pressed, "#again")
    def _ask(self) -> None:
        self.query_one("#asking").display = True
        self.query_one("#work").display = False
        self.query_one("#busy").display = True
        self.query_one("#again").display = False
        self.query_one("#asking-what", Static).update("asking the account what its contacts can hold…")
        self._say_why("")
        self._read_account()

    @work(exclusive=True, group="account")
    async def _read_account(self) -> None:
        try:
            shown = asyncio.to_thread(samples, self._sheet)
            view, found = await asyncio.gather(self.desk.view(), shown)
        except LeatopsError as error:
            self.post_message(self.Unanswered(error))
        else:
            self.post_message(self.Ready(view, found))

    @on(Unanswered)
    def unanswered(self, message: Unanswered) -> None:
        """Say why, and offer to ask again."""
        self.query_one("#busy").display = False
        again = self.query_one("#again")
        again.display = True
        again.focus()
        self.query_one("#asking-what", Static).update(Text(told(message.error)))
        self._say_why("")

    @on(Ready)
    async def begin(self, message: Ready) -> None:
        """Show the columns with what is suggested, or with what was chosen before."""
        self._view = message.view
        if self._known is None:
            self._job = fitting(self._job, self._sheet.columns, message.view)
            self.query_one("#job", Select).value = self._job.name
            self._say_job()
        await self.query_one(OptionsForm).show_options(self._job.options, self._settings, self._view)
        self.query_one("#asking").display = False
        self.query_one("#work").display = True
        columns = self.query_one(MappingTable)
        columns.show_samples(self._sheet.columns, message.samples)
        self._choose(self._begin_job(message.view))
        ready = self.query_one("#plan", Button)
        (columns if ready.disabled else ready).focus()

    def _begin_job(self, view: AccountView) -> Choices:
        """What was chosen for the present job before, else for files like this one, else what is suggested."""
        try:
            remembered = recall(self.desk.home / "mappings", self._sheet.shape_id, self._job.name)
        except MappingError as error:
            remembered = None
            self._tell(f"What was chosen before is passed over. {told(error)}", severity="warning")
        begun = Choices.begin(self._job, self._sheet.columns, view, remembered)
        return replace(begun, mapping=self._before.mappings.get(self._job.name, begun.mapping))

    # What a person chooses

    @property
    def _has_file(self) -> bool:
        return self._sheet.format != NO_FILE

    @property
    def _set(self) -> Settings:
        """How the job is set, with the number of rows where there is no file to have it."""
        return self._settings if self._has_file else self._settings.counted(self._job, self._sheet.rows)

    @property
    def _choices(self) -> Choices | None:
        return self._chosen.get(self._job.name)

    def _choose(self, choices: Choices) -> None:
        self._chosen[self._job.name] = choices
        self.query_one(MappingTable).show_lines(choices.lines())
        self._look_again()

    def _look_again(self) -> None:
        """Something was changed: say whether one can go on, and check the rows."""
        if self._choices is None:
            return
        why = self._choices.blocked(self._set, has_file=self._has_file)
        self._say_why(why)
        panel = self.query_one(ProblemsPanel)
        if why:
            panel.say(why)
        else:
            panel.checking()
        self._check()

    @on(Select.Changed, "#job")
    async def other_job(self, event: Select.Changed) -> None:
        """Another job has other fields and options; what was chosen by hand comes along where it fits."""
        if event.value == self._job.name or not isinstance(event.value, str):
            return
        before = self._choices
        self._job = self._known = JOBS[event.value]
        known = {option.name for option in self._job.options}
        kept = {name: value for name, value in self._settings.options.items() if name in known}
        self._settings = replace(self._settings, options=kept)
        self._say_job()
        await self.query_one(OptionsForm).show_options(self._job.options, self._settings, self._view)
        if self._view is not None:
            begun, is_new = self._choices or self._begin_job(self._view), self._job.name not in self.kept.mappings
            self._choose(begun.carry(before) if is_new and before is not None else begun)

    @on(OptionsForm.Changed)
    def other_settings(self, message: OptionsForm.Changed) -> None:
        """The job is set in another way."""
        self._settings = message.settings
        self._look_again()

    @on(MappingTable.Meant)
    def change_column(self, message: MappingTable.Meant) -> None:
        """Do with a column what was meant."""
        choices, column = self._choices, message.column
        if choices is None:
            return
        match message.what:
            case "pick":
                self._pick(choices, column)
            case "rule" if choices.next_rule(column) == choices:
                self._tell("Only attributes of the account have a write rule.")
            case "rule":
                self._choose(choices.next_rule(column))
            case "leave":
                self._choose(choices.leave_out(column))
            case _:
                self._choose(choices.go_back(column))

    def _pick(self, choices: Choices, column: str) -> None:
        taken = {pair.field: pair.column for pair in choices.mapping.columns}

        def picked(answer: Picked | None) -> None:
            if answer is not None:
                self._choose(choices.leave_out(column) if answer.field is None else choices.put(column, answer.field))

        self.app.push_screen(FieldPicker(column, choices.fields, taken), picked)

    # What is wrong with the rows

    @work(exclusive=True, group="check")
    async def _check(self) -> None:
        await asyncio.sleep(DEBOUNCE)
        mapped, view = self._mapped(), self._view
        if mapped is None or view is None:
            return
        if self._checking is not None:
            # A thread cannot be stopped: the next one waits, or a big file would be checked many times at once.
            await asyncio.wait([self._checking])
        self._checking = asyncio.ensure_future(asyncio.to_thread(checked, mapped, view))
        self.post_message(self.RowsChecked(await asyncio.shield(self._checking)))

    @on(RowsChecked)
    def show_found(self, message: RowsChecked) -> None:
        """Say what is wrong."""
        panel = self.query_one(ProblemsPanel)
        if isinstance(message.found, Checked):
            panel.show(message.found)
        else:
            panel.say(told(message.found))

    @on(ProblemsPanel.Chosen)
    def go_to_column(self, message: ProblemsPanel.Chosen) -> None:
        """To the column that a problem is in."""
        columns = self.query_one(MappingTable)
        columns.go_to(message.column)
        columns.focus()

    # Keys and buttons

    def action_to(self, where: str) -> None:
        """To one of the panes."""
        for widget in self.query(where).results(Widget):
            if widget.focusable:
                widget.focus()
                return

    @on(Button.Pressed, "#plan")
    def action_plan(self) -> None:
        """Go on, or say what is missing and go to where it is chosen."""
        mapped, choices = self._mapped(), self._choices
        if mapped is not None:
            self.dismiss(mapped)
        elif choices is not None:
            self._tell(choices.blocked(self._set, has_file=self._has_file), severity="warning")
            unset = None if choices.lacks(self._set.options) else choices.unset(self._set)
            self.action_to("#columns" if unset is None else f"#option-{unset.name}")

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Ask where the mapping is written, and write it."""
        choices = self._choices
        if choices is None:
            return

        def save(path: Path | None) -> None:
            if path is None:
                return
            try:
                choices.mapping.save(path)
            except LeatopsError as error:
                self._tell(told(error), severity="error")
            else:
                self._tell(f"Saved {path}")

        self.app.push_screen(PathPrompt("Save the mapping as", self._usual_path(), new=True), save)

    @on(Button.Pressed, "#load")
    def action_load(self) -> None:
        """Ask for a mapping's file, and follow it."""
        choices = self._choices
        if choices is None:
            return

        def load(path: Path | None) -> None:
            if path is None:
                return
            try:
                self._choose(choices.fit(Mapping.load(path)))
            except MappingError as error:
                self._tell(told(error), severity="error")

        self.app.push_screen(PathPrompt("Load the mapping of", self._usual_path(), new=False), load)

    def _usual_path(self) -> Path:
        """Named after the file, unless that name could not be shown in a field."""
        stem = self._sheet.path.stem
        return Path(f"{stem if visible(stem) == stem else self._job.name}.mapping.toml")

    def _mapped(self) -> Mapped | None:
        """All that a plan is made from; None while something stands in the way."""
        choices = self._choices
        if choices is None or choices.blocked(self._set, has_file=self._has_file):
            return None
        return Mapped(self._sheet, self._job, choices.mapping, self._set.plan_options(self.desk.rate))

    @property
    def kept(self) -> Kept:
        """What was chosen, whether or not one goes on with it."""
        seen = {name: choices.mapping for name, choices in self._chosen.items()}
        job = self._known if self._view is None else self._job
        return Kept(job, self._settings, {**self._before.mappings, **seen})

    # What is said

    def _say_job(self) -> None:
        self.query_one("#summary", Static).update(Text(self._job.summary))

    def _say_why(self, why: str) -> None:
        """Why one cannot go on, if so."""
        ready = self._view is not None and not why
        self.query_one("#plan", Button).disabled = not ready
        for name in ("#save", "#load"):
            self.query_one(name, Button).disabled = self._view is None
        hint = Text("Enter plans; nothing is written yet", "dim") if ready else Text.assemble((visible(why), "red"))
        self.query_one("#why", Static).update(hint)

    def _tell(self, words: str, *, severity: SeverityLevel = "information") -> None:
        self.notify(visible(words), severity=severity, markup=False)
