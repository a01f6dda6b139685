"""What is left of people who were erased: a receipt without them, no uuid once they are gone, older data named."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import polars as pl
import pytest

from ops.draft import PlanOptions
from ops.erasure import Trace, everybody, older_runs, purge
from ops.events import READ_BACK, Event, Look, Mark
from ops.fields import Field, Kind, email_key
from ops.files import replacing
from ops.jobs import JOBS
from ops.jobs.base import State
from ops.jobs.contacts_create import EMAIL, CreateContacts
from ops.journal import Journal
from ops.notebook import Consent, run_plan
from ops.plan import WINDOW, Plan
from ops.planner import make_plan
from ops.report import Report, report_again
from ops.runs import RunFolder, Runs
from ops.sandbox import SandboxConfig
from ops.sheet import read_sheet
from tests.conftest import MakeSandbox
from tests.engine.files import QUICK, account_of, write_csv
from tests.engine.made import Line, Made, ended, made_plan, made_run, step


def uuid(number: int) -> str:
    """Unlike the others from its first letter on, so that a byte search finds it in a compressed plan."""
    return str(uuid5(NAMESPACE_URL, str(number)))


class Erase(CreateContacts):
    name = "test.erase"
    fields = (EMAIL, Field("reference", Kind.TEXT, "Reference", "the number of the request"))
    private = True


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, Erase.name, Erase)


def private_plan(path: Path, count: int = 6) -> Plan:
    """Five rows that act and one that is held, of which the plan knows a uuid and a reference each."""
    lines = [Line("delete", None, uuid(n)) for n in range(1, count)]
    references: list[str | None] = [f"REQ-{n}" for n in range(1, count)]
    return made_plan(
        path,
        Made(
            "test.erase",
            [*lines, Line("held", None, None, "not found")],
            {"Ref": [*references, "=REQ"]},
            {"Ref": "reference"},
            {"type": "GDPR"},
        ),
    )


def private_run(home: Path, plan: Plan) -> RunFolder:
    """One gone, one accepted only, one refused, one in doubt, one not begun."""
    accepted = [
        step(1, 0, "delete"),
        step(2, 0, "delete"),
        step(3, 0, "delete", Mark.REFUSED),
        ended(3, State.REFUSED, message="delete: 55031"),
        step(4, 0, "delete", Mark.INTENT),
    ]
    gone = [step(1, 1, "gone"), ended(1), ended(2, State.UNKNOWN, message="accepted, not confirmed")]
    return made_run(home, plan, accepted, gone, plan_path=str(plan.path))


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_receipt_says_what_can_be_shown_of_each_request(tmp_path: Path) -> None:
    """Accepted and gone are told apart, each with its time; the person is not in it."""
    report = report_again(private_run(tmp_path, private_plan(tmp_path / "plan")))
    assert report.files.receipt is not None
    assert report.files.receipt.stat().st_mode & 0o777 == 0o600
    assert report.document()["files"]["receipt"] == str(report.files.receipt)
    receipt = json.loads(report.files.receipt.read_text())
    erasures = receipt.pop("erasures")
    started = receipt.pop("started")
    assert started.endswith("Z")
    held = receipt.pop("still_held_in")
    sha256 = held.pop("input_sha256")
    assert sha256 == Plan.load(report.folder / "plan.parquet").meta.source.sha256
    told = f"the input file (.csv, SHA-256 {sha256[:8]}…); its name is not kept: `sha256sum FILE` tells whether a file"
    assert held == {
        "input": f"{told} is the one",
        "note": "leatops does not touch files outside its home",
        "home": [],
    }
    assert receipt == {
        "run": report.run,
        "job": "test.erase",
        "type": "GDPR",
        "rows": 6,
        "confirmed_gone": 1,
        "accepted_not_confirmed": 1,
        "not_erased": 3,
        "unknown": 1,
    }
    assert erasures[0] == {
        "row": 1,
        "reference": "REQ-1",
        "accepted_at": "2023-11-14T22:13:20Z",
        "confirmed_gone_at": "2023-11-14T22:14:20Z",
        "state": "confirmed_gone",
    }
    assert [one["state"] for one in erasures[1:]] == [
        "accepted_not_confirmed",
        "not_erased",
        "unknown",
        "not_erased",
        "not_erased",
    ]
    assert erasures[1]["confirmed_gone_at"] is None
    assert erasures[5]["reference"] == "=REQ"


def test_the_tables_of_an_erasure_lead_back_by_row_and_reference(tmp_path: Path) -> None:
    """No uuid stands in any file that is written for people or scripts."""
    report = report_again(private_run(tmp_path, private_plan(tmp_path / "plan")))
    assert report.results.columns == ["_row", "Ref", "_verb", "_status", "_code", "_message", "_steps"]
    assert report.results["Ref"].to_list()[-1] == "'=REQ"
    assert pl.read_csv(report.files.retry, infer_schema=False).rows() == [("3", "REQ-3")]
    doubts = pl.read_csv(report.files.unknown, infer_schema=False)
    assert doubts.columns == ["_row", "Ref", "_step", "_since", "_message"]
    assert doubts["_row"].to_list() == ["2", "4"]
    written = [path for path in report.folder.iterdir() if path.name != "plan.parquet"]
    assert len(written) >= 8
    assert not any(uuid(n).encode() in path.read_bytes() for path in written for n in range(6))


def test_the_uuid_of_who_is_gone_is_gone(tmp_path: Path) -> None:
    """From the run's plan and from the plan file; both stay the plan that was run, row for row."""
    plan = private_plan(tmp_path / "plan")
    run = private_run(tmp_path / "home", plan)
    started, before = run.started, run.plan.meta
    assert uuid(1).encode() in all_bytes(tmp_path)
    assert purge(run) == 1
    assert uuid(1).encode() not in all_bytes(tmp_path)
    for path in (plan.path, run.plan.path):
        left = Plan.load(path)
        left.verify()
        assert left.meta == before
        assert left.diff()["target"].to_list() == [None, *(uuid(n) for n in range(2, 6)), None]
        assert path.stat().st_mode & 0o777 == 0o600
    assert run.started == started
    assert purge(run) == 0


def targets(run: RunFolder) -> list[bool]:
    """Of which rows the plan still knows whom they are about."""
    return run.plan.diff()["target"].is_not_null().to_list()


def test_whoever_the_account_does_not_know_goes_as_well(tmp_path: Path) -> None:
    """Held since the contact had gone, or refused at once for the same reason; for other reasons they stay."""
    events = [
        ended(1, State.HELD, code=55031),
        *(step(2, 0, "delete", Mark.REFUSED), ended(2, State.REFUSED, code=55031)),
        *(step(3, 0, "delete", Mark.REFUSED), ended(3, State.REFUSED, code=1003)),
        ended(4, State.HELD, message="changed since the plan"),
        *(step(5, 0, "delete"), ended(5, State.UNKNOWN, code=55031)),
    ]
    run = made_run(tmp_path, private_plan(tmp_path / "plan"), events)
    assert purge(run) == 2
    assert targets(run) == [False, False, True, True, True, False]


def test_a_row_that_has_not_ended_keeps_its_uuid(tmp_path: Path) -> None:
    """Seen to be gone, then the power went: whoever goes on with the row needs to know whom it is about."""
    begun = [step(1, 0, "delete"), step(1, 1, "gone")]
    run = made_run(tmp_path, private_plan(tmp_path / "plan"), begun)
    assert purge(run) == 0
    journal = Journal.open(run.journal_path)
    journal.post(ended(1))
    journal.close()
    assert purge(run) == 1


def test_whoever_is_seen_again_is_not_gone(tmp_path: Path) -> None:
    """A look back that finds the contact keeps its uuid and takes the confirmation off the receipt."""
    events = [step(1, 0, "delete"), step(1, 1, "gone"), ended(1)]
    look = Event(1, READ_BACK, "read_back", 1, Look.MISMATCH.value)
    run = made_run(tmp_path, private_plan(tmp_path / "plan"), events, [look])
    report = report_again(run)
    assert targets(run)[0]
    assert report.files.receipt is not None
    [first, *_] = json.loads(report.files.receipt.read_text())["erasures"]
    assert (first["state"], first["confirmed_gone_at"]) == ("accepted_not_confirmed", None)
    journal = Journal.open(run.journal_path)
    journal.post(look._replace(state=Look.VERIFIED.value))
    journal.close()
    report_again(run)
    assert not targets(run)[0]


def test_a_purge_keeps_the_order_and_the_row_groups_of_a_long_plan(tmp_path: Path) -> None:
    """So that readers still hold one window at a time."""
    plan = private_plan(tmp_path / "plan", 2 * WINDOW + 11)
    rows = (1, WINDOW, WINDOW + 1, 2 * WINDOW + 10)
    run = made_run(tmp_path, plan, [event for row in rows for event in (step(row, 1, "gone"), ended(row))])
    assert purge(run) == 4
    for window in run.plan.windows():
        assert window["row"].is_sorted()
    frame = run.plan.diff()
    assert frame["row"].to_list() == list(range(1, 2 * WINDOW + 12))
    assert frame.filter(pl.col("target").is_null())["row"].to_list() == [*rows, 2 * WINDOW + 11]
    run.plan.verify()


def test_a_run_that_is_held_is_left_to_its_holder(tmp_path: Path) -> None:
    """Nobody rewrites a plan under a process that works on it; its report does it later."""
    run = private_run(tmp_path, private_plan(tmp_path / "plan"))
    with run.held():
        assert purge(run) == 0
    (run.path / ".plan.parquet.0a_b1c2d").write_text(uuid(1))
    (tmp_path / ".plan.0a_b1c2d").write_text(uuid(1))
    report_again(run)
    assert uuid(1).encode() not in all_bytes(tmp_path)


def test_other_jobs_and_other_plans_keep_their_targets(tmp_path: Path) -> None:
    """Only a private job's plan is purged, and only the file that still is that plan."""
    public = made_plan(tmp_path / "public", Made("contacts.create", [Line("create", "a@x.nl", uuid(1))]))
    assert purge(made_run(tmp_path, public, [step(1, 0, "gone")])) == 0
    plan = private_plan(tmp_path / "plan")
    run = private_run(tmp_path, plan)
    other = private_plan(tmp_path / "plan", 9)
    assert purge(run) == 1
    assert other.diff()["target"].null_count() == 1


def test_a_plan_file_that_cannot_be_changed_is_named(tmp_path: Path) -> None:
    """In the receipt and for the person, beside the input; the run's own plan is purged all the same."""
    # No temporary name fits beside so long a name.
    plan = private_plan(tmp_path / "plan")
    plan = Plan.load(plan.path.rename(tmp_path / ("p" * 250)))
    run = private_run(tmp_path, plan)
    report = report_again(run)
    assert report.held_outside == (plan.meta.made_from, str(plan.path))
    assert report.files.receipt is not None
    assert json.loads(report.files.receipt.read_text())["still_held_in"]["plan"] == str(plan.path)
    assert run.plan.diff()["target"].null_count() == 2


def test_a_plan_file_whose_rows_are_damaged_is_named(tmp_path: Path) -> None:
    """It may still hold the ids; what it says of itself is whole."""
    plan = private_plan(tmp_path / "plan")
    run = private_run(tmp_path, plan)
    whole = plan.path.read_bytes()
    rows = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    plan.path.write_bytes(whole[:4] + bytes(rows - 4) + whole[rows:])
    assert Plan.load(plan.path).checksum == plan.checksum
    assert report_again(run).held_outside == (plan.meta.made_from, str(plan.path))
    assert holders(tmp_path, [None], [uuid(1)]) == []


def holders(home: Path, emails: list[str | None], uuids: list[str | None]) -> list[Trace]:
    rows = pl.DataFrame({"uuid": uuids, "email": emails}, schema={"uuid": pl.String, "email": pl.String})
    rows = rows.with_columns(email_key(pl.col("email")).alias("email.key"))
    return older_runs(home, everybody(rows, rows.select("uuid", "email.key").clear()))


def test_older_runs_that_hold_data_of_the_people_are_named(tmp_path: Path) -> None:
    """By address as it is compared, by uuid, in any column, in the journal; each person counts once a run."""
    first = Made("contacts.create", [Line("create", "JAN@x.nl", uuid(1))] * 2, {"mail": ["x", "Weiß@X.nl "]})
    a = made_run(tmp_path, made_plan(tmp_path / "plans" / "a.parquet", first), [ended(1, uuid=uuid(7))])
    second = Made("contacts.create", [Line("create", "piet@x.nl")], {"note": ["nobody"]})
    b = made_run(tmp_path, made_plan(tmp_path / "plans" / "b.parquet", second), [ended(1, uuid=uuid(2))])
    asked = holders(
        tmp_path,
        ["jan@x.nl", "weiß@x.nl", "weiss@x.nl", None, None],
        [uuid(1).upper(), None, None, uuid(2), uuid(7)],
    )
    assert sorted(asked, key=lambda trace: trace.where) == sorted(
        [Trace(a.id, 3, is_run=True), Trace(b.id, 1, is_run=True), Trace(str(tmp_path / "plans/a.parquet"), 2, False)],
        key=lambda trace: trace.where,
    )
    assert holders(tmp_path, ["nobody@x.nl"], [None]) == []


def test_people_are_counted_by_what_the_file_and_the_account_know_of_them() -> None:
    """Rows that share a key are one person; whom the account does not know is known by the row alone."""
    rows = pl.DataFrame(
        {
            "uuid": ["U1", None, None, "U3", None, "U5", None],
            "email.key": ["a@x.nl", "b@x.nl", "two@x.nl", None, "gone@x.nl", "e@x.nl", None],
        }
    )
    contacts = pl.DataFrame(
        {
            "uuid": ["U1", "u2", "u7", "u8", "U3", "u9"],
            "email.key": ["new@x.nl", "b@x.nl", "two@x.nl", "two@x.nl", "b@x.nl", "else@x.nl"],
        }
    )
    found = everybody(rows, contacts).group_by("person").agg(pl.col("key").sort()).sort("person")
    assert found["key"].to_list() == [
        ["a@x.nl", "new@x.nl", "u1"],
        ["b@x.nl", "u2", "u3"],
        ["two@x.nl", "u7", "u8"],
        ["gone@x.nl"],
        ["e@x.nl", "u5"],
    ]
    assert everybody(rows.select("uuid"), contacts)["key"].sort().to_list() == ["b@x.nl", "new@x.nl", "u1", "u3", "u5"]
    assert everybody(rows.clear(), contacts).is_empty()


def test_damaged_runs_and_runs_in_the_making_are_no_obstacle(tmp_path: Path) -> None:
    """What can be read of them counts."""
    plan = made_plan(tmp_path / "plans" / "a.parquet", Made("contacts.create", [Line("create", "jan@x.nl")]))
    run = made_run(tmp_path, plan)
    run.journal_path.write_bytes(b"no journal")
    (tmp_path / "plans" / "b.parquet").write_bytes(b"no plan")
    draft = tmp_path / "runs" / ".contacts.create-0.01234567"
    draft.mkdir()
    plan.save(draft / "plan.parquet")
    assert {trace.where for trace in holders(tmp_path, ["jan@x.nl"], [None])} == {run.id, draft.name, str(plan.path)}
    assert holders(tmp_path / "empty", ["jan@x.nl"], [None]) == []


def test_a_plan_that_is_being_written_is_named(tmp_path: Path) -> None:
    """It will hold data of these people as soon as it has its name; what nobody is writing is swept."""
    plan = made_plan(tmp_path / "a.parquet", Made("contacts.create", [Line("create", "jan@x.nl")]))
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / ".c.plan.parquet.0a_b1c2d").write_bytes(plan.path.read_bytes())
    with replacing(tmp_path / "plans" / "b.plan.parquet") as file:
        file.write(plan.path.read_bytes())
        file.flush()
        assert [trace.where for trace in holders(tmp_path, ["jan@x.nl"], [None])] == [file.name]


def test_the_older_run_is_removed_by_its_name(tmp_path: Path) -> None:
    """What is named can be handed to `runs remove`."""
    plan = made_plan(tmp_path / "a.parquet", Made("contacts.create", [Line("create", "jan@x.nl")]))
    made_run(tmp_path, plan)
    [trace] = holders(tmp_path, ["jan@x.nl"], [None])
    Runs(tmp_path).remove(trace.where)
    assert holders(tmp_path, ["jan@x.nl"], [None]) == []


def test_a_report_of_another_job_has_no_receipt(tmp_path: Path) -> None:
    """Its files are the five."""
    plan = made_plan(tmp_path / "a.parquet", Made("contacts.create", [Line("create", "jan@x.nl")]))
    report: Report = report_again(made_run(tmp_path, plan))
    assert set(report.document()["files"]) == {"results", "retry", "unknown", "summary", "report"}
    assert report.held_outside == ()
    assert not (report.folder / "receipt.json").exists()


async def test_nothing_of_the_erased_is_left_in_the_home(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Neither address nor name nor uuid, in any file; the input lies elsewhere and is named."""
    sandbox = make_sandbox(SandboxConfig(contacts=200, settle_delay=0.2))
    home = tmp_path / "home"
    with sandbox.store.lock:
        known = [one for one in sandbox.store.order[:60] if one.email and len(one.uuid) == 36]
        people = [(one.uuid, str(one.email)) for one in known if len(sandbox.store.contacts_by_email(one.email)) == 1]
    rows = [(email, f"R{number}") for number, (_, email) in enumerate(people)]
    file = write_csv(tmp_path / "in.csv", ("email", "reference"), rows)
    plan = await make_plan(
        "contacts.delete",
        read_sheet(file),
        account_of(sandbox),
        out=home / "plans" / "erase.parquet",
        options=PlanOptions(options={"type": "GDPR"}, rate=None),
    )
    assert plan.acting == len(people) > 30
    report = await run_plan(plan, account_of(sandbox), Consent(confirm=plan.acting), home=home, options=QUICK)
    assert report.files.receipt is not None
    receipt = json.loads(report.files.receipt.read_text())
    assert (receipt["confirmed_gone"], report.counts["done"]) == (plan.acting, plan.acting)
    assert all(one["accepted_at"] <= one["confirmed_gone_at"] for one in receipt["erasures"])
    assert report.held_outside == (f"the input file (.csv, SHA-256 {plan.meta.source.sha256[:8]}…)",)
    left = all_bytes(home)
    assert not [text for person in people for text in person if text.encode() in left]
    assert {RunFolder(report.folder).plan.diff()["target"].null_count(), plan.diff()["target"].null_count()} == {
        plan.meta.rows
    }
    assert holders(home, [mail for _, mail in people], [uuid for uuid, _ in people]) == []
