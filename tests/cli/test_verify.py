"""`--verify` and what is said of rows that need a look: on stderr, in `summary.json`, in the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops.sandbox import Sandbox
from tests.cli.support import Place

HEADER = "email,firstname"
ROWS = tuple(f"person{number}@example.com,Name {number}" for number in range(10))
FAST = ("--yes", "--rate", "500")


def summary_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(document["files"]["summary"]).read_text())
    return found


def spoil(sandbox: Sandbox | None, email: str) -> None:
    """What another client does meanwhile."""
    assert sandbox is not None
    [contact] = sandbox.store.contacts_by_email(email)
    sandbox.store.update(contact, {"firstname": "Eve"})


def test_what_is_as_written_is_0_and_told(place: Place) -> None:
    """`run --json` keeps its keys; the figures are in the summary."""
    plan = str(place.plan(HEADER, *ROWS))
    answer = place.call("run", plan, *FAST, "--verify", "all", "--json")
    assert answer.code == 0
    assert "Read back: 10 as written, 0 otherwise" in answer.err
    assert not {"verified", "mismatch", "triage"} & set(answer.document)
    summary = summary_of(answer.document)
    assert (summary["verified"], summary["mismatch"], summary["triage"]) == (10, 0, [])


def test_a_mismatch_is_1_with_what_differs(place: Place) -> None:
    """Also when the files are written again, whose own exit code stays 0."""
    place.call("run", str(place.plan(HEADER, *ROWS)), *FAST)
    spoil(place.sandbox, "person3@example.com")
    answer = place.call("resume", "last", "--rate", "500", "--verify", "all", "--json")
    assert (answer.code, answer.document["counts"]["done"]) == (1, 10)
    assert "Read back: 9 as written, 1 otherwise" in answer.err
    assert 'row 4, the account differs: read back: firstname is "Eve", not "Name 3"' in answer.err
    again = place.call("report", "last")
    assert again.code == 0
    assert "Read back: 9 as written, 1 otherwise" in again.err


def test_a_number_reads_back_so_many(place: Place) -> None:
    """Spread over the rows."""
    answer = place.call("run", str(place.plan(HEADER, *ROWS)), *FAST, "--verify", "3", "--json")
    assert (answer.code, summary_of(answer.document)["verified"]) == (0, 3)


@pytest.mark.parametrize("value", ["0", "most", "-3"])
def test_anything_else_is_2_and_sends_nothing(place: Place, value: str) -> None:
    """Before the plan is looked at."""
    answer = place.call("run", str(place.plan(HEADER, *ROWS)), *FAST, f"--verify={value}")
    assert answer.code == 2
    assert "--verify" in answer.err
    assert place.sandbox is not None
    assert place.sandbox.ledger.effects.created == 0


def test_a_job_that_writes_nothing_says_so(place: Place) -> None:
    """And is no failure."""
    place.write("mails.csv", "email", "nobody@example.com")
    plan = ("plan", "contacts.enrich", "mails.csv", "--out", "p.parquet", "--rate", "500")
    assert place.call(*plan).code == 1
    answer = place.call("run", "p.parquet", *FAST, "--verify", "all")
    assert "writes nothing that the account would show" in answer.err


def test_causes_are_told_with_an_example_and_what_to_do(place: Place) -> None:
    """Many rows of one mistake are one line, and so are they in the summary."""
    bad = [f"nobody{n}(at)example.com,x" for n in range(30)]
    answer = place.call("run", str(place.plan(HEADER, *ROWS[:1], *bad)), *FAST, "--json")
    assert answer.code == 1
    assert '30 rows, the row is wrong: email: "…" is not an e-mail address: it has no @' in answer.err
    assert 'such as row 2: email: "nobody0(at)example.com" is not' in answer.err
    assert "Mend these rows" in answer.err
    [group] = summary_of(answer.document)["triage"]
    assert (group["class"], group["count"], group["example"]["row"]) == ("row", 30, 2)
