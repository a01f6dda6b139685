"""The whole way of a file: by keyboard on a real terminal, step by step with the choices kept, and through a kill."""

from __future__ import annotations

import csv
import signal
import time
from pathlib import Path

import pytest
from textual.widgets import Button, Input, Select

from app.main import LeatApp
from app.screens.confirm import ConfirmScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.runs import RunsScreen
from app.widgets.mapping_table import MappingTable
from ops.report import standing
from ops.runs import Runs
from ops.sandbox import Sandbox, SandboxConfig
from tests.app.hosts import until
from tests.app.journeys import Journey, fast_desk
from tests.app.terminal import CTRL_Q, ENTER, F4, Terminal, on_terminal
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv
from tests.sandbox.support import wait_until

HELD = 0.03
"""Seconds between two repeats of a key that is held."""
STAGES = ("Load", "Map", "Review", "Run", "Report")
SMALL = (80, 24)


def gave_back(terminal: Terminal) -> None:
    """The terminal is as it was: its settings, its cursor, and no mode of the app's is left on."""
    before, now = terminal.attributes()
    assert before == now
    modes = terminal.picture.modes
    assert modes["1049"] is False
    assert {mode for mode, is_on in modes.items() if is_on} <= {"7", "25"}
    assert modes["25"] is True
    assert terminal.picture.keyboards == 0
    assert b"Traceback" not in terminal.raw


def test_from_the_demo_to_the_report_by_keyboard_alone(place: Place) -> None:
    """Five Enters, each on what has the focus; then `q`: code 0, a clean terminal, and files that stay."""
    begun = time.monotonic()
    with on_terminal(place, "demo", TMPDIR=str(place.folder)) as terminal:
        terminal.shows("40 rows × 10 columns", "m Go on")
        terminal.press(ENTER)
        terminal.shows("6 invalid", "Enter plans")
        terminal.press(ENTER)
        terminal.shows("32 create", "Run 32 rows")
        terminal.press(ENTER)
        terminal.shows("This sends 64 writes to the sandbox.", "Run (y)")
        terminal.press(ENTER)
        report = terminal.shows("✓ finished", "31 done", "Why rows need a look: 9 rows", "results.csv")
        assert all(stage in report.splitlines()[0] for stage in STAGES)
        assert "SANDBOX" in report
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.until_said("plans, runs and reports are in")
        gave_back(terminal)
        assert terminal.keys <= 12
    assert time.monotonic() - begun < 45
    [results] = place.folder.glob("leatops-demo-*/runs/*/results.csv")
    with results.open(encoding="utf-8", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == 40


def test_enters_typed_ahead_skip_no_question_and_close_nothing_twice(place: Place) -> None:
    """Whoever leans on Enter goes forward, stage by stage, and never falls out of the app."""
    with on_terminal(place, "demo", TMPDIR=str(place.folder)) as terminal:
        terminal.shows("m Go on")
        for _ in range(100):
            terminal.press(ENTER)
            time.sleep(HELD)
        text = terminal.until(lambda text: "Load › Map › Review › Run › Report" in text)
        assert "SANDBOX" in text
        terminal.press(CTRL_Q)
        deadline = time.monotonic() + 20
        while terminal.process.poll() is None and time.monotonic() < deadline:
            if "Rows are under way" in terminal.text:
                terminal.press("d")
            time.sleep(HELD)
        assert terminal.ended() == 0, terminal.text
        gave_back(terminal)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A fresh folder and home without an account."""
    return Place(tmp_path)


OWN = (("klant@example.org", "Zoë", "12"), ("gast@example.org", "007", "4"), ("nummer@example.org", "O'Neil", "9"))
HEADER = ("Mailadres", "Hoe heet u", "housenumber")


async def test_an_own_file_is_loaded_mapped_planned_and_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """The account holds exactly the rows of the file, cell for cell; then a second file is taken on."""
    first = write_csv(tmp_path / "own.csv", HEADER, OWN)
    second = write_csv(tmp_path / "second.csv", ("email",), [("later@example.org",)])
    app = LeatApp(fast_desk(sandbox, tmp_path / "home"))
    async with app.run_test(size=SMALL) as pilot:
        go = Journey(app, pilot)
        await go.load(first)
        await go.press("enter")
        await go.at(MapScreen)
        await until(lambda: isinstance(app.focused, MappingTable | Button))
        await map_by_hand(go, "Mailadres", "email")
        await map_by_hand(go, "Hoe heet u", "firstname")
        await go.press("p")
        await go.at(ReviewScreen)
        await go.ready("run")
        assert "3 create" in go.words("#sums")
        await go.press("enter")
        await go.at(ConfirmScreen)
        await go.press("enter")
        await go.at(ReportScreen)
        assert "✓ 3 done" in go.words("#counts")
        assert sandbox.ledger.effects.created == len(OWN)
        assert not sandbox.ledger.violations
        for email, name, number in OWN:
            [contact] = sandbox.store.contacts_by_email(email)
            values = sandbox.store.values(contact)
            assert (values["firstname"], values["housenumber"]) == (name, int(number))
        await go.press("escape")
        await go.load(second)
        await go.press("enter")
        await go.at(MapScreen)
        await go.ready("plan")
        await go.press("enter")
        await go.at(ReviewScreen)
        await go.ready("run")
        await go.press("enter")
        await go.at(ConfirmScreen)
        await go.press("y")
        await go.at(ReportScreen)
        assert len(sandbox.store.contacts_by_email("later@example.org")) == 1
        assert sandbox.ledger.effects.created == len(OWN) + 1


async def test_a_run_is_undone_from_its_report_and_again_from_the_list(sandbox: Sandbox, tmp_path: Path) -> None:
    """The plan is reviewed and agreed to like any other; one step back from it is the report."""
    contact = sandbox.store.create("known@example.org")
    sandbox.store.update(contact, {"firstname": "Old"})
    app = LeatApp(fast_desk(sandbox, tmp_path / "home"))
    async with app.run_test(size=SMALL) as pilot:
        go = Journey(app, pilot)
        await go.load(write_csv(tmp_path / "own.csv", ("email", "firstname"), [("known@example.org", "New")]))
        await go.press("enter")
        await go.at(MapScreen)
        await go.ready("plan")
        await go.press("enter")
        await review_and_run(go)
        assert sandbox.store.values(contact)["firstname"] == "New"

        await go.press("u")
        await go.at(ReviewScreen)
        await go.ready("run")
        await go.press("escape")
        await go.at(ReportScreen)
        await go.press("u")
        await review_and_run(go)
        assert sandbox.store.values(contact)["firstname"] == "Old"

        await go.press("R")
        await go.at(RunsScreen)
        await until(lambda: "2 runs" in go.words("#how-many"))
        await go.press("u")
        await review_and_run(go)
        assert sandbox.store.values(contact)["firstname"] == "New"


async def review_and_run(go: Journey) -> None:
    """Wait for the one update, agree to it and wait for its report."""
    await go.at(ReviewScreen)
    await go.ready("run")
    assert "1 update" in go.words("#sums")
    await go.press("enter")
    await go.at(ConfirmScreen)
    await go.press("y")
    await go.at(ReportScreen)
    assert "✓ 1 done" in go.words("#counts")


async def map_by_hand(go: Journey, column: str, field: str) -> None:
    """Choose a field for a column in the picker."""
    table = go.app.screen.query_one(MappingTable)
    table.focus()
    table.go_to(column)
    await go.press("enter")
    await until(lambda: go.app.screen.query("#find"))
    await go.press(*field, "enter")
    await until(lambda: isinstance(go.app.screen, MapScreen))


async def test_escape_goes_back_one_stage_at_a_time_with_every_choice_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    """From the question to the review, the map and the file: delimiter, columns and options are as they were chosen."""
    lines = ["a;b", *(f"x{n}@example.org;name, {n}" for n in range(3))]
    file = tmp_path / "own.csv"
    file.write_text("\n".join(lines), "utf-8")
    app = LeatApp(fast_desk(sandbox, tmp_path / "home"), file)
    async with app.run_test(size=SMALL) as pilot:
        go = Journey(app, pilot)
        await go.at(LoadScreen)
        await go.ready("go")
        app.screen.query_one("#delimiter", Select).value = ";"
        app.screen.query_one("#encoding", Select).value = "latin-1"
        await go.says("#facts", "iso8859-1")
        await until(lambda: not app.screen.query_one("#go", Button).disabled)
        await go.press("m" if not isinstance(app.focused, Input) else "f5")
        await go.at(MapScreen)
        await until(lambda: isinstance(app.focused, MappingTable | Button))
        await map_by_hand(go, "a", "email")
        await map_by_hand(go, "b", "lastname")
        options = app.screen.query_one("#option-duplicates", Select)
        options.value = "first"
        await pilot.pause()
        await go.press("p")
        await go.at(ReviewScreen)
        await go.ready("run")
        await go.press("enter")
        await go.at(ConfirmScreen)
        await go.press("escape")
        await go.at(ReviewScreen)
        assert sandbox.ledger.effects.created == 0
        await go.press("escape")
        await go.at(MapScreen)
        await go.ready("plan")
        assert app.screen.query_one("#option-duplicates", Select).value == "first"
        assert fields_of(app) == {"a": "→ email", "b": "→ lastname"}
        await go.press("escape")
        await go.at(LoadScreen)
        await go.ready("go")
        assert app.screen.query_one("#delimiter", Select).value == ";"
        assert app.screen.query_one("#encoding", Select).value == "latin-1"
        assert "iso8859-1" in go.words("#facts")
        await go.press("escape")
        assert isinstance(app.screen, LoadScreen)
        await go.press("enter")
        await go.at(MapScreen)
        await go.ready("plan")
        assert app.screen.query_one("#option-duplicates", Select).value == "first"
        assert fields_of(app) == {"a": "→ email", "b": "→ lastname"}


async def test_a_job_that_was_chosen_is_kept_while_it_lacks_an_option(sandbox: Sandbox, tmp_path: Path) -> None:
    """One step back to the file and on again, past another file as well: each has its own job, columns and options."""
    first = write_csv(tmp_path / "own.csv", ("email", "naam"), [("a@example.org", "A")])
    second = write_csv(tmp_path / "second.csv", ("email",), [("later@example.org",)])
    app = LeatApp(fast_desk(sandbox, tmp_path / "home"), first)
    async with app.run_test(size=SMALL) as pilot:
        go = Journey(app, pilot)

        async def to_map() -> None:
            await go.at(LoadScreen)
            await go.ready("go")
            await go.press("enter")
            await go.at(MapScreen)
            await until(lambda: isinstance(app.focused, MappingTable | Button))

        await to_map()
        app.screen.query_one("#job", Select).value = "contacts.delete"
        await until(lambda: app.screen.query("#option-type"))
        await pilot.pause()
        await go.press("escape")
        await to_map()
        assert app.screen.query_one("#job", Select).value == "contacts.delete"
        assert app.screen.query_one("#option-type", Select).is_blank()
        app.screen.query_one("#option-type", Select).value = "GDPR"
        await pilot.pause()
        await go.press("escape")
        await go.at(LoadScreen)
        await go.ready("go")
        await go.load(second)
        await go.press("enter")
        await go.at(MapScreen)
        await go.ready("plan")
        assert app.screen.query_one("#job", Select).value == "contacts.upsert"
        await go.press("escape")
        await go.at(LoadScreen)
        await go.ready("go")
        await go.load(first)
        await to_map()
        assert app.screen.query_one("#job", Select).value == "contacts.delete"
        assert app.screen.query_one("#option-type", Select).value == "GDPR"
        assert fields_of(app) == {"email": "→ email", "naam": ""}


def fields_of(app: LeatApp) -> dict[str, str]:
    """What the map says of each column."""
    table = app.screen.query_one(MappingTable)
    rows = [[cell.plain.strip() for cell in table.get_row_at(row)] for row in range(table.row_count)]
    return {row[0]: row[2] for row in rows}


ROWS = 24


@pytest.fixture
def slow(make_sandbox: MakeSandbox) -> Sandbox:
    """An account that takes its time."""
    return make_sandbox(SandboxConfig(contacts=20, latency_ms=20))


def test_a_killed_run_is_offered_first_and_gone_on_with_by_one_key(slow: Sandbox, tmp_path: Path) -> None:
    """`kill -9` in mid-run; opened again, one key later every row has been done once and the report is there."""
    place = Place(tmp_path, slow)
    emails = [f"nieuw{n}@example.org" for n in range(ROWS)]
    file = write_csv(tmp_path / "in.csv", ("email",), [(email,) for email in emails])
    with on_terminal(place, str(file)) as terminal:
        terminal.shows(f"{ROWS} rows × 1 column")
        terminal.press(ENTER)
        terminal.shows("Enter plans")
        terminal.press(ENTER)
        terminal.shows(f"Run {ROWS} rows")
        terminal.press(ENTER)
        terminal.shows("Run (y)")
        terminal.press("y")
        assert wait_until(lambda: slow.ledger.effects.created >= 6, 30)
        terminal.process.send_signal(signal.SIGKILL)
        terminal.ended()
    done = slow.ledger.effects.created
    assert done < ROWS
    with on_terminal(place) as terminal:
        terminal.shows("stopped at", f"of {ROWS} rows", "Resume")
        terminal.press(F4)
        terminal.shows("✓ finished", f"✓ {ROWS} done")
        assert terminal.keys == 1
        terminal.press("q")
        assert terminal.ended() == 0
        gave_back(terminal)
    assert slow.ledger.effects.created == ROWS
    assert all(len(slow.store.contacts_by_email(email)) == 1 for email in emails)
    assert not slow.ledger.violations
    [results] = place.home.glob("runs/*/results.csv")
    with results.open(encoding="utf-8", newline="") as lines:
        assert [row["_status"] for row in csv.DictReader(lines)] == ["done"] * ROWS


def test_a_run_that_is_told_to_end_drains_and_gives_the_terminal_back(slow: Sandbox, tmp_path: Path) -> None:
    """SIGTERM in mid-run: rows in hand are finished, nothing is in doubt, and the rest waits to be gone on with."""
    place = Place(tmp_path, slow)
    write_csv(tmp_path / "in.csv", ("email",), [(f"nieuw{n}@example.org",) for n in range(ROWS)])
    with on_terminal(place, "in.csv") as terminal:
        for words in (f"{ROWS} rows × 1 column", "Enter plans", f"Run {ROWS} rows"):
            terminal.shows(words)
            terminal.press(ENTER)
        terminal.shows("Run (y)")
        terminal.press("y")
        assert wait_until(lambda: slow.ledger.effects.created >= 4, 30)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
        gave_back(terminal)
    [run] = Runs(place.home).all()
    found = standing(run)
    terminal.until_said(f"Run {run.id} stopped at {found.counts['done']} of {ROWS} rows: leatops resume {run.id}")
    assert found.state == "stopped"
    assert found.counts["unknown"] == 0
    assert found.counts["done"] == slow.ledger.effects.created < ROWS
