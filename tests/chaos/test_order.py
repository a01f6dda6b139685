"""The order of things: before the first byte of a request that writes, its intent can be read by another process."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.chaos.wiretap import Seen, Tap, rows_named, tapping
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, people, write_csv

ROWS = int(os.environ.get("LEATOPS_ORDER_ROWS", "150"))
STEPS = {
    "contacts.find_or_create": "find_or_create",
    "contacts.update": "update",
    "giftcards.create": "create_card",
    "transactions.create": "put_value",
    "giftcards.send": "send",
}
"""Endpoint to step."""
OF_ROW = "SELECT row FROM events WHERE state = 'intent' AND name = ? AND seq <= ?"


def row_of(seen: Seen, journal: Path, emails: dict[str, int]) -> int | None:
    """The row a request is about, by what it says; None for a new card, which nothing tells from another."""
    if seen.endpoint == "contacts.find_or_create":
        return emails[seen.query["email"][0]]
    if seen.endpoint == "transactions.create":
        return int(seen.body["custom_attributes"]["leatops"].rpartition(":")[2])
    column = {"giftcards.send": "card", "contacts.update": "uuid"}.get(seen.endpoint)
    if column is None:
        return None
    [row] = rows_named(journal, f"SELECT DISTINCT row FROM events WHERE {column} = ? AND step >= 0", seen.id)  # noqa: S608
    return int(row)


def check_order(tap: Tap, journal: Path, emails: dict[str, int]) -> int:
    """Each request of a row has an intent of its own that was readable before its first byte; how many there were."""
    sent: Counter[tuple[str, int | None]] = Counter()
    for seen in tap.seen:
        step, row = STEPS[seen.endpoint], row_of(seen, journal, emails)
        sent[step, row] += 1
        intents = rows_named(journal, OF_ROW, step, seen.seq)
        readable = len(intents) if row is None else intents.count(row)
        assert readable >= sent[step, row], (step, row, seen.seq)
    return len(tap.seen)


def tapped(make_sandbox: MakeSandbox, folder: Path, *arguments: str) -> tuple[Sandbox, Tap, Path]:
    """Plan without a tap and run with one, while some answers are lost."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    place = Place(folder, sandbox)
    planned = place.call("plan", *arguments, "--out", "p.parquet", "--rate", "5000", "--json")
    agreed = ("--confirm", str(planned.document["confirm"]), "--yes")
    sandbox.set_faults(Fault(kind="500", on="writes", rate=0.02), Fault(kind="429", rate=0.005, retry_after=0))
    with tapping(place.home / "runs", sandbox.url) as tap:
        url = f"http://127.0.0.1:{tap.port}"
        answer = place.call("run", "p.parquet", *agreed, "--rate", "5000", "--workers", "12", LEAT_BASE_URL=url)
        assert answer.code in (0, 4), answer.err
    return sandbox, tap, Runs(place.home).find("last").journal_path


def test_no_byte_of_a_contact_goes_out_before_its_intent_is_on_disk(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Every write of the run, by the row it is about."""
    file = write_csv(tmp_path / "in.csv", HEADER, people(ROWS))
    sandbox, tap, journal = tapped(make_sandbox, tmp_path, "contacts.upsert", str(file))
    emails = {email: row for row, (email, _, _) in enumerate(people(ROWS), 1)}
    assert check_order(tap, journal, emails) == sandbox.ledger.writes >= 2 * ROWS


def test_no_byte_of_a_card_goes_out_before_its_intent_is_on_disk(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Its making, its value and its mail."""
    emails = {f"nieuw{n}@example.org": n + 1 for n in range(ROWS)}
    file = write_csv(tmp_path / "in.csv", ("email",), [(email,) for email in emails])
    settings = ("program=Cadeaukaart", "shop=Webshop", "amount=25.00", "send=true")
    options = [word for setting in settings for word in ("--set", setting)]
    sandbox, tap, journal = tapped(make_sandbox, tmp_path, "giftcards.issue", str(file), *options)
    assert check_order(tap, journal, emails) == sandbox.ledger.writes >= 3 * ROWS
