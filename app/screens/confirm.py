"""The last question before anything is sent: by its impact, a key or the number of rows typed out.

What consent means stands in the engine; this only asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from app.cli.words import count
from app.display import visible
from app.screens.question import Question
from app.stages import Agreed
from ops.errors import OptionError
from ops.jobs import find_job
from ops.plan import Plan
from ops.undo import no_undo
from ops.verify import Verify

MOST_NOTES: Final = 4
"""So many notes on a plan are shown at once."""
WANTED: Final = "Type the number of rows that will act:"
DIGITS: Final = 12


class ConfirmScreen(Question[Agreed | None]):
    """The plan as it was agreed to, with how it is to be run; None for a no.

    On a sandbox the focus is on the yes; on a live account it is on Cancel and `y` says yes; what cannot be
    undone wants the number of rows, which can be typed at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape", "no", "No", id="confirm.no", tooltip="Back to the review; nothing is sent"),
    ]

    def __init__(self, plan: Plan, *, local: bool) -> None:
        super().__init__()
        self._plan = plan
        self._local = local
        self._needs_count = plan.needs_count

    def parts(self) -> Iterable[Widget]:
        """The question, what must be known, how it is run, the number if it is wanted, and the two answers."""
        plan = self._plan
        verbs = ", ".join(f"{verb} {rows:,}" for verb, rows in plan.counts.items() if rows and verb not in plan.resting)
        where = "the sandbox" if self._local else f"the LIVE account {visible(plan.meta.account or plan.meta.base_url)}"
        yield Static(
            Text.assemble(
                (f"{plan.meta.job}: {count(plan.acting, 'row')}", "bold"),
                f"\n{verbs}\n\nThis sends {count(plan.meta.writes, 'write')} to {where}.",
            ),
            id="asked",
        )
        if told := _told(plan):
            yield self.told(Text("\n".join(visible(note) for note in told), "bold"))
        yield Horizontal(*self._how(), id="how")
        said = Static(WANTED if self._needs_count else "", id="said", markup=False)
        said.display = self._needs_count
        yield said
        if self._needs_count:
            yield Input(id="count", type="integer", max_length=DIGITS, compact=True, select_on_focus=False)
        yield Horizontal(
            Button("Cancel (n)", id="no"),
            Button("Run (y)", id="yes", variant="success" if self._local else "error"),
            id="answers",
        )

    def _how(self) -> Iterable[Widget]:
        """How many rows go first, and which are read back: each as the run is without it."""
        first = Input(id="first", restrict=r"[0-9]*", max_length=DIGITS, compact=True, placeholder="all")
        first.tooltip = Text("So many rows go first; then you are asked whether the others follow.")
        yield Static("Do first", markup=False)
        yield first
        yield Static("rows, then ask", markup=False)
        if find_job(self._plan.meta.job).verifies:
            read_back = Input(
                id="verify", restrict=r"[0-9A-Za-z]*", max_length=DIGITS, compact=True, placeholder="none"
            )
            read_back.tooltip = Text("Rows that are read back once all have ended: all, a number, or none.")
            yield Static(" · read back", markup=False)
            yield read_back

    def on_mount(self) -> None:
        """Put the focus where a mistake costs least."""
        self.query_one("#yes", Button).disabled = self._needs_count
        self.query_one("#yes" if self._local and not self._needs_count else "#no").focus()

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._say(WANTED if self._needs_count else "")
        if message.input.id == "count":
            self.query_one("#yes", Button).disabled = not self._is_number

    @property
    def _is_number(self) -> bool:
        """Whether the number that is wanted has been typed, where one is."""
        return not self._needs_count or self.query_one("#count", Input).value.strip() == str(self._plan.acting)

    def on_key(self, event: events.Key) -> None:
        """A digit goes into the number, wherever the focus is."""
        if self._needs_count and event.character is not None and event.character.isdecimal():
            number = self.query_one("#count", Input)
            if self.focused is not number:
                number.focus()
                number.insert_text_at_cursor(event.character)
                event.stop()

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        if message.input.id == "count":
            self.action_yes()
        else:
            self.app.action_focus_next()

    @on(Button.Pressed)
    def _answered(self, message: Button.Pressed) -> None:
        if message.button.id == "yes":
            self.action_yes()
        else:
            self.action_no()

    def action_yes(self) -> None:
        """Yes, when it may be said; else why not."""
        if not self._is_number:
            number = self.query_one("#count", Input)
            typed = number.value.strip()
            number.focus()
            self._object(f"{typed} is not the number of rows that will act." if typed else WANTED)
            return
        try:
            self.dismiss(self._agreed())
        except OptionError as error:
            self.query_one(f"#{error.where['option']}").focus()
            self._object(error.message)

    def _agreed(self) -> Agreed:
        """The plan with what was typed.

        Raises:
            OptionError: It is not a number of rows.
        """
        typed = {field.id: field.value.strip().lower() for field in self.query("#how Input").results(Input)}
        first, verify = typed["first"], typed.get("verify", "")
        if first and not int(first):
            raise OptionError("Do first: a number of rows, or nothing.", option="first")
        try:
            wanted = None if verify in {"", "none"} else Verify.parse(verify)
        except OptionError:
            raise OptionError("Read back: all, a number of rows, or none.", option="verify") from None
        confirm = self._plan.acting if self._needs_count else None
        return Agreed(self._plan, confirm, first=int(first) if first else None, verify=wanted)

    def _object(self, words: str) -> None:
        """Say why it cannot be a yes."""
        self._say(Text.assemble((f"✗ {words}", "bold red")))

    def _say(self, words: str | Text) -> None:
        said = self.query_one("#said", Static)
        said.update(words)
        said.display = bool(words)
        self.fit()

    def action_no(self) -> None:
        """No."""
        self.dismiss(None)


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
