"""The review of a plan: its counts, its rows by verb and text, one row's fields, and the way to the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Button, Input, Select

from app.screens.confirm import ConfirmScreen
from app.screens.review import ReviewScreen
from app.stages import Agreed, Desk, Mapped
from app.widgets.cell_screen import CellScreen
from app.widgets.frame_table import FrameTable
from ops.draft import PlanOptions
from ops.jobs import find_job
from ops.leat.profile import Account, Secret
from ops.mapping import MappedColumn, Mapping
from ops.sandbox import Fault, Sandbox
from ops.sheet import read_sheet
from tests.app.desks import desk_of
from tests.app.hosts import ScreenHost, until
from tests.engine.files import write_csv

HEADER = ("email", "firstname", "housenumber")
ROWS = (
    ("new@example.org", "Nova", "1"),
    ("known@example.org", "Kim", "2"),
    ("no address", "Bad", "3"),
    ("twice@example.org", "Tom", "4"),
    ("twice@example.org", "Tim", "5"),
    ("still@example.org", "Sam", "6"),
    ("other@example.org", "NOVAK", "7"),
)
SMALL = (80, 24)


@dataclass
class Reviewed:
    """The screen while it is driven."""

    host: ScreenHost
    pilot: Pilot[None]

    @property
    def table(self) -> FrameTable:
        return self.host.given.query_one("#rows", FrameTable)

    @property
    def button(self) -> Button:
        return self.host.given.query_one("#run", Button)

    @property
    def verbs(self) -> list[str]:
        """The verbs of the rows in view."""
        source = self.table.source
        assert source is not None
        return [str(row[0]) for row in source.window(0, source.height)]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def tells(self, words: str, where: str = "#detail") -> None:
        """Wait for words."""
        await until(lambda: words in self.host.words(where))


def mapped_of(folder: Path, rows: tuple[tuple[str, ...], ...] = ROWS, job: str = "contacts.upsert") -> Mapped:
    """A file of rows, mapped by name."""
    sheet = read_sheet(write_csv(folder / "people.csv", HEADER, rows))
    mapping = Mapping(tuple(MappedColumn(name, name) for name in HEADER))
    return Mapped(sheet, find_job(job), mapping, PlanOptions())


def seeded(sandbox: Sandbox) -> Sandbox:
    """With one contact that differs from its row, and one that does not."""
    for email, values in (
        ("known@example.org", {"firstname": "Old", "housenumber": 2}),
        ("still@example.org", {"firstname": "Sam", "housenumber": 6}),
    ):
        sandbox.store.update(sandbox.store.create(email), values)
    return sandbox


@asynccontextmanager
async def reviewed(desk: Desk, mapped: Mapped, *, ready: bool = True) -> AsyncIterator[Reviewed]:
    """The screen with its plan."""
    host = ScreenHost(ReviewScreen(replace(desk, rate=500), mapped))
    async with host.run_test(size=SMALL) as pilot:
        one = Reviewed(host, pilot)
        if ready:
            await until(lambda: one.host.given.query("#rows") and one.table.row_count == mapped.sheet.rows)
            await one.tells("row 1")
            await pilot.pause()
        yield one


async def test_the_counts_add_up_and_the_way_on_has_the_focus(sandbox: Sandbox, tmp_path: Path) -> None:
    """Verbs with their numbers, what it costs and how the account was read; one Enter asks the last question."""
    async with reviewed(desk_of(seeded(sandbox), tmp_path), mapped_of(tmp_path)) as one:
        sums = one.host.words("#sums")
        assert sums.startswith("2 create   1 update   1 same   1 invalid   2 held")
        assert "5 writes" in sums
        assert one.verbs == ["create", "update", "invalid", "held", "held", "same", "create"]
        assert str(one.button.label) == "Run 3 rows"
        assert one.host.focused is one.button
        assert sandbox.ledger.writes == 0
        await one.press("enter")
        await until(lambda: isinstance(one.host.screen, ConfirmScreen))
        await one.press("enter")
    assert isinstance(one.host.result, Agreed)
    assert one.host.result.plan.acting == 3
    assert one.host.result.confirm is None


async def test_the_detail_follows_the_cursor(sandbox: Sandbox, tmp_path: Path) -> None:
    """The value before and after, the reason of a row that rests, the file's own cells, and a cell opens whole."""
    async with reviewed(desk_of(seeded(sandbox), tmp_path), mapped_of(tmp_path)) as one:
        one.table.focus()
        await one.press("down")
        await one.tells("row 2  update")
        assert '"Old"' in one.host.words("#detail")
        assert '"Kim"' in one.host.words("#detail")
        await one.press("j")
        await one.tells("row 3  invalid")
        assert "email: no address" in one.host.words("#detail")
        await one.press("G")
        await one.tells("row 7  create")
        await one.press("right", "enter")
        await until(lambda: isinstance(one.host.screen, CellScreen))
        assert one.host.words("#text") == "other@example.org"
        assert one.host.words("#title") == "key · row 7"
        await one.press("escape")
        assert one.host.screen is one.host.given


async def test_rows_are_filtered_by_verb_and_by_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """`v` goes through the verbs, `/` takes a text in any case; the numbers stay the file's."""
    async with reviewed(desk_of(seeded(sandbox), tmp_path), mapped_of(tmp_path)) as one:
        one.table.focus()
        await one.press("v")
        await until(lambda: one.verbs == ["create", "create"])
        assert [one.table.label(row) for row in (0, 1)] == ["1", "7"]
        assert "2 of 7 rows" in str(one.table.border_title)
        await one.press("slash", *"novak")
        await until(lambda: one.table.row_count == 1)
        await one.tells("row 7  create")
        await one.press("backspace", *"x")
        await until(lambda: one.table.row_count == 0)
        await one.tells("No row fits.")
        await one.press("enter")
        assert one.host.focused is one.table
        await one.press("escape")
        await until(lambda: one.table.row_count == 2)
        assert not one.host.ended
        one.host.given.query_one("#verbs", Select).value = "held"
        await until(lambda: one.verbs == ["held", "held"])
        await one.tells("row 4  held")
        assert "the same e-mail stands in rows 4 and 5" in one.host.words("#detail")


async def test_escape_leaves_the_filter_before_it_leaves_the_review(sandbox: Sandbox, tmp_path: Path) -> None:
    """A plan that took minutes is not lost to the key that clears a filter."""
    async with reviewed(desk_of(sandbox, tmp_path), mapped_of(tmp_path)) as one:
        await one.press("slash", *"nova")
        one.host.given.query_one("#text", Input).value = "no\x1bva\u202e"
        assert one.host.given.query_one("#text", Input).value == "nova"
        await one.press("escape")
        assert one.host.screen is one.host.given
        assert one.host.given.query_one("#text", Input).value == ""
        await until(lambda: one.table.row_count == 7)
        await one.press("escape")
    assert one.host.ended
    assert one.host.result is None


async def test_problems_are_shown_in_place_of_a_row(sandbox: Sandbox, tmp_path: Path) -> None:
    """With rows and columns; Esc or the next row brings the fields back."""
    async with reviewed(desk_of(sandbox, tmp_path), mapped_of(tmp_path)) as one:
        one.table.focus()
        await one.press("w")
        shown = one.host.words("#detail")
        assert shown.startswith("Problems: ")
        assert "row 3, email" in shown
        assert "no address" in shown
        await one.press("escape")
        await one.tells("row 1")
        assert not one.host.ended
        await one.press("w", "down")
        await one.tells("row 2")


async def test_a_problem_names_the_line_that_blank_lines_have_shifted(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where the row does not stand on the line after its number."""
    file = tmp_path / "people.csv"
    file.write_text("email\nnobody\n\nno one\n")
    mapping = Mapping((MappedColumn("email", "email"),))
    mapped = Mapped(read_sheet(file), find_job("contacts.upsert"), mapping, PlanOptions())
    async with reviewed(desk_of(sandbox, tmp_path), mapped) as one:
        one.table.focus()
        await one.press("w")
        shown = one.host.words("#detail")
        assert "row 1, email" in shown
        assert "row 2 (line 4), email" in shown


async def test_a_plan_without_anything_to_do_cannot_be_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """The button says so, `r` does nothing, and the rows can be looked at."""
    async with reviewed(desk_of(seeded(sandbox), tmp_path), mapped_of(tmp_path, (ROWS[5],))) as one:
        assert str(one.button.label) == "Nothing to do"
        assert one.button.disabled
        assert one.host.focused is one.table
        await one.press("r", "enter", "escape")
        assert one.host.screen is one.host.given
        assert one.verbs == ["same"]


async def test_an_account_that_does_not_answer_is_told_and_escape_goes_back(tmp_path: Path) -> None:
    """What happened, that nothing was written, and the way back."""
    desk = Desk(Account("http://127.0.0.1:9", Secret("none"), "[/sandbox]"), tmp_path)
    async with reviewed(desk, mapped_of(tmp_path), ready=False) as one:
        await one.tells("No plan: ", "#reading-what")
        assert "Nothing was written" in one.host.words("#reading-what")
        await one.press("r", "slash", "v", "w")
        assert one.host.screen is one.host.given
        await one.press("escape")
    assert one.host.ended
    assert one.host.result is None


async def test_a_token_that_is_refused_while_the_account_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """The plan fails with the account's own words."""
    sandbox.set_faults(Fault(kind="401", on="reads"))
    async with reviewed(desk_of(sandbox, tmp_path), mapped_of(tmp_path), ready=False) as one:
        await one.tells("No plan: ", "#reading-what")
        assert sandbox.ledger.writes == 0


async def test_leaving_while_the_account_is_read_gives_the_plan_up(sandbox: Sandbox, tmp_path: Path) -> None:
    """Esc goes back at once; nothing is planned behind it."""
    async with reviewed(replace(desk_of(sandbox, tmp_path), rate=1), mapped_of(tmp_path), ready=False) as one:
        await one.tells("Reading the account", "#reading-what")
        await one.press("escape")
        assert one.host.ended
    assert one.host.result is None
    assert not list((tmp_path / "plans").glob("*"))
