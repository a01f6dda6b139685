from __future__ import annotations

from pathlib import Path

import pytest

from ops.sandbox.seed import seed_contacts
from ops.sheet import read_sheet

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize(
    ("name", "rows", "columns", "encoding", "delimiter"),
    [
        ("new-customers.csv", 40, 10, "utf-8", ","),
        ("update-list.csv", 25, 7, "utf-8", ","),
        ("export-nl.csv", 30, 6, "cp1252", ";"),
        ("members.xlsx", 20, 8, None, None),
    ],
)
def test_every_sample_is_read(name: str, rows: int, columns: int, encoding: str | None, delimiter: str | None) -> None:
    """Each sample reads as what it is meant to show."""
    sheet = read_sheet(SAMPLES / name)
    assert (sheet.rows, len(sheet.columns)) == (rows, columns)
    assert (sheet.encoding, sheet.delimiter) == (encoding, delimiter)


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_every_sample_can_be_read_and_is_put_to_use(sample: str) -> None:
    """A person finds it in the README or the guide, or a test leans on it."""
    assert read_sheet(SAMPLES / sample).rows > 0
    root = SAMPLES.parent
    pages = [
        root / "README.md",
        *(root / "docs").glob("*.md"),
        *(root / "tests").rglob("*.py"),
        *(root / "app").rglob("*.py"),
    ]
    assert any(sample in page.read_text("utf-8") for page in pages if page.name != "test_samples.py")


def test_new_customers_have_the_usual_mess() -> None:
    """Damage and oddities in the sample arrive untouched."""
    frame = read_sheet(SAMPLES / "new-customers.csv").frame
    assert {"3.16E+10", "0612345678"} < set(frame["Phone"])
    assert "ZoÃ«" in frame["First name"].to_list()
    assert {"NULL", "=SUM(A1:A2)", "Ring twice,\nthe bell is broken"} < set(frame["Notes"])
    assert frame["E-mail"].str.to_lowercase().drop_nulls().is_duplicated().sum() == 2


def test_update_list_meets_the_sandbox() -> None:
    """Most addresses of the update list are people of the seeded sandbox, some are not."""
    seeded = {contact.email for contact in seed_contacts(1000, 1)}
    emails = read_sheet(SAMPLES / "update-list.csv").frame["email"].str.to_lowercase().to_list()
    assert sum(email in seeded for email in emails) == 20


def test_members_keep_their_numbers() -> None:
    """A member number with leading zeros and a date of a workbook arrive as a person reads them."""
    frame = read_sheet(SAMPLES / "members.xlsx").frame
    assert frame["Member number"][0] == "00001"
    assert frame["Member since"][0] == "2019-01-03"
    assert frame["Date of birth"].null_count() == 1
