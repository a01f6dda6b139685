"""Options and problems on the map screen: what is set reaches the plan, and the rows are checked as one goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Select

from app.stages import Desk
from ops.draft import PlanOptions
from ops.sandbox import Sandbox
from ops.sheet import read_sheet
from tests.app.map_host import sheet_of, shown
from tests.engine.files import account_of


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    return Desk(account_of(sandbox), tmp_path / "home", rate=500)


async def test_options_reach_the_plan(desk: Desk, tmp_path: Path) -> None:
    """The job's own, and how dates and numbers are written."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        for name, value in (("#option-duplicates", "first"), ("#dates", "DD-MM-YYYY"), ("#decimal", ",")):
            one.app.screen.query_one(name, Select).value = value
            await one.pilot.pause()
        await one.press("p")
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.options == PlanOptions({"duplicates": "first"}, "DD-MM-YYYY", ",", rate=desk.rate)


async def test_an_option_is_chosen_by_keys(desk: Desk, tmp_path: Path) -> None:
    """Two goes to the first option, Enter opens it, an arrow and Enter choose; the rows are checked again."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.counts("2 held")
        await one.press("2", "enter", "down", "enter")
        await one.counts("1 held")
        await one.press("p")
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.options.options == {"duplicates": "first"}


async def test_a_date_format_of_ones_own(desk: Desk, tmp_path: Path) -> None:
    """A wrong one is said in words and keeps from going on; a right one reaches the plan."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        one.app.screen.query_one("#dates", Select).value = "other…"
        await one.until(lambda: one.app.focused is one.app.screen.query_one("#dates-own"))
        await one.press(*"D-M-YY")
        assert "two digits" in one.text("#why")
        assert not one.may_go_on()
        await one.press(*"YY")
        assert one.may_go_on()
        one.plan.press()
        await one.until(lambda: one.app.ended)
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.options.dates == "D-M-YYYY"


async def test_problems_follow_the_mapping(desk: Desk, tmp_path: Path) -> None:
    """Counts of rows by what becomes of them, and each problem in words; what is left out has none."""
    rows = [(f"a{n}@example.org", "12-13-2020" if n % 2 else "2020-01-02") for n in range(10)]
    sheet = sheet_of(tmp_path, ("email", "birthdate"), [*rows, rows[0]])
    async with shown(desk, sheet) as one:
        await one.counts("11 rows · 5 invalid · 2 held · 0 warnings")
        assert one.problems[0].startswith("held row 1 email: the same e-mail")
        assert any(line.startswith('invalid row 2 birthdate: "12-13-2020"') for line in one.problems)
        await one.press("1", "down", "x")
        await one.counts("11 rows · 0 invalid · 2 held")
        assert len(one.problems) == 2


async def test_a_problem_names_the_line_that_blank_lines_have_shifted(desk: Desk, tmp_path: Path) -> None:
    """Where the row does not stand on the line after its number."""
    file = tmp_path / "people.csv"
    file.write_text("email,firstname\nnobody,A\n\n\nno one,B\n")
    async with shown(desk, read_sheet(file)) as one:
        await one.counts("2 invalid")
        assert [line.split(":")[0] for line in one.problems] == ["invalid row 1 email", "invalid row 2 (line 5) email"]


async def test_a_long_list_says_how_much_of_it_is_shown(desk: Desk, tmp_path: Path) -> None:
    """Fifty of them, and how many there are."""
    sheet = sheet_of(tmp_path, ("email",), [(f"nobody {n}",) for n in range(120)])
    async with shown(desk, sheet) as one:
        await one.counts("120 invalid")
        assert "the first 50 of 120 problems" in one.text("#counts")
        assert len(one.problems) == 50


async def test_enter_on_a_problem_goes_to_its_column(desk: Desk, tmp_path: Path) -> None:
    """There it can be mended."""
    sheet = sheet_of(tmp_path, ("email", "firstname", "birthdate"), [("a@example.org", "A", "soon")])
    async with shown(desk, sheet) as one:
        await one.counts("1 invalid")
        await one.press("3", "down", "enter")
        assert one.app.focused is one.table
        assert one.table.line is not None
        assert one.table.line.column == "birthdate"


async def test_the_last_of_quick_changes_is_what_is_shown(desk: Desk, tmp_path: Path) -> None:
    """However fast one types, counts are never those of an older mapping."""
    sheet = sheet_of(tmp_path, ("email", "birthdate"), [(f"a{n}@example.org", "soon") for n in range(20_000)])
    async with shown(desk, sheet) as one:
        await one.press("1", "down", *("x", "u") * 4, "x")
        await one.counts("20,000 rows · 0 invalid")
        await one.press("u")
        await one.counts("20,000 rows · 20,000 invalid")
