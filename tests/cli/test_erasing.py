"""Erasing people from the command line: what is said of the files in the home and of those outside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.sandbox import SandboxConfig
from tests.cli.support import Place
from tests.conftest import MakeSandbox


@pytest.fixture
def place(make_sandbox: MakeSandbox, tmp_path: Path) -> Place:
    return Place(tmp_path, make_sandbox(SandboxConfig(contacts=20, settle_delay=0.1)))


def test_the_person_is_told_of_the_receipt_and_of_the_file_that_stays(place: Place) -> None:
    """The input still names the erased, and nothing here touches it."""
    assert place.sandbox is not None
    place.sandbox.store.create("weg@example.org")
    place.write("leavers.csv", "email,reference", "weg@example.org,REQ-1")
    flags = ("--set", "type=GDPR", "--rate", "500", "--out", "leavers.parquet")
    planned = place.call("plan", "contacts.delete", "leavers.csv", *flags)
    assert planned.code == 0, planned.err
    ran = place.call("run", "leavers.parquet", "--confirm", "1", "--rate", "500", "--json")
    assert (ran.code, ran.document["counts"]["done"]) == (0, 1), ran.err
    assert "receipt.json" in ran.err
    assert "leavers.csv; leatops does nothing to it" in ran.err
    assert "codes.csv" not in ran.err
    receipt = json.loads(Path(ran.document["files"]["receipt"]).read_text())
    assert [(one["reference"], one["state"]) for one in receipt["erasures"]] == [("REQ-1", "confirmed_gone")]
    assert place.call("report", "last", "--json").document["files"] == ran.document["files"]


def test_resending_is_not_offered_where_nobody_is_left_to_be_erased(place: Place) -> None:
    """The account does not know the contact any more: neither does the home, and there is nothing to try again."""
    assert place.sandbox is not None
    store = place.sandbox.store
    weg = store.create("weg@example.org")
    place.write("leavers.csv", "email,reference", "weg@example.org,REQ-1")
    flags = ("--set", "type=GDPR", "--rate", "500", "--out", "leavers.parquet")
    assert place.call("plan", "contacts.delete", "leavers.csv", *flags).code == 0
    store._remove(weg)
    pace = ("--recheck", "never", "--rate", "500", "--json")
    ran = place.call("run", "leavers.parquet", "--confirm", "1", *pace)
    assert (ran.code, ran.document["counts"]["refused"]) == (1, 1), ran.err
    assert "--refused" not in ran.err
    again = place.call("resume", "last", "--refused", "--rate", "500", "--json")
    assert (again.code, again.document["counts"]) == (1, ran.document["counts"])
