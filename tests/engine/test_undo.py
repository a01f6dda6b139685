"""Undoing runs against a sandbox: what is restored, what is held and why, and what has no undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl
import pytest

from ops.browse import Browser
from ops.diff import Attribute
from ops.draft import PlanOptions
from ops.errors import OptionError, RunError, WrongAccountError
from ops.fields import Kind, canonical_value
from ops.jobs import JOBS
from ops.leat.profile import Account, Secret
from ops.lookup import Current, How
from ops.mapping import MappedColumn, Mapping, Rule
from ops.plan import Plan, write_plan
from ops.report import Report
from ops.restore import deeds, restored
from ops.runs import RunFolder, Runs
from ops.sandbox import Fault, SandboxConfig
from ops.sandbox.records import Contact
from ops.undo import make_undo, no_undo
from tests.conftest import MakeSandbox
from tests.engine.files import account_of
from tests.engine.jobs.trial import Trial, counts, lines_of, told, verdicts
from tests.leat.wire import answering, http, talking

KINDS = {
    "firstname": Kind.TEXT,
    "housenumber": Kind.NUMBER,
    "vip": Kind.BOOLEAN,
    "favorite_color": Kind.CHOICE,
    "newsletter_topics": Kind.CHOICES,
    "member_since": Kind.DATE,
    "last_visit": Kind.DATE_TIME,
    "work_phone": Kind.PHONE,
    "remarks": Kind.TEXT,
}
FIRST: dict[str, object] = {
    "firstname": 'Zoë "de" {Wit}, a:b\n\\',
    "housenumber": 12,
    "vip": "false",
    "favorite_color": "RED",
    "newsletter_topics": "TEA;COFFEE",
    "member_since": "2019-02-03",
    "last_visit": "2024-05-06T07:08:09+00:00",
    "work_phone": "+31 6 1234 5678",
    "remarks": "[1, 2]",
}
OTHER = ("Anna", "13", "yes", "Groen", "Lunch;Koffie", "2020-12-31", "2025-01-02T03:04:05+02:00", "+31201234567", "x")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the developer's own."""
    monkeypatch.setenv("LEATOPS_HOME", str(tmp_path / "home"))


@pytest.fixture
def trial(make_sandbox: MakeSandbox, tmp_path: Path) -> Trial:
    """Two hundred contacts."""
    return Trial(make_sandbox(SandboxConfig(contacts=200, settle_delay=0.05, async_lag=0.05)), tmp_path)


def set_values(trial: Trial, contact: Contact, values: dict[str, object]) -> None:
    """Somebody else changes a contact."""
    trial.sandbox.store.update(contact, values)


def values_of(trial: Trial, *contacts: Contact) -> list[dict[str, str | None]]:
    """What contacts hold, in the form in which it is compared."""
    found = [trial.sandbox.store.values(contact) for contact in contacts]
    return [{name: canonical_value(kind, one.get(name)) for name, kind in KINDS.items()} for one in found]


async def undo(trial: Trial, report: Report, lookup: How = "auto") -> Plan:
    """The plan that undoes a run; it has sent no write."""
    writes = trial.sandbox.ledger.writes
    out = trial.folder / f"{report.run}.undo.plan.parquet"
    how = PlanOptions(rate=None, lookup=lookup)
    plan = await make_undo(RunFolder(report.folder), account_of(trial.sandbox), out=out, options=how)
    assert trial.sandbox.ledger.writes == writes
    assert plan.meta.rows == sum(plan.counts.values()) == report.rows
    return plan


async def run_of(trial: Trial, job: str, header: Sequence[str], rows: Sequence[Sequence[str]], **rules: Rule) -> Report:
    """A run of a file whose columns are named like fields, by these rules."""
    columns = [MappedColumn(name, name, rules.get(name, Rule.OVERWRITE)) for name in header]
    return await trial.run(await trial.plan(job, header, rows, mapping=Mapping(tuple(columns))))


@pytest.mark.parametrize("lookup", ["list", "find"])
async def test_values_of_every_type_are_restored(trial: Trial, lookup: How) -> None:
    """Texts, numbers, booleans, options, days and moments; of contacts that had values, and of one that had none."""
    full, bare, mixed = trial.known(3)
    set_values(trial, full, FIRST)
    set_values(trial, bare, dict.fromkeys(KINDS))
    set_values(trial, mixed, {**FIRST, "housenumber": None, "vip": None, "newsletter_topics": None})
    before = values_of(trial, full, bare, mixed)
    report = await run_of(trial, "contacts.update", ("uuid", *KINDS), [(c.uuid, *OTHER) for c in (full, bare, mixed)])
    assert counts(report) == {"done": 3}
    changed = values_of(trial, full, bare, mixed)
    assert all(one[name] != two[name] for one, two in zip(before, changed, strict=True) for name in KINDS)

    plan = await undo(trial, report, lookup)
    assert verdicts(plan) == [("update", "")] * 3
    assert plan.meta.lookup.how == lookup
    assert counts(await trial.run(plan)) == {"done": 3}
    assert values_of(trial, full, bare, mixed) == before


async def test_what_is_sent_back_has_the_form_of_its_type(trial: Trial) -> None:
    """A boolean that the account shows as a text is sent as a boolean, and an empty value as null."""
    [one] = trial.known(1)
    set_values(trial, one, {"vip": "true", "housenumber": 7, "city": None})
    report = await run_of(
        trial, "contacts.update", ("uuid", "vip", "housenumber", "city"), [(one.uuid, "no", "8", "X")]
    )
    [line] = lines_of(await undo(trial, report))
    assert line.before == {"vip": "false", "housenumber": 8, "city": "X"}
    assert line.after == {"vip": True, "housenumber": 7, "city": None}


async def test_values_that_a_run_cleared_or_filled_are_restored(trial: Trial) -> None:
    """`clear` brings nothing in place of something, `if_empty` something in place of nothing; both go back."""
    one, two = trial.known(2)
    set_values(trial, one, FIRST)
    set_values(trial, two, dict.fromkeys(KINDS))
    before = values_of(trial, one, two)
    report = await run_of(
        trial,
        "contacts.update",
        ("uuid", "remarks", "firstname", "housenumber"),
        [(one.uuid, "", "Anna", "99"), (two.uuid, "", "Bert", "98")],
        remarks=Rule.CLEAR,
        firstname=Rule.IF_EMPTY,
        housenumber=Rule.IF_EMPTY,
    )
    assert values_of(trial, one)[0]["remarks"] is None
    plan = await undo(trial, report)
    first, second = lines_of(plan)
    assert first.after == {"remarks": FIRST["remarks"]}
    assert second.after == {"firstname": None, "housenumber": None}
    assert {one.rule for one in plan.meta.mapping} == {"overwrite"}
    await trial.run(plan)
    assert values_of(trial, one, two) == before


async def test_an_undo_can_be_undone(trial: Trial) -> None:
    """Its plan has the values from before, too; what it did is what the next one takes back."""
    [one] = trial.known(1)
    set_values(trial, one, FIRST)
    before = values_of(trial, one)
    report = await run_of(trial, "contacts.update", ("uuid", *KINDS), [(one.uuid, *OTHER)])
    after = values_of(trial, one)
    back = await trial.run(await undo(trial, report))
    assert values_of(trial, one) == before
    forth = await undo(trial, back)
    assert forth.meta.undoes == back.run
    assert counts(await trial.run(forth)) == {"done": 1}
    assert values_of(trial, one) == after


async def test_what_was_changed_since_is_held_with_both_values(trial: Trial) -> None:
    """Whichever field it is; what stands as before already is the same, and a contact that has gone is held."""
    contacts = trial.known(6)
    for each in contacts:
        set_values(trial, each, {"city": "Hoorn", "housenumber": 1, "remarks": "y"})
    rows = [(c.uuid, "Edam", "2", "z") for c in contacts]
    report = await run_of(trial, "contacts.update", ("uuid", "city", "housenumber", "remarks"), rows)
    drifted, back, half, emptied, gone, two = contacts
    set_values(trial, drifted, {"city": 'Volendam "W"'})
    set_values(trial, back, {"city": "Hoorn", "housenumber": 1, "remarks": "y"})
    set_values(trial, half, {"housenumber": 1})
    set_values(trial, emptied, {"city": None})
    await trial.run(await trial.plan("contacts.delete", ("uuid",), [(gone.uuid,)], type="GDPR"))
    set_values(trial, two, {"city": "x" * 200, "housenumber": 3})

    plan = await undo(trial, report)
    lines = lines_of(plan)
    assert [line.verb for line in lines] == ["held", "same", "update", "held", "held", "held"]
    assert lines[0].reason == r'changed since the run: city was set to "Edam" by the run and is now "Volendam \"W\""'
    assert lines[1].reason == "as before the run already"
    assert lines[2].after == {"city": "Hoorn", "remarks": "y"}
    assert lines[3].reason == 'changed since the run: city was set to "Edam" by the run and is now empty'
    assert lines[4].reason == "not found: the account has no such contact"
    assert lines[5].reason.endswith("…; housenumber was set to 2 by the run and is now 3")
    assert len(lines[5].reason) < 250
    assert "3 rows were changed since the run and held" in plan.meta.notes[1]
    await trial.run(plan)
    assert trial.sandbox.store.values(half)["city"] == "Hoorn"
    assert trial.sandbox.store.values(drifted)["city"] == 'Volendam "W"'


async def test_what_changes_between_the_plan_and_its_run_is_held_by_the_recheck(trial: Trial) -> None:
    """The plan of an undo has the values it saw, like any other."""
    one, two = trial.known(2)
    report = await run_of(trial, "contacts.update", ("uuid", "city"), [(one.uuid, "Edam"), (two.uuid, "Edam")])
    plan = await undo(trial, report)
    set_values(trial, two, {"city": "Alkmaar"})
    back = await trial.run(plan, recheck="always")
    assert told(back, "_status", "_message") == [
        ("done", None),
        ("held", "changed since the plan: city was 'Edam' and is now 'Alkmaar'"),
    ]


async def test_spelling_alone_is_no_change(trial: Trial) -> None:
    """A number that comes back as a text, options in another order, a moment in another zone."""
    [one] = trial.known(1)
    set_values(trial, one, FIRST)
    before = values_of(trial, one)
    report = await run_of(trial, "contacts.update", ("uuid", *KINDS), [(one.uuid, *OTHER)])
    set_values(
        trial,
        one,
        {"housenumber": "13.0", "newsletter_topics": "COFFEE;LUNCH", "last_visit": "2025-01-02T01:04:05Z"},
    )
    plan = await undo(trial, report)
    assert verdicts(plan) == [("update", "")]
    await trial.run(plan)
    assert values_of(trial, one) == before


async def test_an_upserts_updates_are_restored_and_its_creates_stay(trial: Trial) -> None:
    """Said for each row and once for the plan; rows of which nothing was done are the same; columns and order stay."""
    one, two = trial.known(2)
    set_values(trial, one, {"city": "Hoorn"})
    set_values(trial, two, {"city": "Edam"})
    rows = [
        ("new@example.org", "Edam", "007"),
        (one.email, "Edam", "=1"),
        ("no address", "x", ""),
        (two.email, "Edam", ""),
        ("twice@example.org", "x", ""),
        ("twice@example.org", "x", ""),
    ]
    columns = Mapping((MappedColumn("email", "email"), MappedColumn("city", "city")))
    upsert = await trial.plan("contacts.upsert", ("email", "city", "note"), rows, mapping=columns)
    assert no_undo(upsert) == "1 contact is created; contacts.delete erases contacts, for good"
    report = await trial.run(upsert)
    plan = await undo(trial, report)
    assert verdicts(plan) == [
        ("held", "created by this run"),
        ("update", ""),
        ("same", "nothing was done here"),
        ("same", "nothing was done here"),
        ("same", "nothing was done here"),
        ("same", "nothing was done here"),
    ]
    lines = lines_of(plan)
    made = trial.sandbox.store.contacts_by_email("new@example.org")[0].uuid
    assert (lines[0].target, lines[0].key) == (made, "new@example.org")
    assert "contacts.delete" in lines[0].reason
    assert lines[2].reason == "nothing was done here: the row was invalid"
    assert any(note.startswith("No undo: 1 contact that the run created stays") for note in plan.meta.notes)
    assert (plan.meta.job, plan.meta.source.name) == ("contacts.update", f"undo of {report.run}")
    assert no_undo(plan) == ""
    assert Browser.open(plan).detail(1).cells == {"email": one.email, "city": "Edam", "note": "=1"}

    back = await trial.run(plan)
    assert counts(back) == {"done": 1, "held": 1, "same": 4}
    assert told(back, "email", "_status")[:2] == [("new@example.org", "held"), (one.email, "done")]
    assert trial.sandbox.store.values(one)["city"] == "Hoorn"
    assert not list((trial.home / "mappings").glob("contacts.update*"))


async def test_refused_rows_are_the_same_and_made_contacts_are_held(trial: Trial) -> None:
    """An upsert whose update is refused has made its contact all the same."""
    [one] = trial.known(1)
    too_long = "x" * 300
    rows = [(one.email, too_long), ("new@example.org", too_long)]
    report = await run_of(trial, "contacts.upsert", ("email", "city"), rows)
    assert counts(report) == {"refused": 2}
    known, new = lines_of(await undo(trial, report))
    assert (known.verb, known.reason) == ("same", "nothing was done here: the server refused it")
    assert (new.verb, new.why) == ("held", "created by this run")


async def test_unknown_rows_are_held_until_the_run_is_settled(trial: Trial) -> None:
    """The note says so, too."""
    [one] = trial.known(1)
    plan = await trial.plan("contacts.update", ("uuid", "city"), [(one.uuid, "Edam")])
    trial.sandbox.set_faults(Fault(kind="lost_after", on="writes"))
    report = await trial.run(plan, patience=trial.patience(repeats=0))
    trial.sandbox.set_faults()
    assert counts(report) == {"unknown": 1}
    undone = await undo(trial, report)
    assert verdicts(undone) == [("held", "unknown outcome")]
    assert undone.meta.notes == ("1 outcome is unknown: settle the run, then undo it again.",)


async def test_a_run_that_stopped_is_undone_as_far_as_it_went(trial: Trial) -> None:
    """The rest is said to be pending, and the plan says that the run has not ended."""
    contacts = trial.known(40)
    rows = [(c.uuid, "Edam" if n else "", "" if n else "x") for n, c in enumerate(contacts)]
    plan = await trial.plan("contacts.update", ("uuid", "city", "housenumber"), rows)
    assert plan.counts["invalid"] == 1
    trial.sandbox.set_faults(Fault(kind="401", on="writes", after=10))
    report = await trial.run(plan, workers=2)
    trial.sandbox.set_faults()
    done = report.counts["done"]
    assert report.state == "stopped"
    assert 0 < done < 39
    undone = await undo(trial, report)
    assert undone.counts["update"] == done
    assert any(note.startswith("The run has not ended") for note in undone.meta.notes)
    with RunFolder(report.folder).held():
        going = await undo(trial, report)
    assert any(note.startswith("The run is still going on") for note in going.meta.notes)


def test_rows_that_cannot_be_restored_for_sure_are_held() -> None:
    """An attribute that cannot be written any more, a value that is no plain one; the others are restored."""
    window = pl.DataFrame(
        {
            "row": [1, 2, 3],
            "key": ["a", "b", "c"],
            "uuid": ["u1", "u2", "u3"],
            "verb": ["update"] * 3,
            "status": ["done"] * 3,
            "steps": ["update:done"] * 3,
            "before": ['{"x":null}', '{"y":1}', '{"y":{"deep":1}}'],
            "after": ['{"x":"new"}', '{"y":2}', '{"y":2}'],
        }
    )
    there = {"uuid": ["u1", "u2", "u3"], "now.x": ['"new"', None, None], "now.y": [None, "2", "2"]}
    contacts = pl.DataFrame(there).with_columns(pl.lit(None, pl.String).alias(n) for n in ("email", "email.key"))
    attributes = (Attribute("x", Kind.TEXT), Attribute("y", Kind.NUMBER))
    found = restored(deeds(window, ("x", "y")), attributes, Current(contacts, "list", ""), {"y"})
    assert found["verb"].to_list() == ["held", "update", "held"]
    assert found["reason"].to_list() == [
        "x cannot be written in this account any more",
        None,
        "what the run changed here cannot be told from its plan",
    ]


async def test_another_account_is_refused(trial: Trial) -> None:
    """The shops and programmes that the run's plan saw must be there."""
    [one] = trial.known(1)
    report = await run_of(trial, "contacts.update", ("uuid", "city"), [(one.uuid, "Edam")])
    other = b'{"data":[{"uuid":"other","name":"Another shop"}],"meta":[]}'
    async with talking(answering(http(200, other, "Connection: close"))) as line:
        account = Account(f"http://127.0.0.1:{line.port}", Secret("t"))
        with pytest.raises(WrongAccountError):
            await make_undo(RunFolder(report.folder), account, options=PlanOptions(rate=None))


@pytest.mark.parametrize("job", [job for job in JOBS if job not in {"contacts.update", "contacts.upsert"}])
async def test_other_jobs_have_no_undo_and_say_why(trial: Trial, job: str) -> None:
    """And what to do instead; nothing is read of the account."""
    [one] = trial.known(1)
    plan = await trial.plan("contacts.update", ("uuid", "city"), [(one.uuid, "Edam")])
    meta = msgspec.structs.replace(plan.meta, job=job)
    made = write_plan(trial.folder / "x.parquet", meta, plan.diff(), pl.DataFrame({"uuid": [one.uuid]}))
    folder = Runs(trial.home).claim(made, {})
    requests = trial.sandbox.ledger.requests
    with pytest.raises(RunError) as refused:
        await make_undo(folder, account_of(trial.sandbox), options=PlanOptions(rate=None))
    assert refused.value.message == f"{folder.id} has no undo: {JOBS[job].undo}."
    assert no_undo(made) == JOBS[job].undo
    assert trial.sandbox.ledger.requests == requests


async def test_a_plan_never_lies_among_the_runs_own_files(trial: Trial) -> None:
    """There it would take the place of the plan that was run."""
    [one] = trial.known(1)
    report = await run_of(trial, "contacts.update", ("uuid", "city"), [(one.uuid, "Edam")])
    with pytest.raises(OptionError):
        await make_undo(RunFolder(report.folder), account_of(trial.sandbox), out=report.folder / "plan.parquet")
