"""Disks that are full, and journals that are not what they were."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.errors import JournalError
from ops.events import ROW_STATE, Event, Mark
from ops.journal import VERSION, Journal, JournalReader
from ops.runs import Runs
from ops.sandbox import Sandbox
from tests.cli.support import Place
from tests.faults.forge import forging

HEADER = "email,firstname"
FAST = ("--rate", "2000", "--workers", "3", "--json")
ROWS = 25
PAGE = 4_096
COLUMNS = "row, step, name, attempt, state, reply, uuid, card, code, message, at, sum"


def people(count: int) -> list[str]:
    return [f"person{number}@example.com,Name {number}" for number in range(count)]


def intents(home: Path) -> int:
    """How many intents the only run of a home has on disk; 0 without a run."""
    runs = Runs(home).all()
    if not runs:
        return 0
    JournalReader(runs[0].journal_path).check()
    with sqlite3.connect(runs[0].journal_path) as journal:
        [(count,)] = journal.execute("SELECT count(*) FROM events WHERE state = 'intent'").fetchall()
    journal.close()
    return int(count)


@pytest.mark.parametrize("rooms", [range(2, 70, 6), pytest.param(range(1, 100), marks=pytest.mark.slow)])
def test_a_disk_that_fails_at_any_write_stops_the_sending_first(sandbox: Sandbox, tmp_path: Path, rooms: range) -> None:
    """With files of one page more each time: no request without an intent, a whole journal, and a resume does all."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(HEADER, *people(ROWS))
    codes = []
    with forging(place) as forge:
        for pages in rooms:
            home = tmp_path / f"home{pages}"
            sandbox.ledger.reset()
            answer = forge.call("run", str(plan), "--yes", "--home", str(home), *FAST, limit=pages * PAGE)
            codes.append(answer.code)
            assert sandbox.ledger.writes <= intents(home), pages
            if answer.code == 2:
                assert sandbox.ledger.writes == 0, answer.err
            begun = ("resume", "last") if Runs(home).all() else ("run", str(plan), "--yes")
            ended = forge.call(*begun, "--home", str(home), *FAST)
            assert (ended.code, ended.document["counts"]["done"]) == (0, ROWS), (pages, ended.err)
            assert sandbox.ledger.violations == []
    assert set(codes) == {0, 2, 3}
    assert codes.count(3) >= 5


OWN_WORLD = ("unshare", "--user", "--map-root-user", "--mount")


def has_own_world() -> bool:
    """Whether this machine lets anybody mount a small disk of their own."""
    try:
        mount = [*OWN_WORLD, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]  # noqa: S108 - nobody else sees it
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not has_own_world(), reason="this machine lets nobody mount a disk")
@pytest.mark.parametrize("sizes", [range(48, 400, 48), pytest.param(range(8, 600, 8), marks=pytest.mark.slow)])
def test_a_disk_that_is_really_full_stops_the_sending_first(sandbox: Sandbox, tmp_path: Path, sizes: range) -> None:
    """A small disk that fills up, then a larger one: the same, and the exit code tells whether anything was sent."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(HEADER, *people(ROWS))
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()
    codes = []
    with forging(place, within=OWN_WORLD) as forge:
        for size in sizes:
            assert forge.shell(f"mount -t tmpfs -o size={size}k tmpfs {home}") == 0
            sandbox.ledger.reset()
            answer = forge.call("run", str(plan), "--yes", *FAST)
            codes.append(answer.code)
            sent = sandbox.ledger.writes
            assert forge.shell(f"mount -o remount,size=64m {home} && rm -rf {copy} && cp -r {home} {copy}") == 0
            assert sent <= intents(copy), (size, answer)
            assert (answer.code == 2) == (sent == 0), (size, answer)
            begun = ("resume", "last") if Runs(copy).all() else ("run", str(plan), "--yes")
            ended = forge.call(*begun, *FAST)
            assert (ended.code, ended.document["counts"]["done"]) == (0, ROWS), (size, ended.err)
            assert forge.shell(f"umount {home}") == 0
    assert {2, 3} <= set(codes)


@pytest.mark.skipif(not has_own_world(), reason="this machine lets nobody mount a disk")
def test_a_home_on_a_disk_for_reading_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    """With what to do, whether a run is begun, gone on with or erased; nothing is sent."""
    place = Place(tmp_path, sandbox)
    first, second = place.plan(HEADER, *people(1)), tmp_path / "second.parquet"
    first.rename(second)
    first = place.plan(HEADER, *people(2))
    assert place.call("run", str(first), "--yes", *FAST).code == 0
    sandbox.ledger.reset()
    home = place.home
    with forging(place, within=OWN_WORLD) as forge:
        assert forge.shell(f"mount --bind {home} {home} && mount -o remount,bind,ro {home}") == 0
        for command in (("run", str(second), "--yes"), ("resume", "last"), ("runs", "remove", "last", "--yes")):
            answer = forge.call(*command, "--json")
            assert (answer.code, answer.document["error"]["kind"]) == (2, "input")
            told = answer.document["error"]["message"]
            assert told.startswith(f"{home}/runs/")
            assert "cannot be used: Read-only file system. --home or LEATOPS_HOME chooses another folder" in told
    assert sandbox.ledger.writes == 0


def test_a_run_whose_files_cannot_be_written_has_ended_all_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    """It says how it ended, that the files are missing and how to have them written; no half of one is left."""
    place = Place(tmp_path, sandbox)
    wide = [f"nobody{n},x,{'long ' * 400}" for n in range(200)]
    plan = place.plan(f"{HEADER},notes", *[f"{row},x" for row in people(3)], *wide)
    with forging(place) as forge:
        ended = forge.call("run", str(plan), "--yes", *FAST, limit=60 * PAGE)
        assert ended.code == 1, ended.err
        assert ended.document["counts"]["done"] == 3
        assert ended.document["state"] == "finished"
        assert "could not be written" in ended.err
        assert "results.csv" in ended.document["unwritten"]
        assert "leatops report" in ended.err
        folder = Path(ended.document["folder"])
        names = {path.name for path in folder.iterdir()}
        assert not {name for name in names if name.startswith((".results", ".report", ".retry"))}
        assert "results.csv" not in names
        refused = forge.call("report", "last", "--json", limit=60 * PAGE)
        assert (refused.code, "Cannot write" in refused.err) == (2, True)
        assert forge.call("report", "last").code == 0
    assert (folder / "results.csv").stat().st_size > 200_000


def test_a_plan_that_the_disk_does_not_hold_is_told_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is left where the plan was to be."""
    place = Place(tmp_path, sandbox)
    place.write("list.csv", HEADER, *people(500))
    with forging(place) as forge:
        for limit in (0, 100, 4_000):
            answer = forge.call("plan", "contacts.upsert", "list.csv", "--out", "p.parquet", "--json", limit=limit)
            assert (answer.code, answer.document["error"]["kind"]) == (2, "input")
            assert "Cannot write p.parquet" in answer.err
    assert [path.name for path in tmp_path.iterdir() if "parquet" in path.name] == []


async def a_journal(path: Path) -> None:
    """A journal of some done, refused and doubtful rows."""
    journal = Journal.create(path, {"checksum": "c" * 64, "job": "contacts.upsert"})
    await journal.note_cards("programme", [f"card{number}" for number in range(40)])
    for row in range(1, 41):
        await journal.commit(Event(row, 0, "create", 1, Mark.INTENT.value))
        if row % 7:
            journal.post(
                Event(row, 0, "create", 1, Mark.DONE.value, b'{"uuid":"u"}', f"uuid-{row}"),
                Event(row, ROW_STATE, "", 0, "done" if row % 5 else "refused", code=row),
            )
    journal.close()


def seen(path: Path) -> Any:
    """All that a run takes from its journal."""
    reader = JournalReader(path)
    reader.check()
    reader.verify()
    cards = reader.in_snapshot([f"card{number}" for number in range(40)])
    return reader.meta(), reader.pasts(1, 50), reader.states(), reader.open_pasts(), reader.cards(), cards


@pytest.mark.parametrize("flips", [400, pytest.param(20_000, marks=pytest.mark.slow)])
async def test_a_journal_with_a_changed_bit_is_refused_or_says_the_same(tmp_path: Path, flips: int) -> None:
    """Wherever the bit is: never a crash, and never another past."""
    path = tmp_path / "journal.sqlite"
    await a_journal(path)
    whole, told, dice = path.read_bytes(), seen(path), random.Random(flips)
    refused = 0
    for _ in range(flips):
        spoiled = bytearray(whole)
        spoiled[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        for name in ("journal.sqlite-wal", "journal.sqlite-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        path.write_bytes(spoiled)
        try:
            assert seen(path) == told
        except JournalError as error:
            assert str(path) in error.message  # noqa: PT017 - either may happen
            refused += 1
    assert refused >= flips / 10


async def test_events_that_are_missing_or_in_another_order_are_noticed(tmp_path: Path) -> None:
    """Also where the database is a whole one; it is said how much of it is as it was."""
    path = tmp_path / "journal.sqlite"
    changes = (
        "DELETE FROM events WHERE seq = 30",
        "UPDATE events SET state = 'not_sent' WHERE seq = 30",
        "UPDATE events SET seq = 1000 WHERE seq = 30",
        f"INSERT INTO events SELECT seq + 1000, {COLUMNS} FROM events WHERE seq = 30",  # noqa: S608 - constant
        "UPDATE meta SET value = 'd' WHERE key = 'checksum'",
        "DELETE FROM meta WHERE key = 'checksum'",
        "DELETE FROM cards WHERE uuid = 'card3'",
        "UPDATE meta SET value = 'another' WHERE key = 'cards'",
    )
    for change in changes:
        path.unlink(missing_ok=True)
        await a_journal(path)
        with sqlite3.connect(path) as other:
            other.execute(change)
        other.close()
        with pytest.raises(JournalError, match=r"as (they were|it was) written"):
            JournalReader(path).verify()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _flipped(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"done", b"dnne", 1))


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE events (row)")
    other.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    other.close()


def _gone(path: Path) -> None:
    path.unlink()


def _text(path: Path) -> None:
    path.write_text("row,state\n1,done\n")


def test_a_journal_that_is_not_what_it_was_is_refused_by_every_command(sandbox: Sandbox, tmp_path: Path) -> None:
    """With 2, in words that name it and what survives, without a request; the list of runs says that it is damaged."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(HEADER, *people(ROWS))
    spoilers: tuple[Callable[[Path], None], ...] = (_cut, _empty, _flipped, _foreign, _newer, _gone, _text)
    with forging(place) as forge:
        assert forge.call("run", str(plan), "--yes", *FAST).code == 0
        whole = tmp_path / "whole"
        shutil.copytree(place.home, whole)
        sandbox.ledger.reset()
        for spoil in spoilers:
            shutil.rmtree(place.home)
            shutil.copytree(whole, place.home)
            spoil(Runs(place.home).find("last").journal_path)
            for command in (("resume", "last"), ("settle", "last"), ("report", "last")):
                answer = forge.call(*command, "--json")
                assert (answer.code, answer.document["error"]["kind"]) == (2, "journal"), (spoil, command)
                assert "journal.sqlite" in answer.err
            listed = forge.call("runs", "--json").document["runs"][0]
            assert listed["state"] in {"damaged", "finished"}
            assert (listed["state"] == "finished") == (spoil is _flipped)
        assert sandbox.ledger.writes == 0
