"""`run --canary`: the first rows, what became of them, and the question about the others."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from pathlib import Path

from tests.cli.support import COMMAND, PATIENCE, Place, until

HEADER = "email,firstname"
ROWS = tuple(f"person{number}@example.com,Name {number}" for number in range(20))
FAST = ("--yes", "--rate", "500", "--canary", "4")


def plain(text: str) -> str:
    """What was said, without colours and the bar."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def created(place: Place) -> int:
    assert place.sandbox is not None
    return place.sandbox.ledger.effects.created


def test_without_a_terminal_it_stops_after_the_first(place: Place) -> None:
    """With 3 and how to go on; the resume asks nothing."""
    answer = place.call("run", str(place.plan(HEADER, *ROWS)), *FAST, "--json")
    assert (answer.code, answer.document["state"], answer.document["counts"]["done"]) == (3, "stopped", 4)
    assert "the first 4 rows are through" in answer.err
    assert f"leatops resume {answer.document['run']}" in answer.err
    assert place.call("resume", "last", "--rate", "500").code == 0
    assert created(place) == 20


def test_at_a_terminal_yes_goes_on(place: Place) -> None:
    """Asked although --yes was given; the counts of the first rows stand above the question."""
    answer = place.typed("run", str(place.plan(HEADER, *ROWS)), *FAST, keys="y\n", waiting_for="Go on with")
    assert answer.code == 0
    assert "The first 4 rows; 16 rows to go" in plain(answer.out)
    assert "Go on with the other 16 rows? [y/N]" in answer.out
    assert created(place) == 20


def test_at_a_terminal_enter_alone_is_no(place: Place) -> None:
    """What was not understood is asked again."""
    answer = place.typed("run", str(place.plan(HEADER, *ROWS)), *FAST, keys="maybe\n\n", waiting_for="Go on with")
    assert answer.code == 3
    assert answer.out.count("Go on with the other 16 rows?") == 2
    assert created(place) == 4


def test_what_went_wrong_is_shown_before_the_question(place: Place) -> None:
    """By cause, with what to do next."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan(HEADER, *ROWS)
    sandbox.store.create("person1@example.com")
    answer = place.typed("run", str(plan), *FAST, "--recheck", "always", keys="n\n", waiting_for="Go on with")
    said = plain(answer.out[: answer.out.index("Go on with")])
    assert "row 2, the account differs: exists" in said
    assert "Plan these rows again" in said


def test_ctrl_c_at_the_question_ends_the_run(place: Place) -> None:
    """Nobody has to press Enter after it."""
    master, slave = pty.openpty()
    env = {**place.env, "TERM": "dumb"}
    command = [*COMMAND, "run", str(place.plan(HEADER, *ROWS)), *FAST]
    log = Path(place.folder / "said")
    with log.open("wb") as said, subprocess.Popen(
        command, cwd=place.folder, env=env, stdin=slave, stdout=said, stderr=said, start_new_session=True
    ) as process:  # fmt: skip
        os.close(slave)
        until(lambda: b"Go on with" in log.read_bytes())
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 3
    os.close(master)
    assert created(place) == 4
    assert b"Traceback" not in log.read_bytes()
