"""The line on top of every screen: where in the work one is, and on which account.

The account's colour is its own: a sandbox never looks like a live account.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from app.display import visible
from app.stages import STAGES, Stage


class StageBar(Horizontal):
    """Breadcrumb and account badge."""

    DEFAULT_CSS = """
    StageBar {
        dock: top;
        height: 1;
        background: $panel;
    }
    StageBar > #crumbs { width: 1fr; padding: 0 1; }
    StageBar > #account { width: auto; padding: 0 1; text-style: bold; }
    StageBar > #account.sandbox { background: $success; color: $background; }
    StageBar > #account.live { background: $error; color: $background; }
    """

    def __init__(self, stage: Stage, account: str, *, local: bool) -> None:
        super().__init__()
        self._stage = stage
        self._account = account
        self._local = local

    def compose(self) -> ComposeResult:
        """The stages in order, the present one bold; then the account."""
        crumbs = Text()
        for stage in STAGES:
            here = stage == self._stage
            crumbs.append(f"{stage}", style="bold reverse" if here else "dim")
            if stage != STAGES[-1]:
                crumbs.append(" › ", style="dim")
        yield Static(crumbs, id="crumbs")
        word = "SANDBOX" if self._local else "LIVE"
        yield Static(
            Text(f"{word}  {visible(self._account)}"), id="account", classes="sandbox" if self._local else "live"
        )
