"""The last question: by impact, a key, an Enter or the number of rows; and nothing is said twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from textual.widgets import Button, Input

from app.screens.confirm import WANTED, ConfirmScreen, first_notes
from app.screens.leave import LeaveScreen
from app.stages import Agreed
from ops.jobs import JOBS
from ops.jobs.base import Job, Verb
from ops.jobs.contacts_create import CreateContacts
from ops.plan import Plan
from ops.sandbox import Sandbox
from ops.verify import Verify
from tests.app.desks import small_plan
from tests.app.hosts import ScreenHost, until

SMALL = (80, 24)


@pytest.fixture
async def plan(sandbox: Sandbox, tmp_path: Path) -> Plan:
    """Three rows to create."""
    return await small_plan(sandbox, tmp_path, *(f"new{n}@example.org" for n in range(3)))


def focused(host: ScreenHost) -> str | None:
    """The widget that keys go to."""
    return None if host.focused is None else host.focused.id


def may_say_yes(host: ScreenHost) -> bool:
    """Whether the button can be pressed."""
    return not host.screen.query_one("#yes", Button).disabled


async def test_on_a_sandbox_one_enter_says_yes(plan: Plan) -> None:
    """Nothing can go wrong for anybody there."""
    host = ScreenHost(ConfirmScreen(plan, local=True))
    async with host.run_test(size=SMALL) as pilot:
        assert focused(host) == "yes"
        assert "3 rows" in host.drawn()
        assert "the sandbox" in host.drawn()
        await pilot.press("enter")
    assert host.result == Agreed(plan)


async def test_on_a_live_account_enter_alone_says_no_and_y_says_yes(plan: Plan) -> None:
    """The focus is on Cancel; the account is named, and called live."""
    yes = Agreed(plan)
    for keys, answer in (("enter", None), ("y", yes), ("n", None), ("escape", None), ("right enter", yes)):
        host = ScreenHost(ConfirmScreen(plan, local=False))
        async with host.run_test(size=SMALL) as pilot:
            assert focused(host) == "no"
            assert "the LIVE account sandbox" in host.drawn()
            await pilot.press(*keys.split())
        assert host.result == answer, keys


class Spend(CreateContacts):
    """A job that cannot be undone."""

    name: ClassVar[str] = "contacts.spend"
    guarded: ClassVar[frozenset[Verb]] = frozenset({Verb.CREATE})


@pytest.fixture
async def dear(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A plan of it."""
    monkeypatch.setitem(JOBS, Spend.name, Spend)
    made = await small_plan(sandbox, tmp_path, *(f"new{n}@example.org" for n in range(12)), job=Spend.name)
    assert made.acting == 12
    return made


@pytest.mark.parametrize("local", [True, False])
async def test_what_cannot_be_undone_wants_the_number(dear: Plan, *, local: bool) -> None:
    """Neither `y` nor Enter nor another number will do; digits go into the field from wherever the focus is."""
    host = ScreenHost(ConfirmScreen(dear, local=local))
    async with host.run_test(size=SMALL) as pilot:
        assert focused(host) == "no"
        assert "No undo: an update does not unmake a contact" in host.drawn()
        await pilot.press("y")
        assert host.screen is host.given
        await pilot.press("1")
        assert focused(host) == "count"
        await pilot.press("3", "enter")
        assert host.screen is host.given
        assert not may_say_yes(host)
        assert "✗ 13 is not the number of rows that will act." in host.drawn()
        await pilot.press("y", "backspace", "2")
        assert host.screen.query_one("#count", Input).value == "12"
        assert host.words("#said") == WANTED
        assert may_say_yes(host)
        await pilot.press("enter")
    assert host.result == Agreed(dear, 12)


@pytest.mark.parametrize("size", [SMALL, (140, 40)])
@pytest.mark.parametrize("job", [job for job in JOBS.values() if job.guarded])
async def test_what_has_no_undo_says_so_and_leaves_room_for_the_answers(
    plan: Plan, job: type[Job], size: tuple[int, int]
) -> None:
    """On a small screen too, below what such a plan has to say for itself, however much that is."""
    notes = ("Lost with them for good: 1,234,567 credits, € 12,345.60 of prepaid value, 123 tiers.", "x " * 400)
    counts = {**plan.counts, "create": 0, next(iter(job.guarded)).value: 3}
    meta = msgspec.structs.replace(plan.meta, job=job.name, notes=notes, verbs=counts)
    host = ScreenHost(ConfirmScreen(replace(plan, meta=meta), local=False))
    async with host.run_test(size=size) as pilot:
        said = " ".join(host.words("#notes").split())
        assert said.endswith(f"No undo: {job.undo}.")

        def always_seen() -> bool:
            drawn = host.drawn()
            shown = (f"{job.name}: 3 rows", f" {next(iter(job.guarded)).value} 3 ", "This sends", WANTED, "Run (y)")
            return all(words in drawn for words in shown)

        await until(always_seen)
        await pilot.press("5", "enter")
        await until(lambda: "5 is not the number" in host.drawn() and job.name in host.drawn())
        if size == SMALL:
            assert "PgDn: more" in host.drawn()
            await pilot.press(*["pagedown"] * 9)
            told = host.screen.query_one("#told")
            await until(lambda: 0 < told.scroll_offset.y == told.max_scroll_y)
            await until(lambda: f"{job.undo.split()[-1]}." in host.drawn())
        await pilot.resize_terminal(80, 16)
        await until(lambda: "Run (y)" in host.drawn())


async def test_a_yes_without_the_number_says_what_is_wanted(dear: Plan) -> None:
    """And goes to where it is typed."""
    host = ScreenHost(ConfirmScreen(dear, local=True))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("y")
        assert focused(host) == "count"
        assert host.words("#said") == f"✗ {WANTED}"


@pytest.mark.parametrize("size", [SMALL, (140, 40)])
async def test_the_first_rows_and_reading_back_are_asked_for_beside_the_yes(plan: Plan, size: tuple[int, int]) -> None:
    """Both may be left alone; what is no number of rows is told, and nothing is sent."""
    for keys, first, verify in (("", None, None), ("2", 2, Verify()), ("1", 1, Verify(5))):
        host = ScreenHost(ConfirmScreen(plan, local=False))
        async with host.run_test(size=size) as pilot:
            assert "Do first" in host.drawn()
            assert "read back" in host.drawn()
            typed = "" if verify is None else "all" if verify.rows is None else str(verify.rows)
            host.screen.query_one("#first").focus()
            await pilot.press(*keys, "enter")
            assert focused(host) == "verify"
            await pilot.press(*typed, "enter")
            assert focused(host) == "no"
            await pilot.press("y")
        assert host.result == Agreed(plan, first=first, verify=verify)


async def test_odd_wishes_for_a_run_are_told(plan: Plan) -> None:
    """None of them is passed over in silence."""
    host = ScreenHost(ConfirmScreen(plan, local=True))
    async with host.run_test(size=SMALL) as pilot:
        for field, typed, words in (
            ("first", "0", "✗ Do first: a number of rows, or nothing."),
            ("verify", "some", "✗ Read back: all, a number of rows, or none."),
            ("verify", "0", "✗ Read back: all, a number of rows, or none."),
        ):
            line = host.screen.query_one(f"#{field}", Input)
            line.value = typed
            host.screen.query_one("#yes").focus()
            await pilot.press("y")
            assert host.screen is host.given
            assert focused(host) == field
            assert host.words("#said") == words
            assert words in host.drawn()
            line.value = ""
        host.screen.query_one("#verify", Input).value = "none"
        host.screen.query_one("#yes").focus()
        await pilot.press("enter")
    assert host.result == Agreed(plan)


async def test_the_number_is_not_enough_to_be_taken_for_a_yes(dear: Plan) -> None:
    """Whoever has typed it can still go back."""
    host = ScreenHost(ConfirmScreen(dear, local=False))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("1", "2", "escape")
    assert host.result is None


async def test_an_answer_given_twice_closes_nothing_else(plan: Plan) -> None:
    """Two presses of the button, as a held key makes them, and a late key: the screen below stays."""
    host = ScreenHost(ConfirmScreen(plan, local=True))
    async with host.run_test(size=SMALL) as pilot:
        below = host.screen_stack[0]
        button = host.screen.query_one("#yes", Button)
        button.press()
        button.press()
        await until(lambda: host.ended)
        await pilot.pause()
        assert host.screen is below
    assert host.result == Agreed(plan)


async def test_leaving_asks_in_words_and_keys_and_staying_has_the_focus() -> None:
    """Every answer has its letter; arrows walk; Enter alone and Esc stay."""
    for keys, answer in (
        ("enter", "stay"),
        ("escape", "stay"),
        ("n", "stay"),
        ("d", "drain"),
        ("S", "stop"),
        ("right enter", "drain"),
        ("tab tab enter", "stop"),
    ):
        host = ScreenHost(LeaveScreen())
        async with host.run_test(size=SMALL) as pilot:
            assert focused(host) == "stay"
            drawn = host.drawn()
            assert all(word in drawn for word in ("Stay (n)", "Drain (d)", "Stop now (S)", "can be resumed", "unknown"))
            await pilot.press(*keys.split())
        assert host.result == answer, keys


def test_of_many_notes_the_totals_are_shown(plan: Plan) -> None:
    """And how many more there are; a question with a hundred lines has no answer on the screen."""
    noted = Plan(plan.path, msgspec.structs.replace(plan.meta, notes=tuple(f"note {n}" for n in range(100))))
    assert first_notes(noted) == ["note 0", "note 1", "note 2", "and 97 more notes: w in the review shows them"]
    few = Plan(plan.path, msgspec.structs.replace(plan.meta, notes=("a", "b")))
    assert first_notes(few) == ["a", "b"]
