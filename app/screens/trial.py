"""The question after the first rows of a run: what became of them, and whether the others follow.

When it comes, and what a no means for the run, is the engine's business.
"""

from __future__ import annotations

from rich.text import Text

from app.cli.words import count
from app.display import visible
from app.screens.question import YesNoScreen
from app.widgets.states import counts_text
from app.wording import in_app
from ops.canary import Trial


def trial_question(trial: Trial) -> YesNoScreen:
    """The first rows by state and, where some did not go well, by cause; no stops the run, which can be resumed."""
    others = count(trial.others, "row")
    asked = Text.assemble(
        (f"Go on with the other {others}?", "bold"),
        f"\n\nThe first {count(trial.rows, 'row')}:  ",
        counts_text(trial.counts),
    )
    return YesNoScreen(asked, told=_causes(trial) if trial.groups else None, yes="Go on", no="Stop here")


def _causes(trial: Trial) -> Text:
    text = Text()
    for one in trial.groups:
        where = f"row {one.row}" if one.count == 1 else f"{count(one.count, 'row')}, such as row {one.row}"
        text.append(f"{where}, {one.blame.words}:\n", style="bold")
        text.append(f"{visible(one.message)}\n{in_app(one.advice)}\n")
    text.rstrip()
    return text
