"""The README's pictures, taken of the app itself on a sandbox: `python -m tests.pictures`.

Whether the screens still look as they did is the business of `tests/app/test_pictures.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, OptionList, Static

from app.main import LeatApp
from app.screens.confirm import ConfirmScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.stages import Desk
from app.widgets.frame_table import FrameTable
from ops.leat.profile import Account
from tests.app.hosts import until

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "docs" / "pictures"
SIZE: Final = "100x30"
RATE: Final = 15.0
"""Requests per second: slow enough for a run to be caught in the middle."""
FILES: Final = {"new-customers.csv": ("load", "map", "run", "report"), "update-list.csv": ("review",)}
"""Which pictures are taken with which sample: those for which it has the most to show."""
_FONTS: Final = re.compile(r"\s*@font-face \{[^}]*\}")


def offline(svg: str) -> str:
    """A picture that fetches no fonts: the reader's own monospaced one does as well."""
    return _FONTS.sub("", svg)


@dataclass
class Tour:
    """The app, with somebody who goes from the file to the report and takes pictures on the way."""

    pilot: Pilot[None]
    wanted: tuple[str, ...]
    folder: Path

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""
        return self.pilot.app.screen

    async def on(self, kind: type[Screen[Any]]) -> None:
        """Wait for a screen."""
        await until(lambda: isinstance(self.screen, kind) and self.screen.is_mounted)
        await self.pilot.pause()

    async def picture(self, name: str) -> None:
        """Take a picture, if it is wanted."""
        await self.pilot.pause()
        if name in self.wanted:
            svg = offline(self.pilot.app.export_screenshot())
            (self.folder / f"{name}.svg").write_text(svg, "utf-8")

    async def walk(self) -> None:
        """From the file to the report."""
        await self.on(LoadScreen)
        await until(lambda: not self.screen.query_one("#go", Button).disabled)
        await self.picture("load")
        await self.pilot.press("enter")
        await self.on(MapScreen)
        await until(lambda: self.screen.query_one("#problems", OptionList).option_count)
        await self.picture("map")
        await self.pilot.press("enter")
        await self.on(ReviewScreen)
        await until(lambda: self.screen.query_one(FrameTable).row_count)
        await self.choose(8)
        await self.picture("review")
        await self.pilot.press("r")
        await self.on(ConfirmScreen)
        await self.pilot.press("y")
        await self.on(RunScreen)
        if "run" in self.wanted:
            await until(lambda: "refused" in str(self.screen.query_one("#latest", Static).visual))
        await self.picture("run")
        await self.on(ReportScreen)
        await until(lambda: self.screen.query_one(FrameTable).row_count)
        await self.picture("report")

    async def choose(self, row: int) -> None:
        """Bring the review's cursor to a row, from the top."""
        self.screen.query_one(FrameTable).focus()
        await self.pilot.press(*["down"] * (row - 1))
        await until(lambda: str(self.screen.query_one("#detail", Static).visual).startswith(f"row {row} "))


async def take(folder: Path, size: tuple[int, int]) -> None:
    """Take every picture, each sample on a fresh sandbox."""
    for file, wanted in FILES.items():
        with Account.sandbox() as account:
            desk = Desk(account, Path("leatops-demo"), rate=RATE, demo=True, samples=Path("samples"))
            app = LeatApp(desk, Path("samples") / file)
            async with app.run_test(size=size) as pilot:
                await Tour(pilot, wanted, folder).walk()


def main() -> None:
    """Take the pictures in a folder whose name is in none of them."""
    flags = argparse.ArgumentParser(prog="python -m tests.pictures", description="Take the README's pictures.")
    flags.add_argument("--size", default=SIZE, help=f"columns x lines of the terminal, by default {SIZE}")
    flags.add_argument("--to", type=Path, default=FOLDER, help="another folder than docs/pictures")
    given = flags.parse_args()
    columns, lines = map(int, given.size.split("x"))
    folder = given.to.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
        shutil.copytree(ROOT / "samples", "samples")
        asyncio.run(take(folder, (columns, lines)))


if __name__ == "__main__":
    main()
