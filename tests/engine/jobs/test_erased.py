"""The proof of an erasure: two hundred people deleted, and not a byte of them left in the home."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ops.sandbox import Fault, SandboxConfig
from ops.sandbox.records import Contact
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv
from tests.engine.jobs.traces import haystack, id_spellings, names_of, spellings, traces
from tests.engine.jobs.trial import Trial, counts
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
    """Everything that names them."""
    found: set[bytes] = set()
    for person in people:
        # Ids such as "123" may stand in any text by chance.
        found |= spellings(person.email) | (id_spellings(person.uuid) if len(person.uuid) > 20 else set())
    return found.union(*(spellings(name) for name in names_of(trial.sandbox, people)))


def gone(trial: Trial, people: list[Contact]) -> bool:
    """Whether the account has none of them."""
    return not any(person.uuid in trial.sandbox.store.contacts for person in people)


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
