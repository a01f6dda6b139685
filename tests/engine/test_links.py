"""Links within a home: no run is read, written or held through one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import RunError
from ops.report import report_again, standing
from ops.runs import Runs
from tests.engine.made import Line, Made, ended, made_plan, made_run

MADE = Made("contacts.create", [Line("create", "an@example.org")])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that is itself a link, with a run in it that has ended."""
    (tmp_path / "disk").mkdir()
    home = tmp_path / "home"
    home.symlink_to(tmp_path / "disk")
    made_run(home, made_plan(tmp_path / "x.plan", MADE), [ended(1)])
    return home


def behind_a_link(path: Path) -> None:
    """Move a file or a folder elsewhere and leave a link to it."""
    away = path.parents[2] / f"away-{path.name}" if path.exists() else path.with_name("nowhere")
    if path.exists():
        path.rename(away)
    path.symlink_to(away)


def test_the_home_itself_may_be_a_link(home: Path) -> None:
    """It is the person's own choice."""
    run = Runs(home).find("last")
    assert standing(run).state == "finished"
    assert report_again(run).counts["done"] == 1


@pytest.mark.parametrize("name", ["runs", "removed"])
def test_the_folder_of_runs_is_no_link(home: Path, tmp_path: Path, name: str) -> None:
    """Whoever looks for a run, begins or erases one is told which link it is."""
    behind_a_link(home / name)
    plan, runs = made_plan(tmp_path / "y.plan", MADE), Runs(home)
    looks: list[Callable[[], object]] = [
        runs.all,
        runs.drafts,
        lambda: runs.find("last"),
        lambda: runs.claim(plan, {}),
        lambda: runs.refuse_second(plan),
        lambda: runs.remove("last"),
    ]
    for look in looks:
        with pytest.raises(RunError, match=f"{name} is a link, and no run is kept behind one"):
            look()


@pytest.mark.parametrize(
    "name", ["", "plan.parquet", "journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.seal"]
)
def test_what_a_run_consists_of_is_no_link(home: Path, name: str) -> None:
    """Nothing is written behind it, and the list of runs says what is wrong."""
    run = Runs(home).find("last")
    behind_a_link(run.path / name)
    with pytest.raises(RunError, match="is a link"):
        report_again(run)
    assert not (run.path / "results.csv").exists()
    [listed] = Runs(home).all()
    stands = standing(listed)
    assert stands.state == "damaged"
    assert stands.message.startswith(f"{run.path / name} is a link")


def test_a_lock_is_no_link(home: Path, tmp_path: Path) -> None:
    """What it leads to is not written over."""
    victim = tmp_path / "victim"
    victim.write_text("keep", "utf-8")
    run = Runs(home).find("last")
    (run.path / "lock").unlink()
    (run.path / "lock").symlink_to(victim)
    with pytest.raises(RunError, match="lock is a link"), run.held():
        pass
    assert victim.read_text("utf-8") == "keep"
