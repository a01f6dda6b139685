"""What is known of a file that was read, as a line or a few.

Reading it is the engine's business.
"""

from __future__ import annotations

from typing import Final

from rich.text import Text

from app.cli.words import count
from app.display import visible
from ops.sheet import NO_FILE, Sheet

NOTES: Final = 3
"""So many notes on a file are shown."""


def facts_of(sheet: Sheet) -> Text:
    """Its name, its size and how it was read."""
    text = Text(visible(sheet.path.name), style="bold")
    facts = [f"{count(sheet.rows, 'row')} × {count(len(sheet.columns), 'column')}", sheet.format]
    if sheet.encoding is not None:
        facts.append(sheet.encoding)
    if sheet.delimiter is not None:
        facts.append("tabs" if sheet.delimiter == "\t" else f"delimiter {visible(sheet.delimiter)}")
    if sheet.sheet_name is not None:
        facts.append(f"sheet {visible(sheet.sheet_name)}")
    return text.append(f"  {', '.join(facts)}", style="not bold")


def title_of(sheet: Sheet) -> str:
    """Its name and size above its columns, of which some may only be suggested."""
    if sheet.format == NO_FILE:
        return visible(sheet.path.name)
    size = f"{count(sheet.rows, 'row')}, {count(len(sheet.columns), 'column')}"
    return f"{visible(sheet.path.name)}: {size}   ~ is only suggested"


def notes_of(sheet: Sheet) -> Text:
    """The first of what was noted while it was read."""
    notes = sheet.notes
    lines = [f"! {visible(note)}" for note in notes[:NOTES]]
    if len(notes) > NOTES:
        lines.append(f"  and {count(len(notes) - NOTES, 'more note', 'more notes')}")
    return Text.assemble(("\n".join(lines), "yellow"))
