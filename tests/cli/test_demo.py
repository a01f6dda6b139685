"""`leatops demo`, the first command anybody types."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.cli.demonstration import sample_path
from tests.cli.support import Place


def test_the_demo_shows_the_whole_way_and_its_paths_exist(bare: Place) -> None:
    """Without an account and without a home of its own it plans, shows, runs, and leaves what it names."""
    answer = bare.call("demo", TMPDIR=str(bare.folder))
    assert answer.code in {0, 1}
    for step in ("1  A sandbox", "2  The plan", "3  What it would do", "4  The run", "finished"):
        assert step in answer.err
    assert answer.out.startswith("row 1  ")
    (folder,) = re.findall(r"^Files in (.+)$", answer.err, re.MULTILINE)
    assert (Path(folder) / "report.html").is_file()
    (plan,) = re.findall(r"leatops show (\S+)", answer.err)
    assert Path(plan).is_file()
    assert not bare.home.exists()


def test_the_demo_for_scripts(bare: Place) -> None:
    """With --json one document holds the home, the plan's document and the run's."""
    answer = bare.call("demo", "--home", "here", "--json")
    document = json.loads(answer.out)
    assert list(document) == ["home", "plan", "run"]
    assert document["run"]["rows"] == document["plan"]["rows"] == sum(document["run"]["counts"].values())
    assert document["run"]["counts"]["done"] > 0
    assert (bare.folder / "here" / "runs" / document["run"]["run"] / "results.csv").is_file()


def test_the_sample_is_found_where_the_project_is_checked_out() -> None:
    """The demo's file is the sample that the documentation shows."""
    assert sample_path().name == "new-customers.csv"
