"""The question which field a column fills: every field of the job and the account, found by typing.

What becomes of the answer is the map screen's business.
"""

from __future__ import annotations

from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from app.display import visible
from app.widgets.plain_input import PlainInput
from ops.fields import Field

LEAVE_OUT = "leave out"
_MOST_NAME = 24


@dataclass(frozen=True, slots=True)
class Picked:
    """The answer: a field's name, or None to leave the column out."""

    field: str | None


class FieldPicker(ModalScreen[Picked | None]):
    """Returns what was picked; None when the person went back."""

    CSS_PATH = "field_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="picker.back", tooltip="Change nothing"),
        Binding("down", "move('cursor_down')", "Next", id="picker.next", show=False, tooltip="Next field"),
        Binding("up", "move('cursor_up')", "Before", id="picker.before", show=False, tooltip="Field before"),
        Binding("pagedown", "move('page_down')", "Page down", id="picker.page_down", show=False, tooltip="A page on"),
        Binding("pageup", "move('page_up')", "Page up", id="picker.page_up", show=False, tooltip="A page back"),
    ]

    def __init__(self, column: str, fields: Sequence[Field], taken: Values[str, str]) -> None:
        """Ask for a column.

        Args:
            column: The column of the file.
            fields: What can be filled.
            taken: Which column fills a field now.
        """
        super().__init__()
        self._column = column
        self._fields = tuple(fields)
        self._taken = taken
        self._listed: list[str | None] = []
        self._current = next((name for name, other in taken.items() if other == column), None)

    def compose(self) -> ComposeResult:
        """The question, a line to type in, the fields."""
        with Vertical(id="picker"):
            question = Text.assemble("Which field does ", (visible(self._column[:60]), "bold"), " fill?")
            yield Static(question, id="which")
            yield PlainInput(placeholder="type to find a field", compact=True, id="find")
            yield OptionList(id="fields", markup=False)
            yield Static("Enter chooses · Esc changes nothing", id="keys", markup=False)

    def on_mount(self) -> None:
        """The field of now is where one begins."""
        self._list("")

    @on(Input.Changed)
    def find(self, event: Input.Changed) -> None:
        """Only the fields that hold the words."""
        self._list(event.value)

    @on(Input.Submitted)
    def enter(self) -> None:
        """Enter in the line chooses what is highlighted in the list."""
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def picked(self, event: OptionList.OptionSelected) -> None:
        """Done."""
        self.dismiss(Picked(self._listed[event.option_index]))

    def action_move(self, how: str) -> None:
        """Move in the list while one types."""
        fields = self.query_one(OptionList)
        getattr(fields, f"action_{how}")()

    def _list(self, words: str) -> None:
        wanted = words.casefold().split()
        name_width = min(_MOST_NAME, max((len(field.name) for field in self._fields), default=0))
        found = [
            field
            for field in self._fields
            if all(word in f"{field.name} {field.label} {field.kind}".casefold() for word in wanted)
        ]
        options = [Option(self._prompt(field, name_width), disabled=not field.writable) for field in found]
        self._listed = [field.name for field in found]
        if all(word in LEAVE_OUT for word in wanted):
            options.insert(0, Option(Text("leave out  this column fills nothing", "italic")))
            self._listed.insert(0, None)
        fields = self.query_one(OptionList)
        fields.set_options(options)
        free = [at for at, option in enumerate(options) if not option.disabled]
        first = next((at for at in free if self._listed[at] is not None), next(iter(free), None))
        now = self._listed.index(self._current) if self._current in self._listed else first
        fields.highlighted = first if wanted else now

    def _prompt(self, field: Field, name_width: int) -> Text:
        line = Text(visible(field.name).ljust(name_width), no_wrap=True, overflow="ellipsis")
        line.append(f"  {field.kind.value:<9}", "dim")
        if not field.writable:
            line.append("  read-only", "italic")
        taken = self._taken.get(field.name)
        if taken == self._column:
            line.append("  (now)", "bold")
        elif taken is not None:
            line.append(f"  taken: {visible(taken[:40])}", "yellow")
        if field.label and field.label != field.name:
            line.append(f"  {visible(field.label)}")
        return line
