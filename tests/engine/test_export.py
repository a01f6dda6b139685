"""Exports of a sandbox: what is in the file while the account changes, how values stand in it, what never leaves."""

from __future__ import annotations

import asyncio
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import polars as pl
import pytest

from ops.errors import AccountError, InputError, OptionError
from ops.export import Export, ExportOptions, Format, export_contacts, export_giftcards
from ops.export.columns import as_text, contact_columns, moment
from ops.export.making import _write
from ops.export.spool import Spool
from ops.export.writing import too_many
from ops.leat.records import Attribute
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.sheet import read_sheet
from tests.conftest import MakeSandbox
from tests.engine.files import account_of, plan_of
from tests.sandbox.support import client_of, data

FAST = ExportOptions(rate=None)
ENDINGS = (".csv", ".parquet", ".xlsx")


def cells(path: Path) -> pl.DataFrame:
    """The file as planning reads it; an absent cell and an empty one are the same here."""
    return read_sheet(path).frame.with_columns(pl.all().fill_null(""))


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def watching(act: Callable[[int], None]) -> ExportOptions:
    """Options that call something after each page, with the number of pages read."""
    return ExportOptions(rate=None, progress=lambda done, _: act(done))


def set_values(sandbox: Sandbox, number: int, **values: Any) -> str:
    """Set values of a contact as the account would hold them; returns its uuid."""
    contact = sandbox.store.order[number]
    sandbox.store.values(contact).update(values)
    return contact.uuid


async def test_all_contacts_are_in_the_file_in_the_order_of_their_creation(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """In each format the same text, for the owner's eyes; reads alone are sent, and few."""
    sandbox = make_sandbox(SandboxConfig(contacts=1_234))
    frames = []
    for ending in ENDINGS:
        sandbox.ledger.reset()
        made = await export_contacts(tmp_path / f"all{ending}", account_of(sandbox), options=FAST)
        assert made.document() == {
            "export": str(made.path),
            "what": "contacts",
            "rows": 1_234,
            "requests": sandbox.ledger.requests,
            "format": ending[1:],
            "walks": 1,
        }
        assert (sandbox.ledger.writes, sandbox.ledger.violations) == (0, [])
        assert made.requests <= 13 + 5
        assert made.path.stat().st_mode & 0o777 == 0o600
        frames.append(cells(made.path))
    assert frames[0].columns == list(made.columns)
    assert frames[0]["uuid"].to_list() == [contact.uuid for contact in sandbox.store.order]
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])
    assert names_in(tmp_path) == ["all.csv", "all.parquet", "all.xlsx"]


async def test_values_stand_as_the_account_gave_them(sandbox: Sandbox, tmp_path: Path) -> None:
    """Zeros, many digits, booleans, nothing; credits, cents and the tier's name at the end."""
    uuid = set_values(sandbox, 0, customer_number="007", age=12.10, vip="false", remarks='a "b"; c', housenumber=None)
    made = await export_contacts(tmp_path / "all.csv", account_of(sandbox), options=FAST)
    contact = sandbox.store.contacts[uuid]
    row = read_sheet(made.path).frame.row(0, named=True)
    assert {
        name: row[name] for name in ("customer_number", "age", "vip", "remarks", "housenumber", "is_anonymous")
    } == {
        "customer_number": "007",
        "age": "12.1",
        "vip": "false",
        "remarks": 'a "b"; c',
        "housenumber": None,
        "is_anonymous": "false",
    }
    assert made.columns[:3] == ("uuid", "email", "avatar")
    assert made.columns[-3:] == ("credit_balance", "prepaid_balance_in_cents", "tier")
    assert row["credit_balance"] == str(contact.credits)
    assert row["prepaid_balance_in_cents"] == str(contact.prepaid)
    assert Decimal(row["prepaid_balance"]) * 100 == contact.prepaid
    assert row["tier"] == "Familie"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (" 007 ", " 007 "),
        (True, "true"),
        (12, "12"),
        (10**30, "1" + "0" * 30),
        (Decimal("50.10"), "50.10"),
        (Decimal("1e5"), "100000"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("1e999999"), "1E+999999"),
        (["a", "b;c", 3], "a;b;c;3"),
        ([], ""),
        ({"a": Decimal("1.0")}, '{"a":1.0}'),
    ],
)
def test_a_value_is_told_as_text(value: Any, text: str | None) -> None:
    """Every digit of a number, words for booleans, lists in one cell."""
    assert as_text(value) == text


def test_columns_are_attributes_without_credentials_and_without_twins() -> None:
    """What the account itself calls a tier stays where planning finds it; the system's number gives way to the name."""
    names = ["email", "uuid", "tier", "custom_app_login_url", "custom_app_anything", "add_to_wallet", "firstname"]
    names += ["double_opt_in_confirmation_url_3", "x_double_opt_in_y", "subscription_preferences_url", "firstname"]
    columns = contact_columns([Attribute(name, is_piggy_defined=True) for name in names])
    assert list(columns.items()) == [
        ("firstname", "firstname"),
        ("credit_balance", "@credit_balance"),
        ("prepaid_balance_in_cents", "@prepaid_balance_in_cents"),
        ("tier", "@tier"),
    ]
    own = contact_columns([Attribute("tier", is_piggy_defined=False)])
    assert own["tier"] == "tier"


async def test_nobody_is_missed_or_doubled_while_people_are_erased_and_come(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """A second client deletes a contact of the first page, of the middle and of the last after every answer."""
    sandbox = make_sandbox(SandboxConfig(contacts=3_000, settle_delay=0))
    before = [contact.uuid for contact in sandbox.store.order]
    with client_of(sandbox) as client:

        def act(done: int) -> None:
            order = sandbox.store.order
            for contact in (order[done], order[len(order) // 2], order[-1 - done]):
                data(client.post(f"contacts/{contact.uuid}/delete", json={"type": "GDPR"}))
            data(client.post("contacts", json={"email": f"new{done}@example.org"}))

        made = await export_contacts(tmp_path / "all.csv", account_of(sandbox), options=watching(act))
    found = cells(made.path)["uuid"].to_list()
    after = {contact.uuid for contact in sandbox.store.order}
    stayed = [uuid for uuid in before if uuid in after]
    assert len(before) - len(stayed) > 60
    assert len(found) == len(set(found)) == made.rows
    assert [uuid for uuid in found if uuid in after and uuid in set(before)] == stayed


async def test_no_card_is_missed_or_doubled_while_cards_are_made(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """New cards stand first in the list and move all others, also across the readers' stretches."""
    sandbox = make_sandbox(SandboxConfig(contacts=20_000))
    before = [card.uuid for card in reversed(sandbox.store.cards.all)]
    program = sandbox.programs()[0]["uuid"]
    with client_of(sandbox) as client:

        def act(_: int) -> None:
            for _ in range(7):
                data(client.post("giftcards", json={"type": 1, "giftcard_program_uuid": program}))

        made = await export_giftcards(tmp_path / "cards.csv", account_of(sandbox), options=watching(act))
    found = cells(made.path)["uuid"].to_list()
    assert len(found) == len(set(found)) == made.rows
    assert [uuid for uuid in found if uuid in set(before)] == before
    assert len(sandbox.store.cards.all) - len(before) > 140
    assert made.walks == 1


async def test_contacts_are_chosen_by_the_time_of_their_creation(sandbox: Sandbox, tmp_path: Path) -> None:
    """From one moment on, before another, so that windows follow on; offsets and dates without a time will do."""
    order = sandbox.store.order

    async def chosen(**bounds: Any) -> list[int]:
        made = await export_contacts(tmp_path / "some.csv", account_of(sandbox), options=FAST, **bounds)
        numbers = {contact.uuid: number for number, contact in enumerate(order)}
        return [numbers[uuid] for uuid in (cells(made.path)["uuid"].to_list() if made.rows else [])]

    low, high = (datetime.fromtimestamp(order[n].created, UTC) for n in (20, 30))
    assert await chosen(created_after=low, created_before=high) == list(range(20, 30))
    there = low.isoformat().replace("+00:00", "Z"), high.replace(tzinfo=None).isoformat()
    assert await chosen(created_after=there[0], created_before=there[1]) == list(range(20, 30))
    day = date(2023, 1, 1)
    later = [n for n, c in enumerate(order) if c.created >= datetime(2023, 1, 1, tzinfo=UTC).timestamp()]
    assert await chosen(created_after=day) == await chosen(created_after="2023-01-01") == later
    assert await chosen(created_after="2190-01-01") == []
    assert sandbox.ledger.violations == []
    assert read_header(tmp_path / "some.csv").startswith("uuid,email,avatar")


def read_header(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("text", ["", "yesterday", "2023-13-01", "01-02-2023", "0001-01-01T00:00+10:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(OptionError, match="2025-03-01"):
        moment(text, "created-after")


async def test_gift_cards_are_chosen_by_programme(sandbox: Sandbox, tmp_path: Path) -> None:
    """By uuid or by name; what is unknown is refused with all there are."""
    account, path = account_of(sandbox), tmp_path / "cards.parquet"
    whole = await export_giftcards(path, account, options=FAST)
    assert whole.columns == ("uuid", "program", "program_uuid", "amount_in_cents", "active", "expiration_date")
    cards = {card.uuid: card for card in sandbox.store.cards.all}
    frame = pl.read_parquet(path)
    assert frame["uuid"].to_list() == list(reversed(cards))
    assert [int(amount) for amount in frame["amount_in_cents"]] == [cards[uuid].amount for uuid in frame["uuid"]]
    for wanted in ("123", "Relatiegeschenk", "relatiegeschenk "):
        made = await export_giftcards(path, account, program=wanted, options=FAST)
        assert made.rows == sum(card.program.uuid == "123" for card in cards.values()) > 0
        assert set(pl.read_parquet(path)["program_uuid"]) == {"123"}
    with pytest.raises(
        OptionError, match=r"program='nope': .*none of this uuid or name. There are: Cadeaukaart \(a203bee9"
    ):
        await export_giftcards(path, account, program="nope", options=FAST)
    assert set(pl.read_parquet(path)["program_uuid"]) == {"123"}


async def test_no_credential_leaves(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """No login link or code, wallet, opt-in or preferences link, no card's code, no token, in any format."""
    sandbox = make_sandbox(SandboxConfig(contacts=300))
    secret = re.compile(r"https?://leat|token|double.opt.in|custom_app|wallet|preferences|hash", re.IGNORECASE)
    codes = {card.hash for card in sandbox.store.cards.all}
    for ending in ENDINGS:
        for export in (export_contacts, export_giftcards):
            made: Export = await export(tmp_path / f"all{ending}", account_of(sandbox), options=FAST)
            frame = cells(made.path)
            text = " ".join([*frame.columns, *(value for column in frame for value in column)])
            assert secret.search(text) is None
            assert not any(code in text for code in codes)
    assert sandbox.token not in text


HOSTILE = {
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "@handle": "'@handle",
    "-2+3+cmd|' /C calc'!D2": "'-2+3+cmd|' /C calc'!D2",
    "+49x": "'+49x",
    "\t=1": "'\t=1",
    "'=already": "''=already",
    "+31 6 12 34 56 78": "+31 6 12 34 56 78",
    "-5": "-5",
    "'s-Gravenhage": "'s-Gravenhage",
    "https://example.org/?q=1": "https://example.org/?q=1",
    "": "",
}


async def test_a_spreadsheet_runs_nothing_and_planning_reads_what_was_there(sandbox: Sandbox, tmp_path: Path) -> None:
    """CSV has an apostrophe before a formula, and none before a phone number; the others hold text cells alone."""
    for number, value in enumerate(HOSTILE):
        set_values(sandbox, number, remarks=value)
    for ending in ENDINGS:
        made = await export_contacts(tmp_path / f"all{ending}", account_of(sandbox), options=FAST)
        assert cells(made.path)["remarks"].to_list()[: len(HOSTILE)] == list(HOSTILE)
    raw = pl.read_csv(tmp_path / "all.csv", infer_schema=False)
    assert raw["remarks"].fill_null("").to_list()[: len(HOSTILE)] == list(HOSTILE.values())
    with zipfile.ZipFile(tmp_path / "all.xlsx") as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in book.namelist() if "rels" in name and "sheet1" in name]
    assert "<f>" not in page
    assert set(re.findall(r' t="(\w+)"', page)) == {"inlineStr"}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_export_that_is_planned_again_changes_nothing(sandbox: Sandbox, tmp_path: Path, ending: str) -> None:
    """Its columns map by themselves; every row is the same, but those whose address two contacts share."""
    for number, value in enumerate(HOSTILE):
        set_values(sandbox, number, remarks=value or None)
    made = await export_contacts(tmp_path / f"all{ending}", account_of(sandbox), options=FAST)
    plan = await plan_of(sandbox, "contacts.upsert", made.path)
    assert {verb: rows for verb, rows in plan.counts.items() if rows} == {"same": 198, "held": 2}
    mapped = {pair.column: pair.field for pair in plan.meta.mapping}
    assert all(column == field for column, field in mapped.items())
    assert {"email", "firstname", "phonenumber", "newsletter_topics", "vip"} <= set(mapped)
    await plan_of(sandbox, "contacts.update", made.path)


async def test_a_file_appears_whole_or_not_at_all(sandbox: Sandbox, tmp_path: Path) -> None:
    """When the account fails midway the older file stays, and nothing lies beside it."""
    path = tmp_path / "all.csv"
    path.write_text("older")
    sandbox.set_faults(Fault(kind="401", after=2))
    with pytest.raises(AccountError):
        await export_contacts(path, account_of(sandbox), options=FAST)
    assert (path.read_text(), names_in(tmp_path)) == ("older", ["all.csv"])
    sandbox.set_faults()
    await export_contacts(path, account_of(sandbox), options=FAST)
    assert read_header(path).startswith("uuid,")


async def test_what_cannot_be_written_is_refused_before_anything_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder, a link, another ending."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    for name, words in (
        ("folder.csv", "over a folder"),
        ("link.csv", "through a link"),
        ("all.tsv", r"end it in .csv, .parquet or .xlsx \(.tsv is none of them"),
        ("all", "it has no ending"),
    ):
        with pytest.raises(InputError, match=words):
            await export_contacts(tmp_path / name, account_of(sandbox), options=FAST)
    assert sandbox.ledger.requests == 0
    assert not (tmp_path / "elsewhere.csv").exists()


async def test_what_no_worksheet_can_hold_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Too long a cell, with its row and column, instead of a shorter one; too many rows."""
    set_values(sandbox, 3, remarks="x" * 32_768)
    with pytest.raises(InputError, match=r"Row 4 has more than 32,767 characters in remarks.*\.csv") as caught:
        await export_contacts(tmp_path / "all.xlsx", account_of(sandbox), options=FAST)
    assert caught.value.where == {"row": 4, "column": "remarks"}
    assert names_in(tmp_path) == []
    too_many(1_048_575)
    with pytest.raises(InputError, match="1,048,575"):
        too_many(1_048_576)


async def test_leaving_off_while_reading_leaves_nothing(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Cancelled after a few pages."""
    sandbox = make_sandbox(SandboxConfig(contacts=2_000))
    reading = asyncio.Event()
    work = asyncio.create_task(
        export_contacts(
            tmp_path / "all.csv",
            account_of(sandbox),
            options=watching(lambda done: reading.set() if done == 4 else None),
        )
    )
    await reading.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert names_in(tmp_path) == []


async def test_leaving_off_while_writing_waits_for_one_part_only(tmp_path: Path) -> None:
    """The thread that writes stops at the next part, and then the file may go."""
    began, go_on = threading.Event(), threading.Event()
    parts = 0

    def slowly(_file: IO[bytes], _schema: Mapping[str, Any], frames: Iterator[pl.DataFrame]) -> None:
        nonlocal parts
        for _ in frames:
            parts += 1
            began.set()
            go_on.wait(30)

    with Spool(tmp_path, ("uuid",)) as spool, (tmp_path / "out").open("wb") as file:
        for number in range(10):
            spool.add((1, number, 0), [("a",)] * 600)
        work = asyncio.create_task(_write(Format("slow", slowly), file, spool))
        await asyncio.to_thread(began.wait, 30)
        work.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert parts == 1


def test_a_spool_gives_rows_in_the_order_of_their_places(tmp_path: Path) -> None:
    """Readers come in turn, and one that reads backwards fills its stretch from the end; no file has a name."""
    with Spool(tmp_path, ("row",)) as spool:
        for step in range(0, -30, -1):
            for reader in (1, 0):
                place = reader * 10_000 + (step + 29) * 100
                spool.add((1, reader, step), [(str(place + row),) for row in range(100)])
        assert names_in(tmp_path) == []
        rows = [int(row) for frame in spool.frames() for row in frame["row"]]
    assert rows == sorted(rows)
    assert len(rows) == spool.rows == 6_000
