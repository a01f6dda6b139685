"""What a process that died leaves of a run that it was making or removing: nothing, once somebody looks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ops.errors import AlreadyRunError, RunHeldError
from ops.plan import Plan
from ops.runs import DRAFT_AGE, Runs
from ops.sandbox import Sandbox
from tests.engine.files import plan_of, write_csv

ROOT = Path(__file__).parents[2]
CLAIM = """
import os, signal, sys
from pathlib import Path
from ops import runs
from ops.plan import Plan
from ops.runs import Runs

def die(*_): os.kill(os.getpid(), signal.{signal})

runs.Journal.create = die
Runs(Path({home!r})).claim(Plan.load(Path({plan!r})), {{}})
"""

WRITE = """
import os, signal
from pathlib import Path
from ops.files import replacing
with replacing(Path({path!r})) as file:
    file.write(b"jan@example.org")
    file.flush()
    os.kill(os.getpid(), signal.{signal})
"""


async def a_plan(sandbox: Sandbox, folder: Path) -> Plan:
    file = write_csv(folder / "in.csv", ("email",), [("jan@example.org",)])
    return await plan_of(sandbox, "contacts.create", file)


def claiming(home: Path, plan: Path, number: str) -> subprocess.Popen[bytes]:
    """A process that claims a run and meets a signal in the middle of it."""
    code = CLAIM.format(home=str(home), plan=str(plan), signal=number)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
    return process


def ended(code: str) -> int:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode


def names(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "runs").iterdir())


async def test_a_draft_whose_maker_was_killed_is_swept(sandbox: Sandbox, tmp_path: Path) -> None:
    """It holds the whole plan, people and all."""
    plan = await a_plan(sandbox, tmp_path)
    assert claiming(tmp_path, plan.path, "SIGKILL").wait() == -signal.SIGKILL
    [left] = Runs(tmp_path).drafts()
    assert pl.read_parquet(left / "plan.parquet")["key"].to_list() == ["jan@example.org"]
    assert Runs(tmp_path).all() == []
    assert names(tmp_path) == []


async def test_a_draft_that_is_being_made_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    """A process that takes its time over it still has its run afterwards."""
    plan = await a_plan(sandbox, tmp_path)
    maker = claiming(tmp_path, plan.path, "SIGSTOP")
    try:
        Runs(tmp_path).sweep()
        assert len(Runs(tmp_path).drafts()) == 1
    finally:
        maker.kill()
        maker.wait()
    Runs(tmp_path).sweep()
    assert names(tmp_path) == []


async def test_a_removal_that_was_killed_is_finished_by_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was to be erased is not a run any more, not even for an instant, and not half of one."""
    plan = await a_plan(sandbox, tmp_path)
    run = Runs(tmp_path).claim(plan, {})
    code = (
        "import os, signal, shutil\nfrom pathlib import Path\nfrom ops.runs import Runs\n"
        "shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Runs(Path({str(tmp_path)!r})).remove({run.id!r})"
    )
    assert ended(code) == -signal.SIGKILL
    assert not run.path.exists()
    assert len(names(tmp_path)) == 1
    assert Runs(tmp_path).all() == []
    assert names(tmp_path) == []


async def test_a_plan_whose_run_was_erased_is_not_run_again_by_mistake(sandbox: Sandbox, tmp_path: Path) -> None:
    """What it did stays done; `again` runs it a second time, and that run can be erased as well."""
    plan = await a_plan(sandbox, tmp_path)
    runs = Runs(tmp_path)
    first = runs.claim(plan, {})
    runs.remove("last")
    for begin in (runs.refuse_second, lambda one: runs.claim(one, {})):
        with pytest.raises(AlreadyRunError, match=f"its run {first.id} was erased"):
            begin(plan)
    assert runs.claim(plan, {}, again=True).id == first.id
    assert runs.remove(first.id).id == first.id


def test_a_draft_without_a_lock_is_given_a_minute(tmp_path: Path) -> None:
    """Its maker may be about to hold it."""
    young, old, foreign = (tmp_path / "runs" / name for name in (".a.01234567", ".b.01234567", ".foreign"))
    for folder in (young, old, foreign):
        folder.mkdir(parents=True)
    past = old.stat().st_mtime - DRAFT_AGE - 1
    os.utime(old, (past, past))
    Runs(tmp_path).sweep()
    assert names(tmp_path) == [".a.01234567", ".foreign"]


def writing(path: Path, number: str) -> subprocess.Popen[bytes]:
    """A process that writes a file and meets a signal in the middle of it."""
    process = subprocess.Popen([sys.executable, "-c", WRITE.format(path=str(path), signal=number)], cwd=ROOT)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
    return process


async def test_half_a_file_whose_writer_was_killed_is_swept(sandbox: Sandbox, tmp_path: Path) -> None:
    """Half a plan names people, and half a list of codes is money: neither is written again under its name."""
    run = Runs(tmp_path).claim(await a_plan(sandbox, tmp_path), {})
    plans = tmp_path / "plans"
    for path in (plans / "a.plan.parquet", run.path / "codes.csv"):
        assert writing(path, "SIGKILL").wait() == -signal.SIGKILL
        [left] = path.parent.glob(f".{path.name}.*")
        assert left.read_bytes() == b"jan@example.org"
    assert [one.id for one in Runs(tmp_path).all()] == [run.id]
    assert [*plans.iterdir(), *run.path.glob(".*")] == []


def test_a_file_that_is_being_written_stays(tmp_path: Path) -> None:
    """A process that takes its time over it has it whole afterwards."""
    path = tmp_path / "plans" / "a.plan.parquet"
    writer = writing(path, "SIGSTOP")
    try:
        Runs(tmp_path).sweep()
        writer.send_signal(signal.SIGCONT)
        assert writer.wait() == 0
    finally:
        writer.kill()
        writer.wait()
    assert path.read_bytes() == b"jan@example.org"


async def test_a_claimed_run_is_free_to_be_held(sandbox: Sandbox, tmp_path: Path) -> None:
    """The lock of its making is let go of, and is the run's own."""
    run = Runs(tmp_path).claim(await a_plan(sandbox, tmp_path), {})
    assert not run.is_held
    with run.held():
        with pytest.raises(RunHeldError):
            Runs(tmp_path).remove(run.id)
        assert run.path.is_dir()
