"""The states of rows and runs as a word, a glyph and a colour, and a bar of counts; never what a state means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from app.cli.words import STYLES

GLYPHS: Final = {
    "done": "✓",
    "same": "=",
    "invalid": "!",
    "held": "#",
    "refused": "✗",
    "unknown": "?",
    "pending": "…",
    "finished": "✓",
    "stopped": "■",
    "running": "▶",
    "damaged": "✗",
}
FILLS: Final = {
    "done": "█",
    "same": "▓",
    "invalid": "▒",
    "held": "▒",
    "refused": "▚",
    "unknown": "?",
    "pending": "░",
}
"""What the bar is drawn with, so that it is read without colours as well."""
RUN_STYLES: Final = {"finished": "green", "stopped": "yellow", "running": "cyan", "damaged": "red"}


def state_text(state: str, words: str | None = None) -> Text:
    """`✓ done`: glyph and word in the state's colour.

    Args:
        state: Of a row or of a run.
        words: Instead of the state's own name.
    """
    style = STYLES.get(state) or RUN_STYLES.get(state, "")
    return Text(f"{GLYPHS.get(state, '·')} {words or state}", style=style)


def counts_text(counts: Mapping[str, int]) -> Text:
    """`✓ 32 done   ✗ 1 refused`; states of no row are left out."""
    return Text("   ").join(state_text(state, f"{rows:,} {state}") for state, rows in counts.items() if rows)


def shares(counts: Mapping[str, int], width: int) -> dict[str, int]:
    """Cells of the bar by state: in proportion, and at least one for a state that has a row."""
    shown = {state: rows for state, rows in counts.items() if rows}
    total = sum(shown.values())
    if not total or width < len(shown):
        return {}
    cells = {state: max(1, rows * width // total) for state, rows in shown.items()}
    widest = max(cells, key=lambda state: shown[state])
    cells[widest] += width - sum(cells.values())
    return cells


class CountsBar(Widget):
    """The rows of a run by state, as one line."""

    DEFAULT_CSS = """
    CountsBar { height: 1; width: 1fr; }
    """

    counts: reactive[Mapping[str, int]] = reactive(dict)

    def render(self) -> Text:
        """One stretch per state."""
        cells = shares(self.counts, self.size.width)
        return Text.assemble(*((FILLS.get(state, "█") * wide, STYLES.get(state, "")) for state, wide in cells.items()))
