"""The end of a journal that is lost or changed while it lay in the write-ahead log, which SQLite itself passes over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import JournalError
from ops.events import Event, Mark
from ops.files import private_folder
from ops.journal import Journal, JournalReader
from ops.runs import Runs
from ops.sandbox import SandboxConfig
from tests.cli.support import Place
from tests.conftest import MakeSandbox
from tests.faults.forge import forging
from tests.faults.test_process import FAST, HEADER, begun, people

WAL = "journal.sqlite-wal"
SEAL = "journal.seal"


def _lost(folder: Path) -> None:
    (folder / WAL).unlink()


def _emptied(folder: Path) -> None:
    (folder / WAL).write_bytes(b"")


def _halved(folder: Path) -> None:
    log = folder / WAL
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])


def _flipped(folder: Path) -> None:
    content = bytearray((folder / WAL).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / WAL).write_bytes(content)


def _copied_alone(folder: Path) -> None:
    """As somebody does who takes only the database along."""
    for name in (WAL, "journal.sqlite-shm", SEAL):
        (folder / name).unlink(missing_ok=True)


def _seal_of_another(folder: Path) -> None:
    (folder / SEAL).write_bytes(b"0" * 43)


def _another_past(folder: Path) -> None:
    """A journal that is whole, longer, and not the one that was sealed."""
    path = folder / "another" / "journal.sqlite"
    private_folder(path.parent)
    journal = Journal.create(path, {"job": "giftcards.issue"})
    for row in range(1, 2_000):
        journal.post(Event(row, 0, "create_card", 1, Mark.INTENT.value, message="another"))
    journal.close()
    for name in (WAL, "journal.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    path.replace(folder / "journal.sqlite")


SPOILERS: tuple[Callable[[Path], None], ...] = (
    *(_lost, _emptied, _halved, _flipped),
    *(_copied_alone, _seal_of_another, _another_past),
)


async def cut_off(folder: Path) -> Path:
    """A copy of a journal's files while a process is at work on it, as a kill leaves them."""
    alive = folder / "alive"
    private_folder(alive)
    journal = Journal.create(alive / "journal.sqlite", {"job": "giftcards.issue"})
    for row in range(1, 41):
        await journal.commit(Event(row, 0, "create_card", 1, Mark.INTENT.value))
    killed = folder / "killed"
    shutil.copytree(alive, killed)
    journal.close()
    assert (killed / WAL).stat().st_size > 0
    return killed


async def test_what_a_kill_leaves_is_whole_and_goes_on(tmp_path: Path) -> None:
    """Everything committed is there, and the seal follows what is added."""
    path = await cut_off(tmp_path / "run") / "journal.sqlite"
    for rows in (40, 41):
        reader = JournalReader(path)
        reader.check()
        reader.verify()
        assert len(reader.pasts(1, 100)) == rows
        journal = Journal.open(path)
        await journal.commit(Event(rows + 1, 0, "create_card", 1, Mark.INTENT.value))
        journal.close()


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__.strip("_"))
async def test_a_journal_that_has_lost_its_end_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """By whoever reads it whole, and by whoever would go on with it."""
    killed = await cut_off(tmp_path / "run")
    spoil(killed)
    reader = JournalReader(killed / "journal.sqlite")
    with pytest.raises(JournalError, match=r"only the first \d+ are|journal\.seal|not a journal of leatops"):
        reader.verify()
    with pytest.raises(JournalError):
        reader.check()
    with pytest.raises(JournalError):
        Journal.open(killed / "journal.sqlite")


async def test_a_seal_may_lag_behind_its_journal(tmp_path: Path) -> None:
    """After a power loss the journal is on the disk and the seal is not yet: nothing is missing."""
    killed = await cut_off(tmp_path / "run")
    journal = Journal.open(killed / "journal.sqlite")
    early = (killed / SEAL).read_bytes()
    await journal.commit(Event(50, 0, "create_card", 1, Mark.INTENT.value))
    journal.close()
    (killed / SEAL).write_bytes(early)
    JournalReader(killed / "journal.sqlite").verify()


def test_no_row_is_done_twice_after_the_log_of_a_killed_run_is_gone(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Resume, settle and report refuse with 2 in words; the server gets no write."""
    slow = make_sandbox(SandboxConfig(contacts=20, latency_ms=20))
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(60))
    with forging(place) as forge:
        begun(forge, slow, plan, after=10)
        folder = Runs(place.home).find("last").path
        whole = tmp_path / "whole"
        shutil.copytree(folder, whole)
        forge.call("runs")  # meanwhile the server ends what was in flight
        before = slow.ledger.writes
        for spoil in SPOILERS:
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            spoil(folder)
            for command in ("resume", "settle", "report"):
                answer = forge.call(command, "last", "--json")
                assert (answer.code, answer.document["error"]["kind"]) == (2, "journal"), (spoil, command)
        assert slow.ledger.writes == before
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
        assert forge.call("resume", "last", *FAST).code == 0
    assert len(slow.store.contacts) == 80
