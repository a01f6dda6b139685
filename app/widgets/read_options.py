"""How a file is read: its encoding, its delimiter, its sheet; only what applies to its kind is shown.

Reading it again is the business of the screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Select, Static

from app.display import visible
from app.reading import Ask
from ops.sheet import Sheet

AUTO: Final = ""
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "latin-1", "iso8859-15", "cp1250", "cp437", "cp850", "mac-roman")
DELIMITERS: Final = ((",", "comma ,"), (";", "semicolon ;"), ("\t", "tab"), ("|", "bar |"))
TEXT_OPTIONS: Final = ("encoding", "delimiter")
OF_FORMAT: Final = {"csv": TEXT_OPTIONS, "jsonl": ("encoding",), "xlsx": ("sheet",)}


class ReadOptions(Horizontal):
    """One choice for each of them."""

    DEFAULT_CSS = """
    ReadOptions { width: 1fr; height: 1; }
    """

    class Chosen(Message):
        """Something was chosen by a person."""

    def compose(self) -> ComposeResult:
        """Each with its name before it, all out of sight."""
        encodings = [("auto", AUTO), *((name, name) for name in ENCODINGS)]
        delimiters = [("auto", AUTO), *((words, sign) for sign, words in DELIMITERS)]
        selects = {
            "Encoding": Select[str](encodings, value=AUTO, allow_blank=False, compact=True, id="encoding"),
            "Delimiter": Select[str](delimiters, value=AUTO, allow_blank=False, compact=True, id="delimiter"),
            "Sheet": Select[str]([], compact=True, id="sheet"),
        }
        for label, select in selects.items():
            yield Horizontal(Static(label, classes="label", markup=False), select, classes="option")

    def begin(self, ask: Ask) -> None:
        """For another file: what was asked for, and nothing to choose before it is known what it is."""
        with self.prevent(Select.Changed):
            self.query_one("#encoding", Select).value = ask.encoding or AUTO
            self.query_one("#delimiter", Select).value = ask.delimiter or AUTO
            self.query_one("#sheet", Select).set_options([])
        self.offer(())

    def offer_for(self, sheet: Sheet, names: tuple[str, ...]) -> None:
        """What applies to a file that was read, with the names of its sheets."""
        self.offer(OF_FORMAT.get(sheet.format, ()), names, sheet.sheet_name)

    def offer(self, options: Iterable[str], names: tuple[str, ...] = (), chosen: str | None = None) -> None:
        """Show the options that apply; what was chosen in them stays."""
        shown = frozenset(options)
        for select in self.query(Select).results(Select):
            if select.parent is not None:
                select.parent.set_class(select.id in shown, "-offered")
        if names:
            sheets = self.query_one("#sheet", Select)
            with self.prevent(Select.Changed):
                sheets.set_options([(visible(name), name) for name in names])
                if chosen in names:
                    sheets.value = chosen

    def asked(self, before: Ask, present: str | None) -> Ask:
        """How the file is to be read now; `present` is the sheet on show."""
        encoding, delimiter = (self.query_one(name, Select).value for name in ("#encoding", "#delimiter"))
        sheet = self.query_one("#sheet", Select).selection
        return replace(
            before,
            encoding=str(encoding) or None,
            delimiter=str(delimiter) or None,
            sheet=before.sheet if sheet is None or sheet == present else str(sheet),
        )

    @on(Select.Changed)
    def _tell(self, message: Select.Changed) -> None:
        message.stop()
        self.post_message(self.Chosen())
