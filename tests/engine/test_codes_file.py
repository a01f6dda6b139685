"""The codes of new gift cards: in one file for whoever asked, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ops.codes_file import write_codes
from ops.errors import AccountError
from ops.events import Mark
from ops.jobs.base import State
from ops.leat.client import Wiring
from ops.leat.pace import Pace
from ops.leat.profile import Account, Secret
from ops.leat.reader import Reader
from ops.report import report_again
from ops.runs import RunFolder
from ops.sandbox import Sandbox
from ops.sandbox.account import PROGRAMS
from tests.engine.files import account_of
from tests.engine.made import Line, Made, ended, made_plan, made_run, step


def reader_of(account: Account) -> Reader:
    return Reader(Wiring(account, Pace(None)), slots=4)


def run_with_cards(sandbox: Sandbox, home: Path, rows: int) -> RunFolder:
    """Every second row has made a card; the last is lost."""
    with sandbox.store.lock:
        cards = [sandbox.store.cards.create(1, PROGRAMS[0].uuid) for _ in range(rows // 2)]
    made = Made("giftcards.issue", [Line("issue")] * rows, options={"program": PROGRAMS[0].uuid, "count": str(rows)})
    done = [(2 * number, card) for number, card in enumerate(cards, 1)]
    events = [event for row, card in done for event in (step(row, 0, "create_card", card=card.uuid), ended(row))]
    events += [step(1, 0, "create_card", Mark.INTENT), step(3, 0, "create_card", Mark.REFUSED)]
    return made_run(home, made_plan(home / "plan.parquet", made), [*events, ended(3, State.REFUSED)])


async def test_the_codes_of_all_cards_are_in_one_private_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """A line a card that was made, in the file's order, with what the account says of it."""
    run = run_with_cards(sandbox, tmp_path, 60)
    async with reader_of(account_of(sandbox)) as reader:
        path = await write_codes(run, reader)
    assert path.stat().st_mode & 0o777 == 0o600
    codes = pl.read_csv(path, infer_schema=False)
    assert codes.columns == ["_row", "_card", "hash", "url"]
    assert codes["_row"].to_list() == [str(row) for row in range(2, 61, 2)]
    with sandbox.store.lock:
        assert codes["hash"].to_list() == [sandbox.store.cards.get(uuid).hash for uuid in codes["_card"]]
    hashes = [str(code).encode() for code in codes["hash"]]
    report_again(run)
    others = [file.read_bytes() for file in run.path.iterdir() if file != path]
    assert len(others) >= 7
    assert not any(code in content for code in hashes for content in others)


async def test_a_card_that_is_not_shown_has_no_code(sandbox: Sandbox, tmp_path: Path) -> None:
    """The others have theirs."""
    run = run_with_cards(sandbox, tmp_path, 4)
    with sandbox.store.lock:
        strange = sandbox.store.cards.all.pop()
        del sandbox.store.cards.by_uuid[strange.uuid]
    async with reader_of(account_of(sandbox)) as reader:
        codes = pl.read_csv(await write_codes(run, reader), infer_schema=False)
    assert codes["hash"].is_null().to_list() == [False, True]


async def test_an_account_that_does_not_answer_leaves_no_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whole or absent."""
    run = run_with_cards(sandbox, tmp_path, 4)
    before = sorted(path.name for path in run.path.iterdir())
    async with reader_of(Account(sandbox.url, Secret("wrong"), "sandbox")) as reader:
        with pytest.raises(AccountError):
            await write_codes(run, reader)
    assert sorted(path.name for path in run.path.iterdir()) == before
