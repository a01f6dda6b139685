"""Every job through the app with its sample, on a real sandbox: map, options, review, the number typed, run, report."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.widgets import Button, Checkbox, Input, Select, Static
from textual.widgets.select import NoSelection

from app.main import LeatApp
from app.samples import JOB_OF
from app.screens.confirm import ConfirmScreen
from app.screens.count_prompt import CountPrompt
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.widgets.frame_table import FrameTable
from ops.jobs import JOBS
from ops.sandbox import Sandbox, SandboxConfig
from tests.app.desks import SAMPLES
from tests.app.hosts import until
from tests.app.journeys import Journey, fast_desk
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv

SMALL = (80, 24)
W = TypeVar("W", bound=Select[Any] | Input | Checkbox)


@pytest.fixture
def account(make_sandbox: MakeSandbox) -> Sandbox:
    """An account on which what is asked for is done soon."""
    return make_sandbox(SandboxConfig(contacts=200, settle_delay=0.1))


class Tour(Journey):
    """One file, or none, on its way."""

    def option(self, kind: type[W], name: str) -> W:
        """An option of the form."""
        return self.app.screen.query_one(f"#option-{name}", kind)

    async def to_map(self) -> None:
        """On from the file."""
        await self.at(LoadScreen)
        await self.ready("go")
        await self.press("enter")
        await self.mapped()

    async def mapped(self) -> None:
        """Wait for the account's answer."""
        await self.at(MapScreen)
        await until(lambda: self.app.screen.query_one("#work").display)
        await self.pilot.pause()

    async def to_review(self) -> None:
        """Plan."""
        await until(lambda: not self.app.screen.query_one("#plan", Button).disabled)
        await self.press("p")
        await self.at(ReviewScreen)
        await self.ready("run")

    async def confirm(self, wrong: str, number: str) -> None:
        """Be asked for the number, with the focus on Cancel; another number does nothing."""
        await self.press("r")
        await self.at(ConfirmScreen)
        assert self.app.focused is self.app.screen.query_one("#no")
        await self.press("y", *wrong, "enter")
        assert isinstance(self.app.screen, ConfirmScreen)
        assert not self.may_say_yes()
        await self.press(*["backspace"] * len(wrong), *number)
        assert self.may_say_yes()
        await self.press("enter")

    def may_say_yes(self) -> bool:
        """Whether the question can be answered with yes."""
        return not self.app.screen.query_one("#yes", Button).disabled

    async def reported(self) -> str:
        """Wait for the report; returns its counts."""
        await self.at(ReportScreen)
        return self.words("#counts")

    def files(self) -> set[str]:
        """The names of the files the report lists."""
        assert isinstance(self.app.screen, ReportScreen)
        return {path.name for path, _ in self.app.screen._files}

    @property
    def why(self) -> str:
        """Why one cannot plan."""
        return self.words("#why")


@asynccontextmanager
async def tour(account: Sandbox, folder: Path, file: Path | None) -> AsyncIterator[Tour]:
    """The app on the samples, with a file at hand."""
    desk = replace(fast_desk(account, folder / "home"), demo=file is not None, samples=SAMPLES)
    app = LeatApp(desk, file)
    async with app.run_test(size=SMALL) as pilot:
        yield Tour(app, pilot)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The rows of the one run."""
    [path] = folder.glob("home/runs/*/results.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def listed(go: Tour, row: int) -> list[str]:
    """A row of the table, cell by cell."""
    browser = go.app.screen._browser if isinstance(go.app.screen, ReviewScreen) else None
    assert browser is not None
    return [str(cell) for cell in browser.table.row(row - 1)]


async def test_an_erasure(account: Sandbox, tmp_path: Path) -> None:
    """The type must be chosen; what is lost stands in the review and above the number; the receipt is listed."""
    async with tour(account, tmp_path, SAMPLES / "erasure.csv") as go:
        await go.to_map()
        assert go.app.screen.query_one("#job", Select).value == "contacts.delete"
        await go.press("p")
        assert go.app.focused is go.option(Select, "type")
        assert go.why.startswith("Choose type: GDPR removes every reference")
        assert go.app.screen.query_one("#plan", Button).disabled
        go.option(Select, "type").value = "GDPR"
        await go.to_review()
        assert "Lost with them for good: 2,943 credits, € 115.00 of prepaid value, 2 tiers." in go.words("#sums")
        table = go.app.screen.query_one(FrameTable)
        assert table.row_count == 6
        table.focus()
        await go.press("down")
        await until(lambda: "€ 46.50 → ∅" in go.words("#detail"))
        await go.press("r")
        await go.at(ConfirmScreen)
        assert "2,943 credits" in go.words("#notes")
        await go.press("escape")
        await go.at(ReviewScreen)
        await go.confirm("4", "3")
        assert "3 done" in await go.reported()
        assert "receipt.json" in go.files()
    assert account.ledger.effects.deleted == 3
    assert rows_of(tmp_path)[0]["_steps"] == "delete:done gone:done"


async def test_an_erasure_of_people_without_references(account: Sandbox, tmp_path: Path) -> None:
    """Rows that have no name at all are looked through, filtered and opened like any."""
    file = write_csv(tmp_path / "gone.csv", ("email",), [("tess.elamrani13@kantoor.example",), ("x@example.com",)])
    async with tour(account, tmp_path, file) as go:
        await go.to_map()
        go.app.screen.query_one("#job", Select).value = "contacts.delete"
        await go.pilot.pause()
        await until(lambda: go.why.startswith("Choose type"))
        go.option(Select, "type").value = "DEFAULT"
        await go.to_review()
        assert listed(go, 1)[2] == "bb26946e-708f-4cc1-ab71-ebe513e08d3d"
        assert listed(go, 1)[3] == "credit_balance: 0, prepaid_balance: € 0.00, tier: ∅"
        assert listed(go, 2)[2:] == ["None", "not found: the account has no such contact"]
        go.app.screen.query_one(FrameTable).focus()
        await go.press("down")
        await until(lambda: go.words("#detail").startswith("row 2  held"))
        await go.press("enter")
        await until(lambda: not isinstance(go.app.screen, ReviewScreen))
        await go.press("escape")
        await go.at(ReviewScreen)
        go.app.screen.query_one("#text", Input).value = "not found"
        await until(lambda: go.app.screen.query_one(FrameTable).row_count == 1)


async def test_merges(account: Sandbox, tmp_path: Path) -> None:
    """Both sides are shown before and after, and the sentence about consent."""
    async with tour(account, tmp_path, SAMPLES / "merges.csv") as go:
        await go.to_map()
        await go.to_review()
        assert "To move: 4,617 credits and € 72.00 of prepaid value" in go.words("#sums")
        await until(lambda: "€ 49.00 → € 98.00" in go.words("#detail"))
        await go.confirm("1", "2")
        assert "2 done" in await go.reported()
    assert [row["_status"] for row in rows_of(tmp_path)] == ["done", "done", "invalid", "held"]


async def test_a_file_of_merges_finds_its_job_by_itself(account: Sandbox, tmp_path: Path) -> None:
    """Whose columns fill no row of the usual job is offered the first job whose rows they fill."""
    (tmp_path / "own.csv").write_bytes((SAMPLES / "merges.csv").read_bytes())
    async with tour(account, tmp_path, tmp_path / "own.csv") as go:
        await go.to_map()
        assert go.app.screen.query_one("#job", Select).value == "contacts.merge"
        assert go.words("#summary") == JOBS["contacts.merge"].summary


async def test_claims_with_a_merge(account: Sandbox, tmp_path: Path) -> None:
    """A switch allows it, and then the number is wanted."""
    async with tour(account, tmp_path, SAMPLES / "claims.csv") as go:
        await go.to_map()
        await go.to_review()
        assert "2 claim" in go.words("#sums")
        await go.press("escape")
        await go.mapped()
        go.option(Checkbox, "allow_merge").value = True
        await go.to_review()
        assert "1 merge" in go.words("#sums")
        await go.confirm("2", "3")
        assert "3 done" in await go.reported()


async def test_an_enrichment(account: Sandbox, tmp_path: Path) -> None:
    """Switches and names say what is added; nothing is written, and one Enter will do."""
    async with tour(account, tmp_path, SAMPLES / "customers.csv") as go:
        await go.to_map()
        go.option(Input, "attributes").value = "city, shoe_size"
        await until(lambda: "no attribute 'shoe_size'" in go.why)
        go.option(Input, "attributes").value = "city"
        go.option(Checkbox, "balances").value = True
        await go.to_review()
        await go.press("r")
        await go.at(ConfirmScreen)
        await go.press("y")
        assert "4 done" in await go.reported()
        assert await_words(go, "your file with the columns that were added")
    assert [row["credit_balance"] for row in rows_of(tmp_path)] == ["4212", "2461", "28", "1530", ""]
    assert not any(entry.write for entry in account.ledger.entries)


def await_words(go: Tour, words: str) -> bool:
    """Whether a file of the report is described so."""
    assert isinstance(go.app.screen, ReportScreen)
    return any(words in told for _, told in go.app.screen._files)


async def test_gift_cards_are_issued_and_mailed(account: Sandbox, tmp_path: Path) -> None:
    """Programme and shop are chosen by name, inactive programmes are not offered; what is missing is said before."""
    async with tour(account, tmp_path, SAMPLES / "giftcards.csv") as go:
        await go.to_map()
        assert go.why.startswith("Choose program: the gift card programme")
        program = go.option(Select, "program")
        offered = [str(label) for label, value in program._options if not isinstance(value, NoSelection)]
        assert offered == ["Cadeaukaart", "Verjaardagsbon", "Relatiegeschenk"]
        program.value = "a203bee9-2523-4a19-8b7e-2d282d272b6f"
        await until(lambda: "An amount needs" in go.why)
        assert "Webshop" in go.why
        go.option(Select, "shop").value = "91f6bb0e-3f2e-4b52-9a7d-7a4f0b7f1d20"
        assert "[ ] no" in str(go.option(Checkbox, "send").render())
        go.option(Checkbox, "send").value = True
        go.option(Checkbox, "codes").value = True
        assert "[x] yes" in str(go.option(Checkbox, "send").render())
        await go.to_review()
        assert "3 cards of Cadeaukaart, worth € 60.50 in total, each mailed" in go.words("#sums")
        assert listed(go, 1)[3].startswith("amount: € 25.00, mailed_to: ")
        await until(lambda: 'custom.name  "Anaïs"' in go.words("#detail"))
        await go.confirm("5", "3")
        assert "3 done" in await go.reported()
        assert "codes.csv" in go.files()
    assert account.ledger.effects.cards == 3
    assert account.ledger.effects.mails == 3


async def test_gift_cards_that_are_there_are_mailed(account: Sandbox, tmp_path: Path) -> None:
    """An odd one is warned of; what is on the cards is told."""
    async with tour(account, tmp_path, SAMPLES / "cards-to-send.csv") as go:
        await go.to_map()
        await go.to_review()
        assert "cards worth" in go.words("#sums")
        assert "warning" in go.words("#sums")
        number = str(go.app.screen.query_one("#run", Button).label).split()[1]
        await go.confirm("9", number)
        assert f"{number} done" in await go.reported()
    assert account.ledger.effects.mails == int(number)


async def test_blank_gift_cards_need_no_file(account: Sandbox, tmp_path: Path) -> None:
    """A key asks how many; the way is the same from there, also back."""
    async with tour(account, tmp_path, None) as go:
        await go.at(LoadScreen)
        await go.press("f6")
        await go.at(CountPrompt)
        await go.press("0", "enter")
        assert "1 to 1,000,000" in str(go.app.screen.query_one("#said", Static).content)
        await go.press("backspace", "7", "enter")
        await go.mapped()
        assert [value for _, value in go.app.screen.query_one("#job", Select)._options] == ["giftcards.issue"]
        go.option(Select, "program").value = "123"
        await go.to_review()
        assert "7 cards of Relatiegeschenk, with nothing on them." in go.words("#sums")
        await go.press("escape")
        await go.mapped()
        assert go.option(Select, "program").value == "123"
        await go.press("escape")
        await go.at(LoadScreen)
        await go.ready("go")
        assert go.words("#facts").startswith("7 blank gift cards")
        await go.press("enter")
        await go.mapped()
        assert go.option(Select, "program").value == "123"
        await go.to_review()
        await go.confirm("8", "7")
        assert "7 done" in await go.reported()
        await go.press("escape")
        await go.at(LoadScreen)
    assert account.ledger.effects.cards == 7


@pytest.mark.parametrize("name", ["loyalty-cards.csv", "cards.csv"])
async def test_the_other_samples_lead_to_a_report(account: Sandbox, tmp_path: Path, name: str) -> None:
    """Each is for a job that needs no option."""
    async with tour(account, tmp_path, SAMPLES / name) as go:
        await go.to_map()
        assert go.app.screen.query_one("#job", Select).value == JOB_OF[name]
        await go.to_review()
        await go.press("r")
        await go.at(ConfirmScreen)
        await go.press("y")
        assert "3 done" in await go.reported()


def test_every_sample_is_for_a_job() -> None:
    """And every job but those that share one has a sample."""
    assert {path.name for path in SAMPLES.iterdir()} == set(JOB_OF)
    assert set(JOB_OF.values()) == set(JOBS) - {"contacts.create", "contacts.update"}


async def test_a_card_that_was_made_is_shown_beside_what_went_wrong_with_it(account: Sandbox, tmp_path: Path) -> None:
    """Somebody will want to look for it in the account."""
    async with tour(account, tmp_path, SAMPLES / "giftcards.csv") as go:
        await go.to_map()
        go.option(Select, "program").value = "a203bee9-2523-4a19-8b7e-2d282d272b6f"
        go.option(Select, "shop").value = "91f6bb0e-3f2e-4b52-9a7d-7a4f0b7f1d20"
        go.option(Checkbox, "send").value = True
        await go.to_review()
        [contact] = account.store.contacts_by_email("bram.visser50@example.com")
        contact.subscriptions = 0
        await go.confirm("5", "3")
        assert "1 refused" in await go.reported()
        await go.press("w")
        table = go.app.screen.query_one("#rows FrameTable", FrameTable)
        await until(lambda: table.source is not None and "card" in table.source.columns)
        assert table.source is not None
        assert table.source.columns == ["status", "message", "card"]
    [refused] = [row for row in rows_of(tmp_path) if row["_status"] == "refused"]
    assert refused["_card"]
