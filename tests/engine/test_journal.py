"""The journal: what is committed is there, in order, and what is not whole is refused."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from pathlib import Path

import pytest

from ops.errors import JournalError
from ops.events import ROW_STATE, Event, Mark, fold
from ops.journal import Journal, JournalReader


def intent(row: int, attempt: int = 1, step: int = 0) -> Event:
    return Event(row, step, "create", attempt, Mark.INTENT)


def outcome(row: int, mark: Mark, attempt: int = 1, step: int = 0) -> Event:
    return Event(row, step, "create", attempt, mark)


async def test_what_commit_returned_from_another_process_can_read(tmp_path: Path) -> None:
    """A commit is on disk, together with everything handed over before it."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {"job": "x"})
    journal.post(outcome(1, Mark.DONE))
    await journal.commit(intent(2))
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT row, state FROM events ORDER BY seq").fetchall() == [(1, "done"), (2, "intent")]
    other.close()
    journal.close()


async def test_records_of_many_workers_share_a_commit(tmp_path: Path) -> None:
    """A hundred records handed over while one commit is under way do not take a hundred commits."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    journal.post(*(intent(row) for row in range(50)))
    for row in range(100):
        journal.post(outcome(row, Mark.DONE))
    await journal.commit(intent(1))
    assert journal.commits < 60
    journal.close()


async def test_a_full_disk_stops_everything_before_the_next_request(tmp_path: Path) -> None:
    """A record that cannot be written raises where the request would have followed, now and ever after."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    journal._connection.execute("PRAGMA max_page_count = 10")
    long = [intent(row)._replace(message="x" * 500) for row in range(10_000)]
    with pytest.raises(JournalError, match="full"):
        await journal.commit(*long)
    with pytest.raises(JournalError):
        await journal.commit(intent(1))
    with pytest.raises(JournalError):
        journal.post(intent(1))
    with pytest.raises(JournalError):
        journal.close()


async def test_a_value_the_disk_cannot_hold_wakes_those_who_wait(tmp_path: Path) -> None:
    """An error is told; nobody waits for ever."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    with pytest.raises(JournalError):
        await journal.commit(intent(1)._replace(code=2**64))
    with pytest.raises(JournalError):
        journal.close()


def test_a_second_try_at_a_refused_row_opens_it_again() -> None:
    """Its doubt must not hide behind the old refusal."""
    ended = Event(1, ROW_STATE, "", 0, "refused")
    past = fold([intent(1), outcome(1, Mark.REFUSED), ended, intent(1, 2)])
    assert past.state is None
    assert past.in_doubt


def test_an_intent_without_an_outcome_is_a_doubt() -> None:
    """That is what a crash leaves."""
    past = fold([intent(1)])
    assert past.in_doubt
    assert past.steps[0].state == "unknown"


@pytest.mark.parametrize("mark", [Mark.DONE, Mark.REFUSED, Mark.NOT_SENT])
def test_an_answer_ends_the_doubt_of_its_own_attempt(mark: Mark) -> None:
    """Done, refused and not sent are definite."""
    assert not fold([intent(1), outcome(1, mark)]).in_doubt


@pytest.mark.parametrize("mark", [Mark.REFUSED, Mark.NOT_SENT])
def test_an_earlier_doubt_outlives_a_later_attempt_that_did_not_work(mark: Mark) -> None:
    """Only done settles what an earlier attempt may have done."""
    events = [intent(1), outcome(1, Mark.UNKNOWN), intent(1, 2), outcome(1, mark, 2)]
    assert fold(events).in_doubt
    assert not fold([*events, intent(1, 3), outcome(1, Mark.DONE, 3)]).in_doubt


def test_the_last_state_of_a_row_is_its_state() -> None:
    """A refused row that was tried again and done is done."""
    states = [Event(1, ROW_STATE, "", 0, state, uuid="u") for state in ("refused", "done")]
    assert fold(states).state == "done"


async def test_states_counts_each_row_once(tmp_path: Path) -> None:
    """By its last state."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    for row, state in [(1, "refused"), (2, "done"), (1, "done"), (3, "refused")]:
        journal.post(Event(row, ROW_STATE, "", 0, state))
    await journal.commit(intent(4))
    reader = JournalReader(path)
    assert reader.states() == {"done": 2, "refused": 1}
    assert list(reader.open_pasts()) == [4]
    journal.close()


@pytest.mark.parametrize("keep", [0, 10, 100, 3_000])
async def test_a_truncated_journal_is_refused(tmp_path: Path, keep: int) -> None:
    """Neither a crash nor a silent start from nothing."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    await journal.commit(*(intent(row) for row in range(500)))
    journal.close()
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(JournalError):
        Journal.open(path)


async def test_a_row_keeps_its_card_and_what_it_found_out(tmp_path: Path) -> None:
    """The card of any of its events; the columns of its last end, and none while it is open again."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    journal.post(outcome(1, Mark.DONE)._replace(uuid="u1"), outcome(2, Mark.DONE)._replace(card="c2"))
    journal.post(Event(1, ROW_STATE, "", 0, "done", b'{"points": 7, "tier": null}', card="c1"))
    journal.post(Event(2, ROW_STATE, "", 0, "refused", b'{"points": 1}'), intent(2, 2))
    await journal.commit(Event(3, ROW_STATE, "", 0, "done"))
    reader = JournalReader(path)
    pasts = reader.pasts(1, 3)
    assert {row: past.card for row, past in pasts.items()} == {1: "c1", 2: "c2", 3: None}
    assert reader.columns(1, 3) == {1: {"points": 7, "tier": None}}
    assert reader.columns(2, 3) == {}
    assert reader.cards() == {"c1", "c2"}
    assert reader.uuids().to_list() == ["u1"]
    assert reader.frame(1, 3)["card"].to_list() == [None, "c2", "c1", None, None, None]
    journal.close()


async def test_a_snapshot_is_whole_or_not_there_and_counts_as_no_row(tmp_path: Path) -> None:
    """It is told by its programme; a second one takes the place of the first."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {"checksum": "x"})
    reader = JournalReader(path)
    assert reader.snapshot() is None
    await journal.note_cards("p1", ["c0"])
    many = [f"c{n}" for n in range(1, 5_000)]
    await journal.note_cards("p1", many)
    assert reader.snapshot() == "p1"
    assert reader.in_snapshot(["c0", "c1", "c4999", "c5000", 'c"; DROP TABLE cards']) == {"c1", "c4999"}
    assert reader.in_snapshot(many) == set(many)
    assert reader.meta()["checksum"] == "x"
    assert (reader.states(), reader.open_pasts(), reader.cards(), reader.frame(0, 9).height) == ({}, {}, set(), 0)
    journal._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="full"):
        await journal.note_cards("p2", [f"other{n}" for n in range(50_000)])
    assert reader.snapshot() == "p1"
    assert reader.in_snapshot(["other1", "c1"]) == {"c1"}
    with pytest.raises(JournalError):
        journal.close()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """Another program's database is not written to."""
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE events (row)")
    other.close()
    with pytest.raises(JournalError, match="not a journal"):
        Journal.open(path)


@pytest.mark.parametrize("version", [1, 99])
async def test_an_older_or_newer_journal_is_refused(tmp_path: Path, version: int) -> None:
    """It may mean things this version does not know."""
    path = tmp_path / "journal.sqlite"
    Journal.create(path, {}).close()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    with pytest.raises(JournalError, match=f"version {version}"):
        Journal.open(path)


def test_a_missing_journal_is_refused(tmp_path: Path) -> None:
    """A folder without one is not a run."""
    with pytest.raises(JournalError, match="missing"):
        Journal.open(tmp_path / "journal.sqlite")


def test_the_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    """0600, its side files included."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o600}
    journal.close()


async def test_a_reading_that_is_broken_off_in_a_thread_ends_quietly(tmp_path: Path) -> None:
    """What was not read any more is let go of by another thread; what Python would say of that fails a test."""
    path = tmp_path / "journal.sqlite"
    journal = Journal.create(path, {})
    await journal.commit(*(intent(row) for row in range(100)))
    journal.close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE events SET message = 'x' WHERE row = 1")
    other.close()
    with pytest.raises(JournalError, match="only the first 1 are"):
        await asyncio.to_thread(JournalReader(path).verify)
    gc.collect()
