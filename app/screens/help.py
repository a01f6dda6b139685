"""Help: where one is, and every key that works there now; drawn from the bindings, so that it is never out of date."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from app.screens.stage import StageScreen
from app.stages import Stage

WHERE: Final[dict[Stage, str]] = {
    "Load": "The file the work begins with. It is read once, and never changed.\n"
    "Look whether rows, columns and letters are as they should be; then go on.",
    "Map": "Which column of the file is which field of the account, and what an empty cell means.\n"
    "Columns that map to nothing are left out; nothing is read from the account's contacts yet.",
    "Review": "What a run would do with every row, field by field: the account was read, nothing was written.\n"
    "What you see here is what runs.",
    "Run": "The plan is being carried out, row by row; every step is in the journal before it is sent.\n"
    "You can leave at any time: what has not ended can be gone on with.",
    "Report": "What became of every row, and the files that say so.",
}
"""Where one is, for screens that do not say it themselves."""


class HelpScreen(ModalScreen[None]):
    """Takes the screen below; returns nothing."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "close", "Close", id="help.close", tooltip="Back to the screen below"),
    ]

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._where = _where(screen)
        self._keys = _by_place(screen)

    def compose(self) -> ComposeResult:
        """The two lines, then the keys."""
        with Vertical(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            yield Static(Text(self._where), id="where", markup=False)
            with VerticalScroll(id="keys"):
                for place, keys in self._keys.items():
                    yield Static(Text(place), classes="place", markup=False)
                    yield Static(_lines([(self.app.get_key_display(key.binding), key) for key in keys]), markup=False)

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#keys").focus()

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)


def _where(screen: Screen[Any]) -> str:
    if screen.HELP:
        return screen.HELP
    return WHERE[screen.stage] if isinstance(screen, StageScreen) else ""


def _by_place(screen: Screen[Any]) -> dict[str, list[ActiveBinding]]:
    """The keys that do something now: of the screen, of what the cursor is in, of the app; each action once."""
    places: dict[str, list[ActiveBinding]] = {"On this screen": [], "Where the cursor is": [], "Everywhere": []}
    seen: set[tuple[int, str]] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        once = (id(active.node), binding.action)
        if not binding.description or once in seen:
            continue
        seen.add(once)
        places[_place(active.node)].append(active)
    return {place: keys for place, keys in places.items() if keys}


def _place(node: DOMNode) -> str:
    if isinstance(node, App):
        return "Everywhere"
    return "On this screen" if isinstance(node, Screen) else "Where the cursor is"


def _lines(keys: list[tuple[str, ActiveBinding]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for key, active in keys:
        description = Text(active.binding.description, style="" if active.enabled else "dim")
        tooltip = active.tooltip or active.binding.tooltip or ""
        more = tooltip if active.enabled else f"{tooltip} (not now)"
        table.add_row(Text(key, style="bold"), description, Text(more, style="dim"))
    return table
