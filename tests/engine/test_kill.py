"""The real command, killed in mid-run again and again: every row is done once, and the counts add up."""

from __future__ import annotations

import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, people, write_csv
from tests.sandbox.support import wait_until

ROWS = 400
KILLS = 10
FAST = ("--rate", "2000", "--workers", "20")


def killed_in_mid_run(place: Place, sandbox: Sandbox, arguments: tuple[str, ...], after: int) -> None:
    """Start a command and kill it once the server has seen so many more requests, or it has ended."""
    seen = sandbox.ledger.requests
    process = place.start(*arguments)
    assert wait_until(lambda: sandbox.ledger.requests >= seen + after or process.poll() is not None, 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize(
    "faults", [(), (Fault(kind="lost_after", on="writes", rate=0.03), Fault(kind="500", rate=0.02))]
)
@pytest.mark.parametrize("job", ["contacts.create", "contacts.upsert"])
def test_killed_ten_times_and_resumed_every_row_is_done_once(
    make_sandbox: MakeSandbox, tmp_path: Path, job: str, faults: tuple[Fault, ...]
) -> None:
    """Ten `kill -9` at random moments, then a resume: the server holds each contact once, as the file says."""
    sandbox = make_sandbox(SandboxConfig(contacts=100, latency_ms=2))
    place = Place(tmp_path, sandbox)
    file = write_csv(tmp_path / "in.csv", HEADER, people(ROWS))
    planned = place.call("plan", job, str(file), "--out", "p.parquet", "--rate", "500", "--json")
    assert planned.document["confirm"] == ROWS
    sandbox.set_faults(*faults)
    dice = random.Random(f"{job}{len(faults)}")
    for kill in range(KILLS):
        command = ("run", "p.parquet", "--yes") if kill == 0 else ("resume", "last")
        killed_in_mid_run(place, sandbox, (*command, *FAST), dice.randint(3, 2 * ROWS // KILLS))
    ended = place.call("resume", "last", *FAST, "--json")
    assert ended.code == 0, ended.err
    document = ended.document
    assert document["state"] == "finished"
    assert document["counts"]["done"] == ROWS
    assert sum(document["counts"].values()) == ROWS
    assert sandbox.ledger.effects.created == ROWS
    for email, firstname, housenumber in people(ROWS):
        [contact] = sandbox.store.contacts_by_email(email)
        values = sandbox.store.values(contact)
        assert (values["firstname"], values["housenumber"]) == (firstname, int(housenumber))
    assert sandbox.ledger.violations == []


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_kill_at_the_very_start_leaves_a_whole_run_or_none(
    make_sandbox: MakeSandbox, tmp_path: Path, after: int
) -> None:
    """Either there is something to resume, or the plan has not been run."""
    sandbox = make_sandbox(SandboxConfig(contacts=100, latency_ms=2))
    place = Place(tmp_path, sandbox)
    file = write_csv(tmp_path / "in.csv", HEADER, people(20))
    place.call("plan", "contacts.upsert", str(file), "--out", "p.parquet", "--rate", "500")
    killed_in_mid_run(place, sandbox, ("run", "p.parquet", "--yes", *FAST), after)
    begun = (place.home / "runs").is_dir() and any(p.name[0] != "." for p in (place.home / "runs").iterdir())
    again = ("resume", "last") if begun else ("run", "p.parquet", "--yes")
    ended = place.call(*again, *FAST, "--json")
    assert ended.document["counts"]["done"] == 20


def test_no_update_is_sent_twice_without_a_reason(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """After a kill, only what was in flight is asked again: at most a worker's row each."""
    sandbox = make_sandbox(SandboxConfig(contacts=100, latency_ms=2))
    place = Place(tmp_path, sandbox)
    file = write_csv(tmp_path / "in.csv", HEADER, people(100))
    place.call("plan", "contacts.create", str(file), "--out", "p.parquet", "--rate", "500")
    killed_in_mid_run(place, sandbox, ("run", "p.parquet", "--yes", *FAST), 60)
    place.call("resume", "last", *FAST)
    creates = Counter(sandbox.ledger.by_endpoint())["contacts.create"]
    assert 100 <= creates <= 120
