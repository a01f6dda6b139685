"""The last question before anything is sent: by its impact, a key or the number of rows typed out.

What consent means stands in the engine; this only asks.
"""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from app.cli.words import count
from app.display import visible
from app.screens.closing import ClosesOnce
from ops.plan import Plan
from ops.undo import no_undo

MOST_NOTES: Final = 4
"""So many notes on a plan are shown at once."""


class ConfirmScreen(ModalScreen[bool], ClosesOnce[bool]):
    """True when the person has said yes.

    On a sandbox the focus is on the yes; on a live account it is on Cancel and `y` says yes; what cannot be
    undone wants the number of rows, which can be typed at once.
    """

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape", "no", "No", id="confirm.no", tooltip="Back to the review; nothing is sent"),
        Binding(
            "left,up", "app.focus_previous", "Before", show=False, id="confirm.before", tooltip="The answer before"
        ),
        Binding("right,down", "app.focus_next", "Next", show=False, id="confirm.next", tooltip="The next answer"),
    ]

    def __init__(self, plan: Plan, *, local: bool) -> None:
        super().__init__()
        self._plan = plan
        self._local = local
        self._needs_count = plan.needs_count

    def compose(self) -> ComposeResult:
        """The question, the number if it is wanted, and the two answers."""
        plan = self._plan
        verbs = ", ".join(f"{verb} {rows:,}" for verb, rows in plan.counts.items() if rows and verb not in plan.resting)
        where = "the sandbox" if self._local else f"the LIVE account {visible(plan.meta.account or plan.meta.base_url)}"
        with Vertical(id="question"):
            yield Static(
                Text.assemble(
                    (f"{plan.meta.job}: {count(plan.acting, 'row')}", "bold"),
                    f"\n{verbs}\n\nThis sends {count(plan.meta.writes, 'write')} to {where}.",
                ),
                markup=False,
            )
            if told := _told(plan):
                yield Static(Text("\n".join(visible(note) for note in told), "bold"), id="notes")
            if self._needs_count:
                yield Static("Type the number of rows that will act:", id="wanted", markup=False)
                yield Input(id="count", type="integer", compact=True, select_on_focus=False)
            with Horizontal(id="answers"):
                yield Button("Cancel (n)", id="no")
                yield Button("Run (y)", id="yes", variant="success" if self._local else "error")

    def on_mount(self) -> None:
        """Put the focus where a mistake costs least."""
        self.query_one("#yes", Button).disabled = self._needs_count
        self.query_one("#yes" if self._local and not self._needs_count else "#no").focus()

    @on(Input.Changed, "#count")
    def _counted(self, message: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = message.value.strip() != str(self._plan.acting)

    def on_key(self, event: events.Key) -> None:
        """A digit goes into the number, wherever the focus is."""
        if self._needs_count and event.character is not None and event.character.isdecimal():
            number = self.query_one("#count", Input)
            if self.focused is not number:
                number.focus()
                number.insert_text_at_cursor(event.character)
                event.stop()

    @on(Input.Submitted, "#count")
    def _typed(self) -> None:
        self.action_yes()

    @on(Button.Pressed)
    def _answered(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "yes")

    def action_yes(self) -> None:
        """Yes, when it may be said."""
        if not self.query_one("#yes", Button).disabled:
            self.dismiss(True)

    def action_no(self) -> None:
        """No."""
        self.dismiss(False)


def first_notes(plan: Plan) -> list[str]:
    """What the plan notes; of many notes the first, which are the totals, and how many more there are."""
    notes = list(plan.meta.notes)
    if len(notes) <= MOST_NOTES:
        return notes
    return [*notes[: MOST_NOTES - 1], f"and {len(notes) - MOST_NOTES + 1:,} more notes: w in the review shows them"]


def _told(plan: Plan) -> list[str]:
    """What must be known before agreeing; of what stays for good, also what to do instead."""
    stays = no_undo(plan)
    return [*first_notes(plan), *([f"No undo: {stays}."] if stays else [])]
