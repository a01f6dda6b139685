"""What a person says about rows in doubt, told back before it is acted on; what is to be sent again is asked about.

Whose word is taken on what is the engine's business.
"""

from __future__ import annotations

import sys
from typing import Final

import click

from app.cli.output import Output
from app.cli.words import count
from ops.events import Word
from ops.runs import RunFolder
from ops.said import Said, rows_text
from ops.settle import hear

_TOLD: Final = {
    Word.HAPPENED: ("You say that it happened", "not sent again"),
    Word.NOT_HAPPENED: ("You say that it did not happen", "sent now, unless the account shows that it did"),
}


def listen(out: Output, folder: RunFolder, said: Said, *, agreed: bool) -> Said:
    """What was said, row by row, as it was told back.

    Somebody who can be asked is asked about what will be sent; no new consent is needed.

    Raises:
        OptionError: A row is named of which nobody's word is taken.
        RunError: Another process holds the run, or it cannot be read.
        click.Abort: The person said no.
    """
    if not said:
        return said
    folder.refuse_if_held()
    doubts = [doubt for doubt in hear(folder, said).steps if doubt.word is not None]
    if not doubts:
        out.say("No row is yours to decide.")
    for word, (title, what) in _TOLD.items():
        for step in sorted({doubt.request.name for doubt in doubts if doubt.word is word}):
            rows = [one.action.row for one in doubts if one.word is word and one.request.name == step]
            out.say((title, "bold"), f": {step} of {count(len(rows), 'row')} ({rows_text(rows)}); {what}")
    again = sum(doubt.word is Word.NOT_HAPPENED for doubt in doubts)
    question = f"Send {count(again, 'request')} again?"
    if again and not agreed and sys.stdin.isatty() and not click.confirm(question, default=False, err=True):
        raise click.Abort
    return Said.exactly({doubt.action.row: doubt.word for doubt in doubts if doubt.word is not None})
