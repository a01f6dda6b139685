"""The options of a job as a form made from its own declaration, and how dates and numbers are written in the file.

Whether a value is possible is said by the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, Select

from app.choices import Settings
from app.display import visible
from app.widgets.plain_input import PlainInput
from app.widgets.yes_no import YesNo
from ops.draft import AccountView
from ops.jobs.fields import SWITCH
from ops.jobs.options import Option

OTHER: Final = "other…"
DATES: Final = ("DD-MM-YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "MM/DD/YYYY", "MM-DD-YYYY", "YYYY/MM/DD", OTHER)
DATES_HELP: Final = "How dates are written in the file; a date that can be read in two ways is never guessed."
DECIMAL_HELP: Final = (
    "The decimal mark of numbers and amounts in text; while it is not given, only what has one meaning is read."
)


class OptionsForm(VerticalScroll, can_focus=False):
    """One line an option; a value at its default is not in the settings."""

    DEFAULT_CSS = """
    OptionsForm { scrollbar-size-vertical: 1; }
    OptionsForm Horizontal { height: 1; }
    OptionsForm Label { width: 13; padding-right: 1; color: $text-muted; }
    OptionsForm Select { width: 1fr; }
    OptionsForm Input { width: 1fr; }
    OptionsForm .hidden { display: none; }
    """
    PLAIN: ClassVar[str] = "ISO: YYYY-MM-DD"

    class Changed(Message):
        """A person has set something."""

        def __init__(self, settings: Settings) -> None:
            super().__init__()
            self.settings = settings

    def __init__(self, options: Sequence[Option], settings: Settings, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._options = _asked(options)
        self._settings = settings
        self._view: AccountView | None = None

    def compose(self) -> ComposeResult:
        """The job's options, then how the file is written."""
        for option in self._options:
            given = self._settings.options.get(option.name, option.default)
            yield _line(option.name, _control(option, given, self._view), option.help)
        dates = self._settings.dates
        known = dates is None or dates in DATES
        choices = [(self.PLAIN, self.PLAIN), *((text, text) for text in DATES)]
        value = OTHER if not known else dates or self.PLAIN
        chosen = Select(choices, value=value, allow_blank=False, compact=True, id="dates")
        yield _line("dates", chosen, DATES_HELP)
        own = PlainInput("" if known else dates, placeholder="such as D-M-YYYY HH:MM", compact=True, id="dates-own")
        yield _line("", own, DATES_HELP, hidden=known)
        marks = [("not given", ""), ("point 1.5", "."), ("comma 1,5", ",")]
        mark = Select(marks, value=self._settings.decimal or "", allow_blank=False, compact=True, id="decimal")
        yield _line("decimal", mark, DECIMAL_HELP)

    async def show_options(self, options: Sequence[Option], settings: Settings, view: AccountView | None) -> None:
        """Another job's options, with what the account has to choose from once that is known."""
        self._options, self._settings, self._view = _asked(options), settings, view
        await self.recompose()

    @on(Select.Changed)
    @on(Input.Changed)
    @on(Checkbox.Changed)
    def changed(self, event: Select.Changed | Input.Changed | Checkbox.Changed) -> None:
        """Say what is set now, when it is anything else than before."""
        event.stop()
        if not event.control.is_attached:
            return
        own = self.query_one("#dates-own", Input)
        own_wanted = self.query_one("#dates", Select).value == OTHER
        if own.parent is not None:
            own.parent.set_class(not own_wanted, "hidden")
        if event.control is not own and own_wanted and event.control.id == "dates" and not own.value:
            own.focus()
        settings = self._read()
        if settings != self._settings:
            self._settings = settings
            self.post_message(self.Changed(settings))

    def _read(self) -> Settings:
        values: dict[str, str] = {}
        for option in self._options:
            value = _value(self.query_one(f"#option-{option.name}"))
            if value and value != option.default:
                values[option.name] = value
        dates = _value(self.query_one("#dates"))
        if dates == OTHER:
            dates = _value(self.query_one("#dates-own"))
        return Settings(
            values, None if dates in {"", self.PLAIN} else dates, _value(self.query_one("#decimal")) or None
        )


def _asked(options: Sequence[Option]) -> tuple[Option, ...]:
    """The options without the number of rows: a file has it, and without one it was asked for."""
    return tuple(option for option in options if option.of != "count")


def _control(option: Option, given: str | None, view: AccountView | None) -> Widget:
    name = f"option-{option.name}"
    if set(option.choices) == set(SWITCH):
        return YesNo(value=given == "true", compact=True, id=name)
    if option.of in {"programs", "shops"} and view is not None:
        listed = list(_listed(option, view))
        chosen = (uuid for label, uuid in listed if given in {uuid, label})
        prompt = ("choose" if option.required else "none") if listed else "the account has none"
        return Select(listed, value=next(chosen, Select.NULL), allow_blank=True, prompt=prompt, compact=True, id=name)
    if not option.choices:
        hint = "such as 25.00" if option.of == "amount" else "required" if option.required else "optional"
        return PlainInput(given or "", placeholder=option.default or hint, compact=True, id=name)
    choices = [(choice, choice) for choice in option.choices]
    value = given if given in option.choices else Select.NULL
    optional = option.default is None
    return Select(choices, value=value, allow_blank=optional, prompt="choose", compact=True, id=name)


def _listed(option: Option, view: AccountView) -> Iterator[tuple[str, str]]:
    """Names and uuids of what can be chosen; of one name that several have, the uuid tells which."""
    programs = [(one.uuid, one.name) for one in view.programs if one.active is not False]
    known = programs if option.of == "programs" else [(one.uuid, one.name) for one in view.shops]
    names = [name for _, name in known]
    for uuid, name in known:
        if uuid is not None:
            yield visible(name if name and names.count(name) == 1 else f"{name or ''} {uuid}".strip()), uuid


def _line(label: str, control: Widget, told: str, *, hidden: bool = False) -> Horizontal:
    control.tooltip = Text(told)
    return Horizontal(Label(Text(label)), control, classes="hidden" if hidden else "")


def _value(control: Widget) -> str:
    if isinstance(control, Checkbox):
        return "true" if control.value else "false"
    if isinstance(control, Input):
        return control.value.strip()
    return control.value if isinstance(control, Select) and isinstance(control.value, str) else ""
