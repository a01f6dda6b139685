"""What is wrong with the rows so far: how many are in which state, and the first problems.

Finding them is not done here.
"""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from app.checking import Checked
from app.cli.words import count
from app.display import visible
from ops.plan_meta import Problem

STYLES: Final = {"invalid": "red", "held": "yellow", "warning": "yellow"}


class ProblemsPanel(Vertical):
    """A line of counts above a list of problems."""

    DEFAULT_CSS = """
    ProblemsPanel > #counts { height: auto; }
    ProblemsPanel > #problems {
        height: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
    }
    """

    class Chosen(Message):
        """A person wants to see the column of a problem."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._problems: tuple[Problem, ...] = ()

    def compose(self) -> ComposeResult:
        """Counts, then problems."""
        yield Static(id="counts", markup=False)
        yield OptionList(id="problems", markup=False)

    def say(self, words: str) -> None:
        """Words instead of counts: what is being done, or why nothing is known."""
        self._show(Text(visible(words)), ())

    def checking(self) -> None:
        """What is shown is of before; the rows are being checked again."""
        self.query_one("#counts").add_class("stale")

    def show(self, checked: Checked) -> None:
        """What is known of the rows."""
        counts = Text(count(checked.rows, "row"))
        states = (("invalid", checked.invalid), ("held", checked.held))
        warned = ((count(checked.warned, "warning"), checked.warned, "warning"),)
        for words, number, kind in (*((f"{n:,} {kind}", n, kind) for kind, n in states), *warned):
            counts.append(" · ", "dim")
            counts.append(words, STYLES[kind] if number else "dim")
        if checked.total > len(checked.problems):
            counts.append(f" · the first {len(checked.problems)} of {count(checked.total, 'problem')}", "dim")
        if not checked.total:
            counts.append(" · nothing wrong", "dim")
        self._show(counts, checked.problems)

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Go to the column."""
        event.stop()
        column = self._problems[event.option_index].column
        if column is not None:
            self.post_message(self.Chosen(column))

    def _show(self, counts: Text, problems: tuple[Problem, ...]) -> None:
        where = self.query_one("#counts", Static)
        where.remove_class("stale")
        where.update(counts)
        self._problems = problems
        listed = self.query_one("#problems", OptionList)
        at = listed.highlighted
        listed.set_options([Option(_line(problem)) for problem in problems])
        listed.highlighted = min(at, len(problems) - 1) if at is not None and problems else None


def _line(problem: Problem) -> Text:
    word = "held" if problem.kind == "duplicate" else "invalid" if problem.severity == "error" else "warning"
    column = f" {visible(problem.column[:60])}" if problem.column else ""
    line = "" if problem.odd_line is None else f" (line {problem.odd_line:,})"
    place = f" row {problem.row:,}{line}{column}: "
    return Text.assemble((word, STYLES[word]), (place, "bold"), visible(problem.message))
