"""Questions over the screen they are about: a box of which the answers are always seen, and a plain yes or no.

What is asked, and what an answer does, is the business of the screen below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from app.screens.closing import ClosesOnce

T = TypeVar("T")
MORE = "PgDn: more"


class Question(ModalScreen[T], ClosesOnce[T]):
    """A box in which `#told`, if it is there, has the lines that the other parts leave, and scrolls.

    Subclasses give `parts`.
    """

    CSS_PATH = "question.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]  # noqa: RUF012 - as Textual annotates it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,up", "app.focus_previous", "Before", show=False, id="question.before", tooltip="The answer before"
        ),
        Binding("right,down", "app.focus_next", "Next", show=False, id="question.next", tooltip="The next answer"),
        Binding("pageup", "read(-1)", "Up", show=False, id="question.up", tooltip="What was told before"),
        Binding("pagedown", "read(1)", "Down", show=False, id="question.down", tooltip="More of what is told"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._nobody_asks = False

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="question"):
            yield from self.parts()

    def parts(self) -> Iterable[Widget]:
        """What stands in the box."""
        raise NotImplementedError

    def told(self, text: Text) -> VerticalScroll:
        """What must be known before answering."""
        return VerticalScroll(Static(text, id="notes"), id="told", can_focus=False)

    def on_resize(self) -> None:
        """More or fewer lines for what is told."""
        self.fit()

    def fit(self) -> None:
        """Share the lines out once every part knows how many it takes."""
        self.call_after_refresh(self._share_lines)

    def _share_lines(self) -> None:
        box = self.query_one("#question")
        for told in self.query("#told"):
            others = [part for part in box.children if part is not told and part.display]
            taken = sum(part.outer_size.height + part.styles.margin.height for part in others)
            taken += box.gutter.height + told.styles.margin.height
            told.styles.max_height = max(1, self.size.height - taken)
            told.call_after_refresh(self._say_more, box, told)

    def _say_more(self, box: Widget, told: Widget) -> None:
        box.border_subtitle = MORE if told.max_scroll_y else ""

    def action_read(self, pages: int) -> None:
        """Scroll what is told."""
        for told in self.query("#told"):
            told.scroll_relative(y=pages * max(1, told.size.height - 1), animate=False)

    def take_back(self) -> None:
        """Nobody asks any more: close without an answer, when what lies above has closed."""
        self._nobody_asks = True
        self.dismiss()

    def on_screen_resume(self) -> None:
        """Close now, if the question was taken back meanwhile."""
        if self._nobody_asks:
            self.dismiss()


class YesNoScreen(Question[bool | None]):
    """True or False; no has the focus. None when the question was taken back.

    Args:
        asked: The question, in a few lines.
        told: What must be known before answering, of any length.
        yes: What a yes does.
        no: What a no does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="question.yes", tooltip="Yes"),
        Binding("n,escape", "answer(False)", "No", id="question.no", tooltip="No"),
    ]

    def __init__(self, asked: Text, *, told: Text | None = None, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._asked = asked
        self._told = told
        self._yes = yes
        self._no = no

    def parts(self) -> Iterable[Widget]:
        """The question, what is told, the answers."""
        yield Static(self._asked, id="asked")
        if self._told is not None:
            yield self.told(self._told)
        yield Horizontal(
            Button(Text(f"{self._no} (n)"), id="no"),
            Button(Text(f"{self._yes} (y)"), id="yes", variant="primary"),
            id="answers",
        )

    def on_mount(self) -> None:
        """Put the focus where a mistake costs least."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "yes")

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 - an action has no names for its parameters
        """By key."""
        self.dismiss(answer)
