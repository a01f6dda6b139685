"""Plans against a sandbox: what they say of each row, how few requests they take, and that none of them writes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from ops.draft import PlanOptions
from ops.errors import PlanError
from ops.leat.client import Wiring
from ops.leat.pace import Pace
from ops.leat.reader import Reader
from ops.leat.requests import CreateContact, FindOrCreateContact
from ops.mapping import MappedColumn, Mapping, Rule
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.planner import make_plan
from ops.sandbox import Sandbox, SandboxConfig
from ops.sheet import read_sheet
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv


def rows_of(plan: Plan) -> list[dict[str, Any]]:
    return plan.diff().to_dicts()


def seeded(sandbox: Sandbox, count: int) -> list[str]:
    """Addresses that the account knows exactly once."""
    known = [c.email for c in sandbox.store.order if c.email and len(sandbox.store.contacts_by_email(c.email)) == 1]
    return [email for email in known if "anonymous" not in email][:count]


def messy(sandbox: Sandbox, path: Path) -> Path:
    """300 rows: new, changed, already right, invalid and duplicate; a BOM, semicolons, accents."""
    lines = ["E-mail;Voornaam;Achternaam;Huisnummer;Geboortedatum"]
    known = seeded(sandbox, 150)
    for n, email in enumerate(known[:75]):
        lines.append(
            f'{email.upper() if n % 5 == 0 else email};Zoë {n};"van ""der"" Hof; {n}";{n + 1};1980-02-0{n % 9 + 1}'
        )
    for email in known[75:150]:
        now = sandbox.store.values(sandbox.store.contacts_by_email(email)[0])
        lines.append(f"{email};{now.get('firstname') or ''};{now.get('lastname') or ''};;")
    lines += [f"nieuw{n}@example.org;Jörg {n};Müller;{n + 1};2001-12-31" for n in range(110)]
    lines += ["geen adres;A;B;1;", ";Leeg;Leeg;1;", "x@example.org;A;B;twaalf;", "y@example.org;A;B;1;31-02-2020"] * 5
    lines += [f"dubbel{n}@example.org;A;B;1;" for n in range(10)] + [
        f" Dubbel{n}@Example.ORG ;A;B;2;" for n in range(10)
    ]
    assert len(lines) == 301
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
    return path


async def test_a_messy_list_is_planned_with_a_dozen_reads_and_no_write(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """Ten pages of contacts, the attributes, the shops and the programmes; then it runs exactly as planned."""
    sandbox = make_sandbox(SandboxConfig(contacts=1_000))
    file = messy(sandbox, tmp_path / "lijst.csv")
    sandbox.ledger.reset()
    plan = await plan_of(sandbox, "contacts.upsert", file)
    assert sandbox.ledger.writes == 0
    assert sandbox.ledger.requests == plan.meta.lookup.requests <= 14
    assert {v: n for v, n in plan.counts.items() if n} == {
        "create": 110, "update": 75, "same": 75, "invalid": 20, "held": 20
    }  # fmt: skip

    everyone = {c.uuid: sandbox.store.values(c) for c in sandbox.store.order}
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    assert report.counts["done"] == 185
    for row in rows_of(plan):
        if row["verb"] in {"create", "update"}:
            contact = sandbox.store.contacts_by_email(row["key"])[0]
            values = sandbox.store.values(contact)
            expected = everyone.get(contact.uuid, values) | json.loads(row["after"])
            assert values | {"updated_at": None} == expected | {"updated_at": None}
    touched = {row["target"] for row in rows_of(plan) if row["verb"] == "update"}
    for uuid, before in everyone.items():
        if uuid not in touched:
            assert sandbox.store.values(sandbox.store.contacts[uuid]) == before
    again = await plan_of(sandbox, "contacts.upsert", file)
    assert again.acting == 0
    assert again.counts["same"] == 260


async def test_listing_is_chosen_when_it_needs_fewer_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    """Even one row, where the list is hardly longer than a page; the plan says which and why."""
    plan = await plan_of(sandbox, "contacts.upsert", write_csv(tmp_path / "in.csv", HEADER, people(1)))
    assert plan.meta.lookup.how == "list"
    assert "need fewer requests than" in plan.meta.lookup.why


async def test_finding_is_chosen_when_it_needs_fewer_requests(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Three rows against 20 pages."""
    sandbox = make_sandbox(SandboxConfig(contacts=2_000))
    rows = [(seeded(sandbox, 1)[0], "Anna", "1"), *people(2)]
    sandbox.ledger.reset()
    plan = await plan_of(sandbox, "contacts.upsert", write_csv(tmp_path / "in.csv", HEADER, rows))
    assert plan.meta.lookup.how == "find"
    assert "3 finds need fewer requests than" in plan.meta.lookup.why
    assert sandbox.ledger.requests == 1 + 3 + 3
    assert [row["verb"] for row in rows_of(plan)] == ["update", "create", "create"]


async def test_the_way_of_reading_can_be_chosen_by_hand(sandbox: Sandbox, tmp_path: Path) -> None:
    """And both ways give the same plan."""
    sheet = read_sheet(write_csv(tmp_path / "in.csv", HEADER, [(e, "Anna", "1") for e in seeded(sandbox, 9)]))
    plans = [
        await make_plan(
            "contacts.upsert",
            sheet,
            account_of(sandbox),
            out=tmp_path / how,
            options=PlanOptions(rate=None, lookup=how),
        )
        for how in ("list", "find")
    ]  # fmt: skip
    assert plans[0].checksum == plans[1].checksum


async def test_an_address_that_two_contacts_share_is_held(sandbox: Sandbox, tmp_path: Path) -> None:
    """And the row stays one row."""
    emails = [c.email for c in sandbox.store.order if c.email]
    twice = next(email for email in emails if len(sandbox.store.contacts_by_email(email)) == 2)
    for job in ("contacts.upsert", "contacts.update"):
        plan = await plan_of(sandbox, job, write_csv(tmp_path / "in.csv", HEADER, [(twice, "Anna", "1")]))
        [row] = rows_of(plan)
        assert row["verb"] == "held"
        assert row["reason"].startswith("ambiguous")


async def test_what_an_update_does_not_find_is_held_and_what_a_create_finds_is_held(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Neither ever counts as done."""
    file = write_csv(tmp_path / "in.csv", HEADER, [(seeded(sandbox, 1)[0], "Anna", "1"), *people(1)])
    update = rows_of(await plan_of(sandbox, "contacts.update", file))
    create = rows_of(await plan_of(sandbox, "contacts.create", file))
    assert [(row["verb"], (row["reason"] or "").split(":")[0]) for row in update] == [
        ("update", ""),
        ("held", "not found"),
    ]
    assert [(row["verb"], (row["reason"] or "").split(":")[0]) for row in create] == [
        ("held", "exists"),
        ("create", ""),
    ]


async def test_a_row_is_found_by_uuid_by_address_or_by_both_if_they_agree(sandbox: Sandbox, tmp_path: Path) -> None:
    """One person named twice, in whatever way, is a duplicate."""
    one, two, three = (sandbox.store.contacts_by_email(email)[0] for email in seeded(sandbox, 3))
    rows = [
        (one.uuid, "", "Anna"),
        (two.uuid, two.email or "", "Bert"),
        (two.uuid, one.email or "", "Carl"),
        ("", three.email or "", "Dora"),
        (three.uuid, "", "Dora again"),
        ("nobody", "", "Eve"),
    ]
    plan = await plan_of(
        sandbox, "contacts.update", write_csv(tmp_path / "in.csv", ("uuid", "email", "firstname"), rows)
    )
    seen = [(row["verb"], row["target"]) for row in rows_of(plan)]
    reasons = [row["reason"] or "" for row in rows_of(plan)]
    assert seen[0] == ("update", one.uuid)
    assert "rows 2 and 3" in reasons[1]
    assert "rows 2 and 3" in reasons[2]
    assert "the same contact" in reasons[3]
    assert "the same contact" in reasons[4]
    assert reasons[5].startswith("not found")


async def test_rows_that_share_a_contact_are_named_with_the_lines_of_their_page(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A workbook with blank rows: what is said of a row leads to where it stands."""
    one = sandbox.store.contacts_by_email(seeded(sandbox, 1)[0])[0]
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line, row in ((0, ("uuid", "email", "firstname")), (1, (one.uuid, "", "A")), (5, ("", one.email, "B"))):
            page.write_row(line, 0, row)
    plan = await plan_of(sandbox, "contacts.update", path)
    assert [row["reason"] for row in rows_of(plan)] == ["the same contact stands in rows 1 and 2 (line 6)"] * 2
    assert [row["verb"] for row in rows_of(plan)] == ["held", "held"]
    path.unlink()
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_column(2, 0, ["email", "nobody"])
    [problem] = (await plan_of(sandbox, "contacts.update", path)).meta.problems
    assert (problem.row, problem.line, problem.odd_line) == (1, 4, 4)


async def test_a_uuid_and_an_address_of_different_people_are_a_conflict(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither of them is written to."""
    one, two = (sandbox.store.contacts_by_email(email)[0] for email in seeded(sandbox, 2))
    rows = [(one.uuid, two.email or "", "Anna"), (two.uuid, "nobody@example.org", "Bert")]
    plan = await plan_of(
        sandbox, "contacts.update", write_csv(tmp_path / "in.csv", ("uuid", "email", "firstname"), rows)
    )
    assert [(row["reason"] or "").split(":")[0] for row in rows_of(plan)] == ["conflict", "conflict"]


@pytest.mark.parametrize(
    ("rule", "cell", "changes"),
    [
        (Rule.OVERWRITE, "Anna", ["Ana", "Anna"]),
        (Rule.OVERWRITE, "", None),
        (Rule.IF_EMPTY, "Anna", None),
        (Rule.CLEAR, "", ["Ana", None]),
        (Rule.CLEAR, "Anna", ["Ana", "Anna"]),
    ],
)
async def test_write_rules(
    sandbox: Sandbox, tmp_path: Path, rule: Rule, cell: str, changes: list[str | None] | None
) -> None:
    """A blank cell leaves the value alone except under `clear`; `if_empty` writes over nothing."""
    email = seeded(sandbox, 1)[0]
    sandbox.store.update(sandbox.store.contacts_by_email(email)[0], {"firstname": "Ana"})
    mapping = Mapping((MappedColumn("email", "email"), MappedColumn("firstname", "firstname", rule)))
    file = write_csv(tmp_path / "in.csv", ("email", "firstname"), [(email, cell)])
    [row] = rows_of(await plan_of(sandbox, "contacts.update", file, mapping=mapping))
    if changes is None:
        assert row["verb"] == "same"
    else:
        assert [json.loads(row["before"])["firstname"], json.loads(row["after"])["firstname"]] == changes


async def test_values_are_typed_and_text_stays_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """12 is not "12", a leading zero and a plus sign arrive as they stood."""
    header = ("email", "housenumber", "phonenumber", "postalcode", "vip", "firstname")
    row = ("nieuw@example.org", "12", "+31612345678", "0123", "ja", "1E5")
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", header, [row]))
    assert json.loads(rows_of(plan)[0]["after"]) == {
        "housenumber": 12, "phonenumber": "+31612345678", "postalcode": "0123", "vip": True, "firstname": "1E5"
    }  # fmt: skip


async def test_input_columns_may_have_the_names_of_the_plans_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """They are kept apart."""
    file = write_csv(tmp_path / "in.csv", ("email", "row", "verb", "_status"), [("nieuw@example.org", "x", "y", "z")])
    plan = await plan_of(sandbox, "contacts.create", file)
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    [result] = report.results.to_dicts()
    assert (result["row"], result["verb"], result["_status (input)"], result["_status"]) == ("x", "y", "z", "done")


async def test_a_planning_client_cannot_write(sandbox: Sandbox) -> None:
    """Not even by a GET that creates."""
    sandbox.ledger.reset()
    async with Reader(Wiring(account_of(sandbox), Pace(None))) as reader:
        for request in (CreateContact("a@example.org"), FindOrCreateContact("a@example.org")):
            with pytest.raises(TypeError):
                await reader.ask(request)  # type: ignore[arg-type]
    assert sandbox.ledger.requests == 0


async def test_a_plan_is_one_whole_file_for_its_owner(sandbox: Sandbox, tmp_path: Path) -> None:
    """It loads as it was made, and verifies."""
    plan = await plan_of(sandbox, "contacts.upsert", write_csv(tmp_path / "in.csv", HEADER, people(3)))
    assert plan.path.stat().st_mode & 0o777 == 0o600
    loaded = Plan.load(plan.path)
    loaded.verify()
    assert loaded == plan
    assert sorted(os.listdir(tmp_path)) == ["in.contacts.upsert.plan.parquet", "in.csv"]  # noqa: PTH208 - not async


@pytest.mark.parametrize("content", [b"", b"PAR1", b"hello", b"\x00" * 100])
def test_what_is_not_a_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    """With a message, not a traceback."""
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(PlanError):
        Plan.load(path)


def test_a_parquet_file_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    """It may be anybody's data."""
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(PlanError, match="not a plan"):
        Plan.load(path)


async def test_the_same_file_and_account_give_the_same_checksum(sandbox: Sandbox, tmp_path: Path) -> None:
    """So a plan made twice is one plan, and runs once."""
    file = write_csv(tmp_path / "in.csv", HEADER, people(3))
    first = await plan_of(sandbox, "contacts.upsert", file)
    second = await plan_of(sandbox, "contacts.upsert", file)
    assert first.checksum == second.checksum
    other = await plan_of(sandbox, "contacts.upsert", file, mode="fast")
    assert other.checksum != first.checksum
