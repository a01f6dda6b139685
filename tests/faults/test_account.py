"""Tokens that expire, other accounts, codes that concern everybody, redirects and ids that lead elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops.draft import PlanOptions
from ops.errors import LeatopsError, WrongAccountError
from ops.jobs import JOBS
from ops.leat.profile import Account, Secret
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.planner import make_plan
from ops.sandbox import Fault, Sandbox
from ops.sandbox.faults import Kind
from ops.sheet import read_sheet
from tests.cli.support import Place, until
from tests.engine.files import account_of, write_csv
from tests.engine.test_run import HASTY, YES, planned, resume
from tests.faults.forge import forging
from tests.faults.relay import Said, Seen, is_write, refusal, relaying

FAST = ("--rate", "500", "--workers", "4", "--json")
LINES = ("email,firstname", *(f"person{number}@example.com,Name {number}" for number in range(40)))


def test_a_token_that_expires_uses_up_no_row_and_a_new_one_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    """3 when it happens, 2 without a write while the token is old, 0 with the new one; each contact once."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(*LINES)
    slow = ("--rate", "40", "--workers", "4", "--json")
    with forging(place) as forge:
        process = forge.start("run", str(plan), "--yes", *slow)
        until(lambda: sandbox.ledger.effects.created >= 5)
        sandbox._account.api._authorization = b"Bearer another"
        [stopped] = process.answers()
        assert stopped.code == 3
        assert "token" in stopped.err
        counts = stopped.document["counts"]
        assert (counts["refused"], counts["unknown"], counts["done"] + counts["pending"]) == (0, 0, 40)
        writes = sandbox.ledger.effects.created
        refused = forge.call("resume", "last", *FAST)
        assert (refused.code, refused.document["error"]["kind"]) == (2, "token")
        assert sandbox.ledger.effects.created == writes
        resumed = forge.call("resume", "last", *FAST, env={"LEAT_API_KEY": "another"})
        assert (resumed.code, resumed.document["counts"]["done"]) == (0, 40)
    assert sandbox.ledger.effects.created == 40


SHOPS, PROGRAMS = "/shops", "/giftcard-programs"


def listing(*names: str) -> Said:
    """A list of things by these names."""
    data = [{"uuid": name, "name": name, "active": True} for name in names]
    return Said(200, json.dumps({"data": data, "meta": {}}).encode(), {"Content-Type": "application/json"})


def others(sandbox: Sandbox) -> Iterator[dict[str, Said]]:
    """Ten accounts that are not the one the plan saw, by what they answer."""
    shops = [shop["uuid"] for shop in sandbox.shops()]
    programs = [program["uuid"] for program in sandbox.programs()]
    yield {SHOPS: listing(), PROGRAMS: listing()}
    yield {SHOPS: listing()}
    yield {PROGRAMS: listing()}
    yield {SHOPS: listing("another")}
    yield {PROGRAMS: listing("another")}
    yield {SHOPS: listing(*shops[1:])}
    yield {PROGRAMS: listing(*programs[1:])}
    yield {SHOPS: listing(*(shop.upper() + "0" for shop in shops))}
    yield {SHOPS: listing(*programs), PROGRAMS: listing(*shops)}
    yield {SHOPS: listing("new", *shops[:-1]), PROGRAMS: listing("new", *programs[:-1])}


async def test_another_account_is_refused_ten_times_of_ten(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whatever it lacks of what the plan saw; what it has beside that does not matter. Nothing is written."""
    plan = await planned(sandbox, tmp_path, 3)
    told: dict[str, Said] = {}

    def answer(seen: Seen) -> Said | None:
        return next((said for path, said in told.items() if seen.path.startswith(path)), None)

    refused = 0
    with relaying(sandbox, answer) as relay:
        for other in others(sandbox):
            told.clear()
            told.update(other)
            with pytest.raises(WrongAccountError):
                await run_plan(plan, relay.account, YES, home=tmp_path, options=HASTY)
            refused += 1
        assert relay.writes == []
        assert not (tmp_path / "runs").exists()
        shops = [shop["uuid"] for shop in sandbox.shops()]
        told.clear()
        told[SHOPS] = listing("new", *shops)
        report = await run_plan(plan, relay.account, YES, home=tmp_path, options=HASTY)
    assert (refused, report.counts["done"]) == (10, 3)


async def cards_plan(sandbox: Sandbox, folder: Path) -> Plan:
    """A plan to make forty cards with a value."""
    rows = [(f"person{number}@example.com", "10.00") for number in range(40)]
    options = {"program": sandbox.programs()[0]["uuid"], "shop": sandbox.shops()[0]["uuid"]}
    sheet = read_sheet(write_csv(folder / "cards.csv", ("email", "amount"), rows))
    return await make_plan(
        "giftcards.issue",
        sheet,
        account_of(sandbox),
        out=folder / "cards.plan.parquet",
        options=PlanOptions(options=options, decimal=".", rate=None),
    )


WORKERS = 5
STOPPING = [
    ("contacts", r"^/contacts", 60000),
    ("contacts", r"^/contacts", 7002),
    ("contacts", r"^/contacts", 7011),
    ("cards", r"^/giftcards$", 1100),
    ("cards", r"^/giftcards$", 55021),
    ("cards", r"^/giftcards$", 7015),
    ("cards", r"^/giftcards$", 1114),
    ("cards", r"transactions$", 1008),
    ("cards", r"transactions$", 7015),
    ("cards", r"transactions$", 5007),
    ("cards", r"transactions$", 1114),
    ("cards", r"", 60000),
    ("cards", r"", 7002),
    ("cards", r"", 7011),
]


@pytest.mark.parametrize(("what", "path", "code"), STOPPING)
async def test_a_code_about_the_account_stops_the_job_and_not_every_row(
    sandbox: Sandbox, tmp_path: Path, what: str, path: str, code: int
) -> None:
    """No more writes than there are workers come after the first refusal, no row is used up, and a resume does all."""
    contacts = what == "contacts"
    plan = await planned(sandbox, tmp_path, 40) if contacts else await cards_plan(sandbox, tmp_path)
    on = True
    refusals = first = 0

    def answer(seen: Seen) -> Said | None:
        nonlocal refusals, first
        if on and is_write(seen) and re.search(path, seen.path.partition("?")[0]) and len(relay.writes) > 12:
            first = first or len(relay.writes)
            refusals += 1
            return refusal(code)
        return None

    consent = YES if contacts else Consent(confirm=plan.acting)
    options = replace(HASTY, workers=WORKERS)
    with relaying(sandbox, answer) as relay:
        report = await run_plan(plan, relay.account, consent, home=tmp_path, options=options)
        assert report.state == "stopped"
        assert f"{code}" in report.why
        assert 1 <= refusals <= WORKERS
        assert len(relay.writes) - first < WORKERS
        assert (report.counts["refused"], report.counts["unknown"]) == (0, 0)
        assert report.counts["pending"] >= 20
    on = False
    assert (await resume(tmp_path, sandbox, options)).counts["done"] == 40
    assert sandbox.ledger.effects.cards == (0 if contacts else 40)
    assert sandbox.ledger.effects.transactions == (0 if contacts else 40)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_a_request_nor_the_token_elsewhere(
    sandbox: Sandbox, tmp_path: Path, status: int
) -> None:
    """A server of another name listens: planning, running and resuming, it hears nothing."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(*LINES[:6])
    with relaying(sandbox) as elsewhere, forging(place) as forge:
        host = elsewhere.url.replace("127.0.0.1", "localhost")

        def redirect(seen: Seen) -> Said | None:
            return Said(status, b"", {"Location": f"{host}/api/v3/oauth/clients{seen.path}"}) if astray(seen) else None

        def astray(seen: Seen) -> bool:
            return is_write(seen) or not reading_is_fine

        with relaying(sandbox, redirect) as relay:
            env = {"LEAT_BASE_URL": relay.url}
            reading_is_fine = True
            run_ = forge.call("run", str(plan), "--yes", *FAST, env=env)
            assert (run_.code, run_.document["counts"]["done"]) == (3, 0)
            assert "redirect" in run_.err
            reading_is_fine = False
            for command in (("plan", "contacts.upsert", "list.csv", "--out", "p"), ("resume", "last")):
                answer = forge.call(*command, "--json", env=env)
                assert (answer.code, answer.document["error"]["kind"]) == (2, "stopped")
    assert elsewhere.seen == []


EVIL_IDS = (
    "../giftcards",
    "..",
    ".",
    "a/../../giftcards",
    "%2e%2e%2fgiftcards",
    "/etc/passwd",
    "//evil.example/x",
    "http://evil.example/",
    "https://evil.example",
    "a?email=x",
    "a#b",
    "a;b",
    "a\\b",
    "a b",
    "@evil.example",
    "é",
    "\u2024\u2024/x",
    "\uff0e\uff0e",
    "x" * 65,
)


async def test_no_id_of_a_file_leads_off_its_path(sandbox: Sandbox, tmp_path: Path) -> None:
    """In every column that takes an id: each such row is invalid, and no request leaves the paths of the API."""
    fields = {"contacts.update": ("uuid", "firstname"), "contacts.delete": ("uuid",), "giftcards.enrich": ("uuid",)}
    for job, columns in fields.items():
        rows = [(evil, "x")[: len(columns)] for evil in EVIL_IDS]
        sheet = read_sheet(write_csv(tmp_path / "evil.csv", columns, rows), delimiter=",")
        options = {"type": "DEFAULT"} if job == "contacts.delete" else {}
        plan = await make_plan(
            job,
            sheet,
            account_of(sandbox),
            out=tmp_path / f"{job}.parquet",
            options=PlanOptions(options=options, rate=None),
        )
        assert plan.counts["invalid"] == len(EVIL_IDS), job
    assert sandbox.ledger.violations == []
    assert all(re.fullmatch(r"/[a-z0-9/-]+", entry.path) for entry in sandbox.ledger.entries)


EVIL_URLS = (
    "http://api.piggy.eu",
    "https://api.piggy.eu.evil.example",
    "https://evil.example/api.piggy.eu",
    "https://api.piggy.eu@evil.example",
    "https://user:pw@api.piggy.eu",
    "https://api.piggy.eu/../x",
    "https://api.piggy.eu/x/api/v3/oauth/clients",
    "https://api.piggy.eu?x=1",
    "https://api.piggy.eu#x",
    "https://api.piggy.eu\\@evil.example",
    "https://xn--pi-fka.eu",
    "https://api.piggy.eu\u3002evil.example",
    "ftp://api.piggy.eu",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//api.piggy.eu",
    "api.piggy.eu",
    "https://127.0.0.1.evil.example",
    "http://0x7f.1.evil.example",
    "http://169.254.169.254/latest",
    "https://[::ffff:10.0.0.1]",
    "https://api.piggy.eu:99999",
    "https://api.piggy.eu\n.evil.example",
    "https://api.piggy.eu%2eevil.example",
)


@pytest.mark.parametrize("url", EVIL_URLS)
def test_a_hostile_base_url_is_refused(url: str) -> None:
    """Before there is an account, and so before there is anybody to send a token."""
    with pytest.raises(LeatopsError):
        Account(url, Secret("canary"))


QUICK: tuple[Kind, ...] = ("lost_after",)
ALL: tuple[Kind, ...] = ("lost_after", "500", "502", "garbage", "html", "wrong_type", "429", "503")


Rows = list[tuple[str, ...]]


def plan_of_every_job(sandbox: Sandbox) -> Iterator[tuple[str, dict[str, str], Rows]]:
    """A job, its options and a file it takes, for each job there is."""
    store = sandbox.store
    known = [c for c in store.order if not c.anonymous][:4]
    nobody = next(c for c in store.order if c.anonymous)
    card = store.cards.all[0]
    uuids: Rows = [("uuid",), *((c.uuid,) for c in known), ("unknown-1",)]
    emails: Rows = [("email", "firstname"), *((c.email, "Zoë") for c in known), ("new@example.org", "Zoë")]
    program, shop = sandbox.programs()[0]["uuid"], sandbox.shops()[0]["uuid"]
    files: dict[str, tuple[dict[str, str], Rows]] = {
        "contacts.create": ({}, emails),
        "contacts.upsert": ({}, emails),
        "contacts.update": ({}, emails),
        "contacts.anonymous": ({}, [("identifier",), ("NEW-1",), ("NEW-2",)]),
        "contacts.claim": (
            {"allow_merge": "true"},
            [("uuid", "email"), (nobody.uuid, "claimed@example.org"), (nobody.uuid, known[0].email)],
        ),
        "contacts.merge": ({}, [("source", "destination"), (known[0].email, known[1].uuid)]),
        "contacts.delete": ({"type": "GDPR"}, uuids),
        "contacts.enrich": ({"balances": "true", "tier": "true", "identifiers": "true"}, uuids),
        "giftcards.issue": (
            {"program": program, "shop": shop, "amount": "10.00", "send": "true", "email_uuid": program},
            [("email",), *((c.email,) for c in known)],
        ),
        "giftcards.send": ({"email_uuid": program}, [("uuid", "email"), (card.uuid, known[0].email)]),
        "giftcards.enrich": ({}, [("uuid",), (card.uuid,)]),
    }
    assert set(files) == set(JOBS)
    for job, (options, rows) in files.items():
        yield job, options, rows


@pytest.mark.parametrize("kinds", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)], ids=["quick", "all"])
async def test_planning_writes_nothing_for_any_job_whatever_goes_wrong(
    sandbox: Sandbox, tmp_path: Path, kinds: tuple[Kind, ...]
) -> None:
    """By the server's count: by list and by find, well and under each fault, whether a plan comes of it or not."""
    tried = made = 0
    for job, options, rows in plan_of_every_job(sandbox):
        sheet = read_sheet(write_csv(tmp_path / "in.csv", rows[0], rows[1:]), delimiter=",")
        for number, kind in enumerate((None, *kinds)):
            faults = () if kind is None else (Fault(kind=kind, after=2, every=3, times=3, retry_after=0),)
            sandbox.set_faults(*faults)
            tried += 1
            try:
                await make_plan(
                    job,
                    sheet,
                    account_of(sandbox),
                    out=tmp_path / f"{job}.parquet",
                    options=PlanOptions(options=options, rate=None, lookup="find" if number % 2 else "auto"),
                )
                made += 1
            except LeatopsError:
                assert kind is not None, job
    assert tried == len(JOBS) * (1 + len(kinds))
    assert made >= tried / 2
    assert sandbox.ledger.writes == 0
    assert sandbox.ledger.violations == []
