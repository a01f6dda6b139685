"""The name of a file of people to be erased, and those of its sheets: they may name people, and nothing keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from ops.erasure import nameless
from ops.jobs.contacts_delete import DeleteContacts
from ops.jobs.contacts_update import UpdateContacts
from ops.planner import default_out
from ops.report import standing
from ops.runs import Runs
from ops.sandbox import SandboxConfig
from ops.sandbox.records import Contact
from ops.sheet import read_sheet
from tests.cli.support import Answer, Place
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv
from tests.engine.jobs.traces import haystack, spellings, traces

JOB = "contacts.delete"
EMAIL = "jan.qqjansen@prive.example"
NAMES = ("AVG Jan Qqjansen", EMAIL, "Vqxname Zqlast")
NEEDLES = set[bytes]().union(*(spellings(name) for name in ("qqjansen", "prive.example", "Vqxname", "Zqlast")))
FAST = ("--rate", "500", "--json")


@pytest.fixture
def place(make_sandbox: MakeSandbox, tmp_path: Path) -> Place:
    return Place(tmp_path, make_sandbox(SandboxConfig(contacts=20, settle_delay=0.1)))


def add(place: Place) -> Contact:
    assert place.sandbox is not None
    with place.sandbox.store.lock:
        return place.sandbox.store.create(EMAIL)


def erased(place: Place, file: Path, *flags: str) -> tuple[Answer, Answer]:
    """The person of a file, planned and run from the command line."""
    planned = place.call("plan", JOB, str(file), "--set", "type=GDPR", *flags, *FAST)
    assert planned.code == 0, planned.err
    ran = place.call("run", planned.document["plan"], "--confirm", "1", *FAST)
    assert (ran.code, ran.document["counts"]["done"]) == (0, 1), ran.err
    return planned, ran


@pytest.mark.parametrize("name", NAMES[:2])
def test_a_file_named_after_a_person_leaves_its_name_nowhere(place: Place, tmp_path: Path, name: str) -> None:
    """Not in the home, not in the plan or its name; the person at the terminal is told, and the hash leads back."""
    add(place)
    (tmp_path / "in").mkdir()
    file = write_csv(tmp_path / "in" / f"{name}.csv", ("email", "naam"), [(EMAIL, "J. Qqjansen")])
    planned, ran = erased(place, file)
    sha256 = read_sheet(file).sha256
    [plan] = place.folder.glob("*.parquet")
    assert plan.name == f"contacts.delete-{sha256[:8]}.plan.parquet"
    assert traces(NEEDLES, haystack(place.home, plan)) == []
    assert str(file) in planned.err
    told = f"the input file (.csv, SHA-256 {sha256[:8]}…)"
    assert f"{told}; leatops does nothing to it" in ran.err
    assert "sha256sum" in ran.err
    receipt = json.loads(Path(ran.document["files"]["receipt"]).read_bytes())["still_held_in"]
    assert receipt["input"].startswith(told)
    assert receipt["input_sha256"] == sha256
    assert standing(Runs(place.home).find("last")).source == told
    assert told in Path(ran.document["files"]["report"]).read_text("utf-8")
    assert json.loads(Path(ran.document["files"]["summary"]).read_bytes())["plan"]["source"] == told


def test_a_sheet_named_after_a_person_leaves_its_name_nowhere(place: Place, tmp_path: Path) -> None:
    """Neither that which is read nor the others."""
    add(place)
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in (NAMES[2], "Qqjansen"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ("email",))
            sheet.write_row(1, 0, (EMAIL,))
    planned, _ = erased(place, path, "--sheet", NAMES[2])
    assert traces(NEEDLES, haystack(place.home, place.folder / planned.document["plan"])) == []


@pytest.mark.parametrize("name", ["erasure", "Jan Qqjansen", "JQQJANSEN"])
def test_a_plan_is_called_after_the_files_hash(place: Place, name: str) -> None:
    """Whatever the file is called; what is given with --out is the person's to choose."""
    add(place)
    file = place.write(f"{name}.csv", "reference,email", f"R-1,{EMAIL}")
    planned, _ = erased(place, file)
    assert planned.document["plan"] == f"{JOB}-{read_sheet(file).sha256[:8]}.plan.parquet"
    out = ("--set", "type=GDPR", "--out", f"{name}.parquet", *FAST)
    assert place.call("plan", JOB, str(file), *out).document["plan"] == f"{name}.parquet"


def test_a_plan_in_the_home_is_called_after_no_file_of_people_to_be_erased(tmp_path: Path) -> None:
    """By its job and the file's hash; other jobs' plans are called after their file, as far as disks take it."""
    sheet = read_sheet(write_csv(tmp_path / f"{EMAIL * 5}.csv", ("email",), [(EMAIL,)]))
    short = sheet.sha256[:8]
    assert default_out(DeleteContacts, sheet, tmp_path) == tmp_path / "plans" / f"{JOB}.{short}.plan.parquet"
    assert (
        default_out(UpdateContacts, sheet, tmp_path).name == f"{(EMAIL * 5)[:40]}.contacts.update.{short}.plan.parquet"
    )


def test_an_older_plan_called_after_a_person_is_told_without_its_name(place: Place, tmp_path: Path) -> None:
    """By a pattern that finds it, in the plan and on the receipt, until it is gone."""
    one = add(place)
    file = write_csv(tmp_path / f"{EMAIL}.csv", ("email", "city"), [(EMAIL, "Ede")])
    older = default_out(UpdateContacts, read_sheet(file), place.home)
    assert place.call("plan", "contacts.update", str(file), "--out", str(older), *FAST).code == 0
    place.write("in.csv", "uuid,reference", f"{one.uuid},R-1")
    planned, ran = erased(place, place.folder / "in.csv")
    pattern = nameless(str(older))
    assert list(older.parent.glob(Path(pattern).name)) == [older]
    assert pattern in planned.document["notes"][-1]
    receipt = Path(ran.document["files"]["receipt"])
    assert json.loads(receipt.read_bytes())["still_held_in"]["home"] == [pattern]
    older.unlink()
    assert place.call("report", "last").code == 0
    assert json.loads(receipt.read_bytes())["still_held_in"]["home"] == []
    assert traces(NEEDLES, haystack(place.home, place.folder / planned.document["plan"])) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("jan@x.nl.contacts.create.0a1b2c3d.plan.parquet", "*.contacts.create.0a1b2c3d.plan.parquet"),
        (".Jan.contacts.create.0a1b2c3d.plan.parquet.0a_b1c2d", ".*.contacts.create.0a1b2c3d.plan.parquet.0a_b1c2d"),
        ("jan.qq.jansen.contacts.create.plan.parquet", "*.contacts.create.plan.parquet"),
        ("contacts.delete.0a1b2c3d.plan.parquet", "contacts.delete.0a1b2c3d.plan.parquet"),
        ("contacts.create-0a1b.undo.plan.parquet", "contacts.create-0a1b.undo.plan.parquet"),
    ],
)
def test_of_a_plans_name_only_the_job_and_the_hash_are_told(name: str, told: str) -> None:
    """What comes before them is the name of a file."""
    assert nameless(f"/home/plans/{name}") == f"/home/plans/{told}"
