"""Running, stopping, resuming: exit codes and what each leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.cli.support import ROOT, Place, finish, until
from tests.conftest import MakeSandbox

HEADER = "email,firstname"
ROWS = tuple(f"person{number}@example.com,Name {number}" for number in range(40))


@pytest.fixture(scope="module", autouse=True)
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A run whose writes fail without saying whether they were done; it takes its time, so it goes on beside."""
    with Sandbox.start(SandboxConfig(contacts=20)) as sandbox:
        place = Place(tmp_path_factory.mktemp("doubt"), sandbox)
        plan = place.plan(HEADER, *ROWS[:2], "nobody,x")
        sandbox.set_faults(Fault(kind="500", on="writes", path="find-or-create"))
        with place.start("run", str(plan), "--yes", "--rate", "500", "--json") as process:
            yield process


def test_everything_done_is_0_and_so_is_everything_the_same(place: Place) -> None:
    """A clean run ends with 0; the next plan of the same file has nothing to do and its run is 0, too."""
    plan = place.plan(HEADER, *ROWS)
    first = place.call("run", str(plan), "--yes", "--rate", "500", "--json")
    assert (first.code, first.document["counts"]["done"]) == (0, 40)
    again = place.call("plan", "contacts.upsert", "list.csv", "--out", "again.parquet", "--rate", "500", "--json")
    assert (again.code, again.document["verbs"]["same"], again.document["confirm"]) == (0, 40, 0)


def test_rows_that_changed_meanwhile_are_1(place: Place) -> None:
    """A contact that has come into the account since the plan is held by the recheck."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS[:3])
    sandbox.store.create("person2@example.com")
    answer = place.call("run", str(plan), "--yes", "--rate", "500", "--recheck", "always", "--json")
    assert (answer.code, answer.document["counts"]["held"], answer.document["counts"]["done"]) == (1, 1, 2)


def test_refused_rows_are_1_and_resume_can_try_them_again(place: Place) -> None:
    """A value the server refuses makes 1 and a file to mend; `resume --refused` sends it again."""
    sandbox = place.sandbox
    assert sandbox is not None
    sample = ROOT / "samples" / "new-customers.csv"
    assert place.call("plan", "contacts.upsert", str(sample), "--out", "p.parquet", "--rate", "500").code == 1
    first = place.call("run", "p.parquet", "--yes", "--rate", "500", "--json")
    assert (first.code, first.document["counts"]["refused"]) == (1, 1)
    assert "retry.csv" in first.err
    assert "--refused" in first.err
    writes = sum(entry.write for entry in sandbox.ledger.entries)
    assert place.call("resume", "last", "--rate", "500").code == 1
    assert sum(entry.write for entry in sandbox.ledger.entries) == writes
    assert place.call("resume", "last", "--refused", "--rate", "500").code == 1
    assert sum(entry.write for entry in sandbox.ledger.entries) == writes + 1


def test_ctrl_c_drains_is_3_and_resume_finishes(place: Place) -> None:
    """The rows in hand are finished, none is in doubt, and a resume does exactly the rest."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS)
    process = place.start("run", str(plan), "--yes", "--rate", "20", "--workers", "3", "--json")
    until(lambda: sandbox.ledger.effects.created >= 3)
    process.send_signal(signal.SIGINT)
    stopped = finish(process)
    assert (stopped.code, stopped.document["state"]) == (3, "stopped")
    assert stopped.document["counts"]["unknown"] == 0
    assert stopped.document["counts"]["pending"] > 0
    assert "Finishing what is in flight" in stopped.err
    assert f"leatops resume {stopped.document['run']}" in stopped.err
    resumed = place.call("resume", "last", "--rate", "500", "--json")
    assert (resumed.code, resumed.document["counts"]["done"]) == (0, 40)
    assert sandbox.ledger.effects.created == 40


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_other_signals_drain_as_well(place: Place, number: signal.Signals) -> None:
    """A closed terminal or a shutdown leaves a run that can be resumed."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS)
    process = place.start("run", str(plan), "--yes", "--rate", "20", "--workers", "3", "--json")
    until(lambda: sandbox.ledger.effects.created >= 1)
    process.send_signal(number)
    stopped = finish(process)
    assert (stopped.code, stopped.document["counts"]["unknown"]) == (3, 0)


def test_a_second_ctrl_c_stops_at_once(place: Place) -> None:
    """A server that hangs does not keep anybody: what was in flight is unknown, and a resume settles it."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS[:6])
    sandbox.set_faults(Fault(kind="hang", on="writes", commit=True))
    process = place.start("run", str(plan), "--yes", "--rate", "500", "--json")
    until(lambda: sandbox.ledger.effects.created >= 1)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    until(lambda: "press Ctrl-C again" in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(signal.SIGINT)
    stopped = finish(process)
    assert stopped.code == 3
    assert stopped.document["counts"]["unknown"] >= 1
    sandbox.set_faults()
    resumed = place.call("resume", "last", "--rate", "500", "--json")
    assert (resumed.code, resumed.document["counts"]["done"]) == (0, 6)
    assert sandbox.ledger.effects.created == 6


def test_a_token_that_expires_is_3(place: Place) -> None:
    """An account that refuses everything in mid-run stops the run, which can be resumed."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS)
    sandbox.set_faults(Fault(kind="401", on="writes", after=5))
    stopped = place.call("run", str(plan), "--yes", "--rate", "500", "--json")
    assert (stopped.code, stopped.document["state"], stopped.document["counts"]["refused"]) == (3, "stopped", 0)
    sandbox.set_faults()
    assert place.call("resume", "last", "--rate", "500").code == 0


def test_a_held_run_is_75(place: Place) -> None:
    """A run that another process holds is neither resumed nor removed; the list says that it is running."""
    plan = place.plan(HEADER, ROWS[0])
    assert place.call("run", str(plan), "--yes").code == 0
    with Runs(place.home).find("last").held():
        answer = place.call("resume", "last", "--json")
        assert (answer.code, answer.document["error"]["kind"]) == (75, "held")
        assert f"process {os.getpid()}" in answer.err
        assert place.call("runs", "remove", "last").code == 75
        assert place.call("runs", "--json").document["runs"][0]["state"] == "running"
    assert place.call("runs", "remove", "last").code == 0
    assert place.call("runs", "--json").document == {"runs": []}


def test_a_wrong_number_sends_nothing(place: Place) -> None:
    """--confirm with another number than the rows that act is 2; the right one runs."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS[:2])
    wrong = place.call("run", str(plan), "--confirm", "3")
    assert (wrong.code, sandbox.ledger.effects.created) == (2, 0)
    assert place.call("run", str(plan), "--confirm", "2", "--rate", "500").code == 0


def test_a_run_that_stops_by_itself_is_3(make_sandbox: MakeSandbox, place: Place) -> None:
    """--stop-after stops when so many rows were refused."""
    full = make_sandbox(SandboxConfig(contacts=20, usage_limit=10_000))
    here = Place(place.folder, full)
    plan = here.plan(HEADER, *ROWS)
    full.set_faults(Fault(kind="usage_limit", on="writes"))
    assert here.call("run", str(plan), "--yes", "--rate", "500").code == 3


def test_progress_elsewhere_than_on_a_terminal_is_plain_lines(place: Place) -> None:
    """Narration goes to stderr in whole lines, and stdout stays empty without --json."""
    plan = place.plan(HEADER, *ROWS[:2])
    answer = place.call("run", str(plan), "--yes", "--rate", "500")
    assert answer.out == ""
    assert "done  2" in answer.err
    assert "\r" not in answer.err
    assert "results.csv" in answer.err


def test_doubt_is_4(doubtful: subprocess.Popen[str]) -> None:
    """A write that no repeat clears up is unknown, is listed, and makes 4 even beside an invalid row."""
    answer = finish(doubtful)
    assert (answer.code, answer.document["counts"]["unknown"], answer.document["counts"]["invalid"]) == (4, 2, 1)
    assert "unknown.csv" in answer.err
