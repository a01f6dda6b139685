"""`leatops export`: its document, what it says, what it refuses, and that leaving off leaves nothing."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from ops.sandbox import Fault
from ops.sheet import read_sheet
from tests.cli.support import COMMAND, Place, check_golden, finish, until


def test_an_export_is_told_to_people_and_to_scripts(place: Place) -> None:
    """One document on stdout; where it lies and what to type next on stderr."""
    made = place.call("export", "contacts", "all.csv", "--rate", "500", "--json")
    assert made.code == 0
    check_golden("export.json", made.out, place.folder)
    assert read_sheet(place.folder / "all.csv").rows == 200
    assert made.err.splitlines() == [
        f"Exported 200 contacts of {place.env['LEAT_BASE_URL'].split('://')[-1]} with 5 requests.",
        "Saved all.csv",
        "  Edit it, then plan it: leatops plan contacts.upsert all.csv",
    ]
    cards = place.call("export", "giftcards", "cards.xlsx", "--program", "Cadeaukaart", "--rate", "500")
    assert (cards.code, cards.out) == (0, "")
    assert "gift cards of" in cards.err
    assert read_sheet(place.folder / "cards.xlsx").columns[:2] == ("uuid", "program")


def test_the_contacts_of_a_time(place: Place) -> None:
    """With an offset, whose `+` arrives as one."""
    bounds = ("--created-after", "2022-01-01T01:00+01:00", "--created-before", "2023-01-01")
    made = place.call("export", "contacts", "some.parquet", *bounds, "--rate", "500", "--json")
    assert place.sandbox is not None
    expected = [one for one in place.sandbox.store.order if 1_640_995_200 < one.created < 1_672_531_200]
    assert made.document["rows"] == len(expected) > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("giftcards", "x.csv", "--created-after", "2025-01-01"), "--created-after is for contacts"),
        (("giftcards", "x.csv", "--created-before", "2025-01-01"), "--created-before is for contacts"),
        (("contacts", "x.csv", "--program", "123"), "--program is for gift cards"),
        (("contacts", "x.csv", "--created-after", "yesterday"), "yesterday is not a date such as 2025-03-01"),
        (
            ("contacts", "x.csv", "--created-after", "2025-01-01", "--created-before", "2024-01-01"),
            "No contact can be created after the one date and before the other",
        ),
        (("contacts", "x.tsv"), "end it in .csv, .parquet or .xlsx"),
        (("contacts", "folder.csv"), "over a folder"),
        (("giftcards", "x.csv", "--program", "nope"), "Cadeaukaart (a203bee9-2523-4a19-8b7e-2d282d272b6f)"),
        (("orders", "x.csv"), "'orders' is not one of"),
    ],
)
def test_what_cannot_be_exported_is_refused(place: Place, words: tuple[str, ...], said: str) -> None:
    """In words, with 2, and without a file."""
    (place.folder / "folder.csv").mkdir()
    answer = place.call("export", *words, "--json")
    assert answer.code == 2
    assert said in answer.document["error"]["message"]
    assert not (place.folder / "x.csv").exists()


def test_interrupting_an_export_leaves_nothing(place: Place) -> None:
    """Ctrl-C while the account is read."""
    sandbox = place.sandbox
    assert sandbox is not None
    sandbox.set_faults(Fault(kind="hang", endpoint="contacts.list", after=2))
    process = place.start("export", "contacts", "all.csv", "--rate", "500")
    until(lambda: sum(entry.endpoint == "contacts.list" for entry in sandbox.ledger.entries) > 2)
    os.kill(process.pid, 2)
    answer = finish(process)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1].startswith("error: Interrupted")
    assert [path.name for path in place.folder.iterdir() if path.name != "home"] == []


@pytest.mark.parametrize("name", ["all.csv", "all.parquet", "all.xlsx"])
def test_a_disk_that_is_full_is_said_in_words(place: Place, name: str) -> None:
    """With 2, and without a part of a file; the limit on file sizes stands for the disk."""
    words = shlex.join([*COMMAND, "export", "contacts", name, "--rate", "500"])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 8; exec {words}"],
        cwd=place.folder,
        env=place.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, f"error: Cannot write {name}: File too large" in done.stderr) == (2, True), done.stderr
    assert not [path for path in place.folder.iterdir() if path.name != "home"]
