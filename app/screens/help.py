"""Help: where one is, and every key that works there now; drawn from the bindings, so that it is never out of date."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
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
    "Report": "What became of every row, and the files that say so.\n"
    "Nothing is sent from here; the buttons below lead on.",
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
        with VerticalScroll(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            yield Static(Text(self._where), id="where", markup=False)
            for place, actions in self._keys.items():
                yield Static(Text(place), classes="place", markup=False)
                yield Static(_lines([(self._shown(keys), keys) for keys in actions]), markup=False)

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#help").focus()

    def _shown(self, keys: list[ActiveBinding]) -> str:
        """The keys of one action, as the footer writes them."""
        return " ".join(dict.fromkeys(self.app.get_key_display(key.binding) for key in keys))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)


def _where(screen: Screen[Any]) -> str:
    if screen.HELP:
        return screen.HELP
    return WHERE[screen.stage] if isinstance(screen, StageScreen) else ""


def _by_place(screen: Screen[Any]) -> dict[str, list[list[ActiveBinding]]]:
    """The keys that do something now, by where they come from; those of one action stand together."""
    actions: dict[tuple[int, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        if active.binding.description:
            actions.setdefault((id(active.node), active.binding.action), []).append(active)
    places: dict[str, list[list[ActiveBinding]]] = {"On this screen": [], "Where the cursor is": [], "Everywhere": []}
    for keys in actions.values():
        places[_place(keys[0])].append(keys)
    return {place: found for place, found in places.items() if found}


def _place(active: ActiveBinding) -> str:
    """A key of a screen that has no id is Textual's own, and works on all of them."""
    if isinstance(active.node, Screen) and active.binding.id is not None:
        return "On this screen"
    return "Everywhere" if isinstance(active.node, App | Screen) else "Where the cursor is"


def _lines(actions: list[tuple[str, list[ActiveBinding]]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for shown, keys in actions:
        told = next((key for key in keys if key.binding.tooltip), keys[0])
        is_on = told.enabled
        tooltip = told.binding.tooltip if is_on else f"{told.binding.tooltip} (not now)"
        description = Text(told.binding.description, style="" if is_on else "dim")
        table.add_row(Text(shown, style="bold"), description, Text(tooltip, style="dim"))
    return table
