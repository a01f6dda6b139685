"""Erasing people from the command line: what is said of the files in the home and of those outside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops.sandbox import SandboxConfig
from tests.cli.support import Answer, Place
from tests.conftest import MakeSandbox


@pytest.fixture
def place(make_sandbox: MakeSandbox, tmp_path: Path) -> Place:
    return Place(tmp_path, make_sandbox(SandboxConfig(contacts=20, settle_delay=0.1)))


def receipt_of(ran: Answer) -> Any:
    return json.loads(Path(ran.document["files"]["receipt"]).read_text())


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
    assert f"{place.folder / 'leavers.csv'}; leatops does nothing to it" in planned.err
    assert "leavers.csv" not in ran.err
    assert "the input file (.csv, SHA-256 " in ran.err
    assert "`sha256sum FILE`" in receipt_of(ran)["still_held_in"]["input"]
    assert "codes.csv" not in ran.err
    receipt = receipt_of(ran)
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


def test_the_file_is_joined_back_for_a_look(place: Place) -> None:
    """By its bytes, though the plan names hardly any of its columns; read in another way it is refused."""
    assert place.sandbox is not None
    place.sandbox.store.create("weg@example.org")
    place.write("leavers.csv", "Adres van Kareltje;Zaak", "weg@example.org;REQ-1")
    mapping = ("--map", "Adres van Kareltje=email", "--map", "Zaak=reference")
    flags = ("--set", "type=GDPR", "--rate", "500", "--out", "leavers.parquet")
    planned = place.call("plan", "contacts.delete", "leavers.csv", *mapping, *flags)
    assert planned.code == 0, planned.err
    assert "Adres van Kareltje  → email" in planned.err
    assert b"Kareltje" not in (place.folder / "leavers.parquet").read_bytes()
    shown = place.call("show", "leavers.parquet", "--with", "leavers.csv", "--json")
    assert shown.code == 0, shown.err
    assert json.loads(shown.out)["input"] == {"Adres van Kareltje": "weg@example.org", "Zaak": "REQ-1"}
    for delimiter in (",", "|"):
        other = place.call("show", "leavers.parquet", "--with", "leavers.csv", "--delimiter", delimiter)
        assert (other.code, "reads differently" in other.err) == (2, True)


def test_a_file_without_a_header_is_refused(place: Place) -> None:
    """Nothing is sent, and nothing is kept of the person on its first line."""
    place.write("leavers.csv", "weg@example.org", "ook@example.org")
    refused = place.call(
        "plan", "contacts.delete", "leavers.csv", "--map", "weg@example.org=email", "--set", "type=GDPR"
    )
    assert refused.code == 2
    assert "the header of column 1 holds an e-mail address" in refused.err
    assert "weg@" not in refused.err
    assert not list(place.folder.rglob("*.parquet"))
