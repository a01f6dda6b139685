"""Each screen as it looks, small and large; what it does is proved elsewhere, that it shows the right thing here, too.

A picture that is meant to change is renewed by `pytest tests/app/test_pictures.py --snapshot-update`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import pytest
from textual import work
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Footer, Input
from textual.widgets._footer import FooterKey

import app
from app.choices import Choices
from app.main import LeatApp
from app.samples import JOB_OF
from app.screens.confirm import ConfirmScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.screens.runs import RunsScreen
from app.stages import Agreed, Desk, Loaded, Mapped
from app.widgets.frame_table import FrameTable, Place
from app.widgets.keys_bar import KeysBar, fitting
from ops.draft import PlanOptions
from ops.jobs import find_job
from ops.jobs.base import State
from ops.leat.pace import PaceState
from ops.leat.profile import Account, Secret
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.planner import make_plan
from ops.report import report_again
from ops.run import Ended
from ops.runs import RunFolder
from ops.sandbox import Sandbox, SandboxConfig
from ops.sheet import read_sheet
from ops.tally import Tally, Trouble
from tests.app.desks import SAMPLES, claimed, lone_desk, small_plan
from tests.app.hosts import drawn, until
from tests.engine.files import QUICK, account_of

HOME: Final = Path("home")
STYLES: Final = Path(app.__file__).parent
"""Where the app's own sheets lie: a class of the tests would look beside itself."""
NEW: Final = Path("samples/new-customers.csv")
CHANGED: Final = Path("samples/update-list.csv")
STARTED: Final = 1_790_000_000
"""When the runs of the pictures were started, in Unix time."""

Steer = Callable[[Pilot[Any]], Awaitable[None]]


class Compare(Protocol):
    """Whether an app looks as it did, after somebody has steered it to where it is to be looked at."""

    def __call__(self, app: LeatApp, *, terminal_size: tuple[int, int], run_before: Steer) -> bool: ...


class Alone(LeatApp):
    """The app with one of its screens, and no way on."""

    CSS_PATH = str(STYLES / "app.tcss")

    def __init__(self, screen: Screen[Any], desk: Desk | None = None) -> None:
        super().__init__(desk or lone_desk(HOME))
        self._given = screen

    @work
    async def journey(self) -> None:
        """The one screen."""
        await self.push_screen_wait(self._given)


@pytest.fixture(params=[(80, 24), (140, 40)], ids=["80x24", "140x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Of the terminal."""
    found: tuple[int, int] = request.param
    return found


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing blinks or moves, and nothing of this machine is on a picture: no path, no setting, no hour."""
    for name in ("NO_COLOR", "LEATOPS_HOME", "LEAT_API_KEY", "LEAT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr(Input, "cursor_blink", False)
    monkeypatch.chdir(tmp_path)
    Path("samples").symlink_to(SAMPLES)
    HOME.mkdir()
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="module")
def steady() -> Iterator[Desk]:
    """A desk on a sandbox that nobody writes to."""
    server = Sandbox.start(SandboxConfig(contacts=200))
    yield Desk(account_of(server), HOME, rate=200.0)
    server.stop()


def mapped(desk: Desk, file: Path, **options: str) -> Mapped:
    """A sample with its job and the mapping that is suggested for it."""
    sheet, job = read_sheet(file), find_job(JOB_OF[file.name])
    choices = Choices.begin(job, sheet.columns, asyncio.run(desk.view()), None)
    return Mapped(sheet, job, choices.mapping, PlanOptions(options, rate=desk.rate))


def shows(*words: str) -> Steer:
    """Wait until all of them are on the screen."""

    async def steer(pilot: Pilot[Any]) -> None:
        try:
            await until(lambda: all(word in drawn(pilot.app) for word in words))
        except AssertionError as error:
            raise AssertionError(f"{words} are not all on\n{drawn(pilot.app)}") from error

    return steer


def focuses(name: str) -> Steer:
    """Wait until a widget has the focus, by its id."""

    async def steer(pilot: Pilot[Any]) -> None:
        await until(lambda: pilot.app.focused is not None and pilot.app.focused.id == name)

    return steer


def footer_is_right(screen: Screen[Any]) -> bool:
    """Whether the footer shows the keys of now: it is drawn some time after they have changed."""
    keys: dict[str, FooterKey] = {}
    for active in screen.active_bindings.values():
        if (one := active.binding).show and one.action not in keys:
            shown = screen.app.get_key_display(one)
            keys[one.action] = FooterKey(one.key, shown, one.description, one.action, disabled=not active.enabled)
    for footer in screen.query(Footer):
        wanted = list(keys.values())
        if isinstance(footer, KeysBar):
            wanted = fitting(wanted, screen.app.size.width)
        if [state(key) for key in footer.query(FooterKey)] != [state(key) for key in wanted]:
            return False
    return True


def state(key: FooterKey) -> tuple[str, bool]:
    """What a key does, and whether it can do so now."""
    return key.action, key.has_class("-disabled")


def steps(*parts: Steer | str) -> Steer:
    """One thing after the other, each when the one before is done; a text is a key."""

    async def steer(pilot: Pilot[Any]) -> None:
        for part in parts:
            if isinstance(part, str):
                await pilot.press(part)
            else:
                await part(pilot)
            await until(lambda: footer_is_right(pilot.app.screen))
            await pilot.pause()

    return steer


def test_load(snap_compare: Compare, size: tuple[int, int]) -> None:
    """The samples, the file as it was read, and its first rows; one Enter goes on."""
    shown = Alone(LoadScreen(lone_desk(HOME, demo=True), NEW))
    ready = shows("40 rows × 10 columns", "update-list.csv     contacts.upsert", "emma.deboer@example.com", "Go on")
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready, focuses("go")))


def test_load_of_nothing(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Without a file the screen says what to do, and the line to type in has the focus."""
    ready = steps(shows("Type the path of a file above", "CSV of any delimiter"), focuses("path"))
    assert snap_compare(Alone(LoadScreen(lone_desk(HOME))), terminal_size=size, run_before=steps(ready))


def test_load_of_a_file_that_cannot_be_read(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Why, with the line; how it is read can be changed, and there is no way on."""
    Path("people.csv").write_text("email,name\na@example.org,Anna\nb@example.org,Bert,Brecht\n")
    ready = shows("cannot be read", "line 3", "Delimiter")
    shown = Alone(LoadScreen(lone_desk(HOME), Path("people.csv")))
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready))


def test_a_cell_whole(snap_compare: Compare, size: tuple[int, int]) -> None:
    """A cell of two lines, over the table it stands in."""

    async def choose(pilot: Pilot[Any]) -> None:
        table = pilot.app.screen.query_one(FrameTable)
        table.focus()
        table.cursor = Place(8, 9)

    opened = steps(shows("40 rows"), choose, "enter", shows("Notes · row 9", "Ring twice,", "the bell is broken"))
    assert snap_compare(Alone(LoadScreen(lone_desk(HOME), NEW)), terminal_size=size, run_before=opened)


def test_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Where one is and every key that works there, by where it works."""
    opened = steps(shows("40 rows"), "question_mark", shows("The file the work begins with.", "On this screen", "Open"))
    assert snap_compare(Alone(LoadScreen(lone_desk(HOME), NEW)), terminal_size=size, run_before=opened)


def test_map(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """Each column with its field, and what is wrong with the rows before anything of the account is read."""
    shown = Alone(MapScreen(steady, Loaded(read_sheet(NEW))))
    ready = shows("phonenumber", "usual name", "left out", "6 invalid", "2 held", '"12-bis" is not')
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready))


def test_field_picker(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """Every field the column can fill, its kind, and which column fills it now."""
    shown = Alone(MapScreen(steady, Loaded(read_sheet(NEW))))
    asks = shows("Which field does Phone fill?", "phonenumber", "(now)", "taken: Street", "leave out")
    opened = steps(shows("6 invalid"), "1", "down", "down", "down", "enter", asks)
    assert snap_compare(shown, terminal_size=size, run_before=opened)


def test_review(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """The counts, the rows, and the fields of one of them before and after."""
    shown = Alone(ReviewScreen(steady, mapped(steady, CHANGED)))
    ready = shows("5 create", "9 update", "Run 14 rows", "row 1 ")
    row = shows("row 2 ", '∅ → "Utrecht"')
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready, "tab", "down", row))


def test_review_of_no_plan(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """Why there is none, that nothing was written, and where one goes from there."""
    turned_away = replace(steady, account=Account(steady.account.base_url, Secret("old"), "sandbox"), _view=None)
    shown = Alone(ReviewScreen(turned_away, mapped(steady, CHANGED)))
    ready = shows("No plan: ", "token", "Nothing was written.")
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready))


def test_confirm(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """How much is sent where, over the review that is still seen; on a sandbox the yes has the focus."""
    shown = Alone(ReviewScreen(steady, mapped(steady, CHANGED)))
    asks = shows("5 create", "create 5, update 9", "This sends 19 writes to the sandbox.")
    opened = steps(shows("Run 14 rows", "row 1 "), "r", asks, focuses("yes"))
    assert snap_compare(shown, terminal_size=size, run_before=opened)


def test_confirm_on_a_live_account(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """It is named, and Cancel has the focus."""

    async def ask(pilot: Pilot[Any]) -> None:
        review = pilot.app.screen
        assert isinstance(review, ReviewScreen)
        assert review._browser is not None
        pilot.app.push_screen(ConfirmScreen(review._browser.plan, local=False))

    shown = Alone(ReviewScreen(steady, mapped(steady, CHANGED)))
    opened = steps(shows("Run 14 rows", "row 1 "), ask, shows("to the LIVE account"), focuses("no"))
    assert snap_compare(shown, terminal_size=size, run_before=opened)


def test_review_of_a_deletion(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """What is lost, in sum and of each person, who is named by the reference alone."""
    shown = Alone(ReviewScreen(steady, mapped(steady, Path("samples/erasure.csv"), type="GDPR")))
    ready = shows("3 delete", "Lost with them for good: 2,943 credits", "Type GDPR", "Run 3 rows", "row 1 ")
    row = shows("row 2 ", "€ 46.50 → ∅")
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready, "tab", "down", row))


def test_confirm_of_gift_cards(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """How many cards, worth how much, above the number that is to be typed; Cancel has the focus."""
    given = mapped(steady, Path("samples/giftcards.csv"), program="Cadeaukaart", shop="Webshop", send="true")
    asks = shows("giftcards.issue: 3 rows", "3 cards of Cadeaukaart", "No undo", "Type the number of rows")
    opened = steps(shows("Run 3 rows", "row 1 "), "r", asks, focuses("no"))
    assert snap_compare(Alone(ReviewScreen(steady, given)), terminal_size=size, run_before=opened)


class Halfway(RunScreen):
    """A run that stays at one moment of its life."""

    CSS_PATH = str(STYLES / "screens" / "run.tcss")

    async def _begin(self) -> AsyncGenerator[Tally | Ended, None]:
        for second in range(1, 31):
            yield moment(second)
        await asyncio.Event().wait()


def moment(second: int) -> Tally:
    """A run of a thousand rows so many seconds after its start."""
    done = 4 * second + second**2 // 7
    counts = {State.SAME: 120, State.INVALID: 12, State.HELD: 3, State.DONE: done, State.REFUSED: 2, State.UNKNOWN: 1}
    troubles = (
        Trouble(17, State.REFUSED, "phonenumber: The value must be a valid phone number."),
        Trouble(41, State.UNKNOWN, "no answer within 30 s; whether it was done is not known"),
        Trouble(58, State.REFUSED, "Invalid input. | \x1b[31mbirthdate[/]: The value must be a date."),
    )
    return Tally(
        rows=1000,
        counts=dict.fromkeys(State, 0) | counts | {State.PENDING: 1000 - sum(counts.values())},
        seconds=float(second),
        finished=done + 3,
        requests=2 * done,
        retries=4,
        pace=PaceState(rate=10.0, wanted=20.0, paused_for=7.0, why="the account answers 429", refused=4),
        latest=troubles,
        waiting=137,
    )


def test_run(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """The counts, the pace against the limit and why it is slow, the time left, and what did not go well."""
    shown = Alone(Halfway(steady, Agreed(plan_of(steady))))
    ready = shows(
        "contacts.upsert: 1,000 rows",
        "248 done",
        "2 refused",
        "1 unknown",
        "137 accepted, waiting",
        "10 of 20 requests/s",
        "row 58 refused: ",
    )
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready))


def test_leaving_a_run(snap_compare: Compare, size: tuple[int, int], steady: Desk) -> None:
    """The three ways, and that each can be gone on from; staying has the focus."""
    shown = Alone(Halfway(steady, Agreed(plan_of(steady))))
    opened = steps(shows("248 done"), "escape", shows("1,000 rows", "Rows are under way.", "Drain", "Stop now"))
    assert snap_compare(shown, terminal_size=size, run_before=opened)


def plan_of(desk: Desk) -> Plan:
    """A plan of the sample that updates."""
    given = mapped(desk, CHANGED)
    out = HOME / "update.plan.parquet"
    return asyncio.run(
        make_plan(given.job, given.sheet, desk.account, out=out, mapping=given.mapping, options=given.options)
    )


def named(run: RunFolder, name: str, minutes: int) -> RunFolder:
    """A run under a name, as begun so many minutes after the first of the pictures."""
    path = run.path.rename(run.path.with_name(name))
    os.utime(path / "plan.parquet", (STARTED + 60 * minutes,) * 2)
    return RunFolder(path)


def finished(sandbox: Sandbox) -> RunFolder:
    """A run of which one row was done, one refused and one never valid."""
    plan = asyncio.run(small_plan(sandbox, Path(), "new@example.org", "taken@example.org", "[/bold]\x1b[31m@@example"))
    sandbox.store.create("taken@example.org")
    report = asyncio.run(run_plan(plan, account_of(sandbox), Consent(yes=True), home=HOME, options=QUICK))
    return named(RunFolder(report.folder), "contacts.create-0a1b2c3d4e5f", 0)


def test_report(snap_compare: Compare, size: tuple[int, int], sandbox: Sandbox) -> None:
    """What became of the rows, those that need a look with why, the files, and the most sensible way on first."""
    report = replace(report_again(finished(sandbox)), seconds=83.0)
    shown = Alone(ReportScreen(Desk(account_of(sandbox), HOME), report))
    ready = shows(
        "1 done", "1 invalid", "1 refused", "already exists", "retry.csv", "home/runs/contacts.create-0a1b2c3d"
    )
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready, focuses("retry")))


def test_rows_of_a_cause(snap_compare: Compare, size: tuple[int, int], sandbox: Sandbox) -> None:
    """All rows of one cause, with what is said of them and what to do."""
    report = report_again(finished(sandbox))
    shown = Alone(ReportScreen(Desk(account_of(sandbox), HOME), report))
    ready = steps(shows("1 refused", "already exists"), "v", shows("1 row", "✗ refused", "taken@example.org"))
    assert snap_compare(shown, terminal_size=size, run_before=ready)


def test_runs(snap_compare: Compare, size: tuple[int, int], sandbox: Sandbox) -> None:
    """Every run of the home, the latest first, with how it stands; one that cannot be read says so."""
    finished(sandbox)
    stopped = claimed(HOME, asyncio.run(small_plan(sandbox, Path(), "a@example.org", "b@example.org")))
    named(stopped, "contacts.create-1b2c3d4e5f60", 24 * 60)
    damaged = HOME / "runs" / "contacts.update-2c3d4e5f6071"
    damaged.mkdir()
    (damaged / "plan.parquet").write_bytes(b"not a plan")
    named(RunFolder(damaged), damaged.name, 48 * 60)
    shown = Alone(RunsScreen(Desk(account_of(sandbox), HOME)))
    ready = steps(shows("3 runs", "finished", "stopped", "damaged"), "down", shows("contacts.create, 2 rows of in.csv"))
    assert snap_compare(shown, terminal_size=size, run_before=steps(ready))
