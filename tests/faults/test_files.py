"""Nasty files through the whole program: what is in the account afterwards is what stood in the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from ops.errors import SheetError
from ops.jobs.base import State
from ops.mapping import MappedColumn, Mapping
from ops.notebook import run_plan
from ops.sandbox import Sandbox
from ops.sheet import read_sheet
from tests.engine.files import account_of, plan_of
from tests.engine.test_run import HASTY, YES

TEXTS = (
    "007", "0031612345678", "+31612345678", "+31 6 12-34", "1E5", "3.16E+10", "12345678901234567890", "1.000,50",
    "-5", "- 5", "03/04/2026", "2026-04-03", "TRUE", "true", "NULL", "null", "None", "nan", "NaN", "#N/A", "N/A",
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "'quoted", "''", '"', 'a"b', '""', "a,b;c|d", "a\\b", "\\N",
    "[/foo]", "[bold]x[/bold]", "<script>alert(1)</script>", "&amp;", "{0} %s $(x) `x`", "'; DROP TABLE events;--",
    "Zoë", "Zoe\u0308", "Ŝtefano", "ﬁ ligature", "ß SS", "İstanbul", "日本語", "مرحبا", "שלום", "👨‍👩‍👧‍👦", "🏳️‍🌈",
    "a\u00a0b", "zero\u200bwidth", "soft\u00adhyphen", "\ufeffmark", "rtl\u202eover", "a\u2028b", "a\u2029b",
    "\U0001f600\U0010fffd", "\u0301lone", "a" * 200,
)  # fmt: skip
"""Texts that a program may think to know better than the person who wrote them."""
LINES = ("two\nlines", "crlf\r\nline", "tab\there", "\n", "end\n")
"""Only quotes keep these in one cell."""
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\t\n\r"]

MAPPED = Mapping((MappedColumn("email", "email"), MappedColumn("note", "firstname")))


def written(rows: list[tuple[str, str]], delimiter: str, end: str = "\r\n") -> str:
    """A file by RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("email", "note"), *rows])
    return text.getvalue()


def people(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(f"nasty{number}@example.org", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [
        ("utf-8", ",", "\r\n"),
        ("utf-8-sig", ";", "\n"),
        ("utf-16", "\t", "\r\n"),
        ("utf-8", "|", "\n"),
        ("cp1252", ";", "\r\n"),
        ("latin-1", ",", "\n"),
    ],
)
async def test_every_text_arrives_as_it_stood(
    sandbox: Sandbox, tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    """In every encoding and with every delimiter: the account holds the very characters, and so does the report."""
    texts = tuple(t for t in (*TEXTS, *LINES) if t.encode(encoding, "ignore").decode(encoding) == t)
    texts = tuple(text for text in texts if text.strip())
    rows = people(texts)
    file = tmp_path / "nasty.csv"
    file.write_bytes(written(rows, delimiter, end).encode(encoding))
    sheet = read_sheet(file)
    assert [(email, text or "") for email, text in sheet.frame.rows()] == rows
    plan = await plan_of(sandbox, "contacts.upsert", file, mapping=MAPPED)
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    assert len(texts) >= 25
    assert report.counts["done"] == len(texts), report.results.filter(pl.col("_status") != "done").rows()
    told = dict(report.results.select("email", "note").iter_rows())
    for email, text in rows:
        [contact] = sandbox.store.contacts_by_email(email)
        assert sandbox.store.values(contact)["firstname"] == text
        assert told[email] in {text, f"'{text}"}


async def test_control_characters_make_their_row_invalid_and_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    """Every one of them in a cell of its own, the column named; a tab and line ends are text."""
    rows = people(tuple(f"a{control}b" for control in CONTROLS))
    file = tmp_path / "controls.csv"
    file.write_bytes(written([*rows, ("fine@example.org", "tab\t, two\r\nlines")], ",").encode())
    sandbox.ledger.reset()
    plan = await plan_of(sandbox, "contacts.upsert", file, mapping=MAPPED)
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    assert report.counts["invalid"] == len(CONTROLS) == 62
    assert report.counts["done"] == 1
    messages = report.results.filter(_status=State.INVALID.value)["_message"].to_list()
    assert all("note" in message for message in messages)
    assert not any(control in message for message in messages for control in CONTROLS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_file_that_is_cut_off_is_never_read_short(tmp_path: Path, delimiter: str) -> None:
    """At every byte: refused, or every row that is there is whole but the last, which is as far as it goes."""
    rows = people(("plain", "two\nlines", "Zoë", f"a{delimiter}b", "end"))
    whole = written(rows, delimiter).encode()
    refused = 0
    for length in range(len("email,note") + 4, len(whole)):
        file = tmp_path / "cut.csv"
        file.write_bytes(whole[:length])
        try:
            sheet = read_sheet(file)
        except SheetError:
            refused += 1
            continue
        read = [(email, text or "") for email, text in sheet.frame.rows()]
        assert read[:-1] == rows[: len(read) - 1]
        email, text = rows[len(read) - 1]
        # Cut off right behind a delimiter it is a whole row with nothing in its last cell.
        assert read[-1] in {(email, text), (email, "")}
    assert refused >= len(whole) // 2
