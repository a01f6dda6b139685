"""The files of a run: safe for people, faithful for a retry, whole or absent."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.errors import InputError
from ops.events import Mark
from ops.files import replacing
from ops.jobs.base import State
from ops.notebook import Consent, run_plan
from ops.report import report_again
from ops.runs import Runs
from ops.sandbox import Sandbox
from ops.sheet import read_sheet
from ops.sheet.guarded import FORMULA
from ops.tables import csv_file, harmless
from tests.engine.files import QUICK, account_of, plan_of, write_csv
from tests.engine.made import Line, Made, ended, made_plan, made_run, step

YES = Consent(yes=True)
EVIL = [
    "=cmd|' /C calc'!A0",
    "+31612345678",
    "-5",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "<script>",
    "[/foo]",
    "\x1b[31mred",
    "a,b",
    'q"q',
    "l\nl",
]


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@given(st.text(max_size=10))
def test_no_cell_for_people_begins_like_a_formula(cell: str) -> None:
    """And a harmless one stays as it is."""
    [guarded] = harmless(pl.DataFrame({"x": [cell]}))["x"].to_list()
    assert guarded[:1] not in set("=+-@\t\r")
    assert guarded in {cell, "'" + cell}


def test_what_a_server_says_steers_no_terminal(tmp_path: Path) -> None:
    """What would be obeyed is written out in our columns and on the page; the file's own cells stay as they are."""
    obeyed = "\x1b]0;title\x07 \x9b31m \u202edlrow \u2028 \x7f\0\r\n é 👍 €"
    seen = "␛]0;title␇ \\x9b31m \\u202edlrow \\u2028 ␡␀␍␊ é 👍 €"
    cell = "\x1b[31mred \u202e"
    plan = made_plan(tmp_path / "plan", Made("contacts.create", [Line("create", "a@x.nl")] * 2, {"a": [cell] * 2}))
    lost = [step(2, 0, "create", Mark.UNKNOWN), ended(2, State.UNKNOWN, message=obeyed)]
    report = report_again(made_run(tmp_path, plan, [ended(1, State.REFUSED, message=obeyed), *lost]))
    assert report.results.select("a", "_message").rows() == [(cell, seen)] * 2
    [unknown] = pl.read_csv(report.files.unknown, infer_schema=False).to_dicts()
    assert (unknown["a"], unknown["_message"]) == (cell, seen)
    page = report.files.report.read_text("utf-8")
    assert page.count(seen) == 4
    assert page.replace("\n", "").isprintable()
    assert read_sheet(report.files.retry).frame["a"].to_list() == [cell]


async def test_the_results_are_neutralised_and_the_retry_is_faithful(sandbox: Sandbox, tmp_path: Path) -> None:
    """Refused rows come back exactly as they went in, header included, and plan again."""
    header = ("email", "=firstname", "remarks")
    rows = [(f"weg{n}@example.org", cell, "" if n % 2 else "x") for n, cell in enumerate(EVIL)]
    file = write_csv(tmp_path / "in.csv", header, rows)
    plan = await plan_of(sandbox, "contacts.create", file)
    for email, *_ in rows:
        sandbox.store.create(email)
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    refused = report.counts["refused"]
    assert refused >= 8
    for line in report.results.rows():
        assert not any(pl.Series([cell]).str.contains(FORMULA)[0] for cell in line if cell)
    assert "'=firstname" in report.results.columns
    back = read_sheet(report.files.retry)
    assert back.columns == read_sheet(file).columns
    kept = {row[0]: row for row in rows}
    assert back.rows == refused
    for row in back.frame.rows():
        assert tuple(cell or "" for cell in row) == kept[row[0]]


async def test_the_files_can_be_written_again_at_any_time(sandbox: Sandbox, tmp_path: Path) -> None:
    """From the plan and the journal alone, byte for byte."""
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",)]))
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    before = report.files.results.read_bytes()
    report.files.results.unlink()
    again = report_again(Runs(tmp_path).find("last"))
    assert again.files.results.read_bytes() == before
    assert again.document() == report.document()


async def test_the_summary_is_the_document_of_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """With the timings and what the plan was made of."""
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",)]))
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    summary = json.loads(report.files.summary.read_text())
    assert report.document().items() <= summary.items()
    assert summary["plan"]["source"] == "in.csv"


async def test_every_file_is_for_its_owner_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    """Folders 0700, files 0600."""
    home = tmp_path / "home"
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",)]))
    await run_plan(plan, account_of(sandbox), YES, home=home, options=QUICK)
    for path in home.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


async def test_the_token_is_in_no_file_of_a_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nor is a login link of a contact."""
    plan = await plan_of(sandbox, "contacts.upsert", write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",)]))
    await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    contents = [path.read_bytes() for path in files_below(tmp_path)]
    assert len(contents) >= 8
    assert not any(sandbox.token.encode() in content or b"login" in content for content in contents)


async def test_the_page_shows_hostile_text_as_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """No markup from a cell or from the server becomes markup of the page."""
    rows = [("<script>alert(1)</script>@example.org", "x")]
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email", "firstname"), rows))
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    page = report.files.report.read_text()
    assert "<script" not in page
    assert "invalid" in page


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    """Whole or absent; no scrap is left."""
    path = tmp_path / "x.csv"
    path.write_text("old")

    def half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise OSError("disk full")

    with pytest.raises(InputError, match="disk full"):
        half()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


def test_results_are_csv_that_others_read(tmp_path: Path) -> None:
    """RFC 4180: CRLF, quotes doubled."""
    frame = pl.DataFrame({"a": ['q"q', "l\nl", "a,b", "", None]})
    path = tmp_path / "x.csv"
    with csv_file(path) as add:
        add(frame.slice(0, 2))
        add(frame.slice(2))
    raw = path.read_bytes()
    assert raw.count(b"\r\n") == 6
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1:] == [['q"q'], ["l\nl"], ["a,b"], [""], []]


async def test_results_that_are_planned_again_are_read_without_their_apostrophes(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A phone that was guarded for spreadsheets is a phone again, and nothing is left to do."""
    rows = [("plus@example.org", "+31612345678", "=1+1"), ("min@example.org", "+32470123456", "'t Hof")]
    file = write_csv(tmp_path / "in.csv", ("email", "phonenumber", "lastname"), rows)
    plan = await plan_of(sandbox, "contacts.upsert", file)
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    back = read_sheet(report.files.results)
    assert [row[:3] for row in back.frame.rows()] == rows
    assert any("apostrophes" in note for note in back.notes)
    again = await plan_of(sandbox, "contacts.upsert", report.files.results)
    assert again.counts["same"] == 2
