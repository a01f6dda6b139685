"""The proof of an erasure: two hundred people deleted, and not a byte of them left in the home."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from ops.errors import SheetError
from ops.mapping import MappedColumn, Mapping
from ops.plan import Plan
from ops.sandbox import Fault, SandboxConfig
from ops.sandbox.records import Contact
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv
from tests.engine.jobs.traces import haystack, id_spellings, names_of, spellings, traces
from tests.engine.jobs.trial import Trial, counts
from tests.engine.meddling import Meddle, meddled, says
from tests.sandbox.support import wait_until

JOB = "contacts.delete"
HEADER = ("reference", "uuid", "email", "naam", "opmerking")
PEOPLE = 200
MISHAPS = (
    Fault(kind="lost_after", endpoint="contacts.delete", every=7),
    Fault(kind="500", endpoint="contacts.delete", every=11),
    Fault(kind="500", endpoint="contacts.get", every=13),
)


def rows_of(trial: Trial, people: list[Contact]) -> list[tuple[str, ...]]:
    """A third by uuid, a third by address, a third by both; the names stand beside, as they do in such files."""
    store = trial.sandbox.store
    return [
        (
            f"AVG-{n}",
            person.uuid if n % 3 else "",
            person.email if n % 3 != 1 else "",
            str(store.values(person).get("firstname") or ""),
            f"{store.values(person).get('lastname') or ''} <{person.email}>",
        )
        for n, person in enumerate(people)
    ]


def needles(trial: Trial, people: list[Contact]) -> set[bytes]:
    """Everything that names them and can be told from chance.

    An id such as "123" stands in many a text: that the plan forgets those as well is seen in its column.
    """
    found: set[bytes] = set()
    for person in people:
        found |= spellings(person.email) | (id_spellings(person.uuid) if len(person.uuid) > 20 else set())
    return found.union(*(spellings(name) for name in names_of(trial.sandbox, people)))


def gone(trial: Trial, people: list[Contact]) -> bool:
    """Whether the account has none of them."""
    return not any(person.uuid in trial.sandbox.store.contacts for person in people)


def forgotten(plan: Plan) -> bool:
    """Whether a plan knows nobody any more, by whatever id."""
    known = plan.diff().select("target", "before", "after")
    return all(column.is_null().all() for column in known.iter_columns())


def befalling(trial: Trial, unknown: list[Contact], refused: list[Contact]) -> Meddle:
    """A server that names people as it refuses them, and after thirty deletions everybody; some it has just lost."""
    seen: list[str] = []

    async def befall(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/delete"):
            return None
        uuid = request.url.path.split("/")[-2]
        seen.append(uuid)
        for person in refused:
            if person.uuid == uuid:
                return says(400, 1003, f"{person.email} ({uuid}) kan niet")
        for person in unknown:
            if person.uuid == uuid:
                with trial.sandbox.store.lock:
                    trial.sandbox.store._remove(person)
        return says(400, 7011, f"{refused[0].email} hoort niet bij dit account") if len(seen) > 30 else None

    return befall


@pytest.mark.parametrize("mishaps", [(), MISHAPS], ids=["smooth", "lost answers and 500s"])
async def test_of_two_hundred_erased_people_not_a_byte_is_left(
    make_sandbox: MakeSandbox, tmp_path: Path, mishaps: tuple[Fault, ...]
) -> None:
    """No address, name or uuid in the plan, the journal, the tables, the report or the receipt, however spelt."""
    trial = Trial(make_sandbox(SandboxConfig(contacts=400, settle_delay=1.0)), tmp_path)
    people = trial.known(PEOPLE)
    wanted = needles(trial, people)
    plan = await trial.plan(JOB, HEADER, rows_of(trial, people), type="GDPR")
    ids = {needle for person in people[10:] for needle in (person.uuid.encode(),)}
    planned = haystack(plan.path)
    assert traces(wanted - set().union(*(id_spellings(p.uuid) for p in people)), planned) == []
    assert len({needle for needle, _ in traces(ids, planned)}) == len(ids)
    # The search finds what is there: the input file has them all.
    assert len(traces({p.email.encode() for p in people if p.email}, haystack(tmp_path / "in.csv"))) == PEOPLE
    trial.sandbox.set_faults(*mishaps)
    # So many repeats that no row is given up by chance.
    report = await trial.run(plan, patience=trial.patience(repeats=10, growth=1.3))
    assert counts(report) == {"done": PEOPLE}
    assert gone(trial, people)
    held = haystack(trial.home)
    files = {Path(where).name for where in held if "," not in where and " " not in where}
    assert {"plan.parquet", "journal.sqlite", "results.csv", "report.html", "summary.json", "receipt.json"} <= files
    assert str(plan.path) in held
    assert traces(wanted, held) == []
    assert forgotten(plan)


async def test_of_those_whom_the_account_has_lost_or_refuses_not_a_byte_is_left(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """Gone before their turn, unknown at their turn, refused by name, and a run that is stopped by name."""
    trial = Trial(make_sandbox(SandboxConfig(contacts=200, settle_delay=0.1)), tmp_path)
    people = trial.known(40)
    held, unknown, refused = people[:5], people[5:10], people[10:15]
    wanted, spoken = needles(trial, people), set[bytes]().union(*(spellings(person.email) for person in people))
    plan = await trial.plan(JOB, HEADER, rows_of(trial, people), type="GDPR")
    for person in held:
        trial.sandbox.store._remove(person)
    report = await trial.run(plan, transport=meddled(befalling(trial, unknown, refused)), workers=1)
    assert (report.state, report.why.endswith("(7011).")) == ("stopped", True)
    assert (report.counts["held"], report.counts["refused"]) == (5, 10)
    assert traces(spoken, haystack(trial.home) | {"told": repr(report).encode()}) == []
    report = await trial.resume(retry_refused=True)
    assert counts(report) == {"held": 5, "refused": 5, "done": 30}
    assert traces(wanted, haystack(trial.home)) == []
    assert forgotten(plan)


async def test_of_a_first_person_taken_for_a_header_not_a_byte_is_left(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """A file without a header is not planned at all."""
    trial = Trial(make_sandbox(SandboxConfig(contacts=50)), tmp_path)
    people = trial.known(4)
    first, *others = rows_of(trial, people)
    header = (first[0], "uuid", *first[2:])
    pairs = (MappedColumn(first[0], "reference"), MappedColumn(first[2], "email"))
    with pytest.raises(SheetError):
        await trial.plan(JOB, header, others, mapping=Mapping(pairs), type="GDPR")
    assert traces(needles(trial, people), haystack(trial.home)) == []


def test_after_a_kill_and_a_resume_not_a_byte_is_left(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """The command itself, killed in the middle and resumed; the plan file it was started from, too."""
    trial = Trial(make_sandbox(SandboxConfig(contacts=300, settle_delay=0.5, latency_ms=2)), tmp_path)
    place = Place(tmp_path, trial.sandbox)
    people = trial.known(80)
    wanted = needles(trial, people)
    file = write_csv(tmp_path / "in.csv", HEADER, rows_of(trial, people))
    made = place.call("plan", JOB, str(file), "--set", "type=GDPR", "--out", "p.parquet", "--rate", "500", "--json")
    assert made.document["confirm"] == 80
    fast = ("--rate", "500", "--workers", "8", "--json")
    trial.sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.delete", every=9))
    process = place.start("run", "p.parquet", "--confirm", "80", *fast)
    assert wait_until(lambda: trial.sandbox.ledger.count("contacts.delete") >= 30 or process.poll() is not None, 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 30 <= trial.sandbox.ledger.count("contacts.delete") < 80
    ended = place.call("resume", "last", *fast)
    assert ended.document["counts"]["done"] == 80, ended.err
    assert gone(trial, people)
    assert trial.sandbox.ledger.violations == []
    assert traces(wanted, haystack(place.home, tmp_path / "p.parquet")) == []
    assert traces(wanted, {"said": (made.out + made.err + ended.out + ended.err).encode()}) == []
