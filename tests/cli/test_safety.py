"""Hostile cells, secrets, bugs: what must never reach the screen or a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.cli.failure import describe, guarded
from app.cli.session import Session
from ops.errors import RunHeldError, SheetError
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.cli.support import Answer, Place, finish, until

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x1b]52;c;aGk=\x07",
    "\x9b2J",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u200bzero",
    "[/foo] [bold]b",
    "=cmd|' /C calc'!A0",
    "a\u2028b",
)
OBEYED = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u2069", "\u200b", "\u2028", "\x0c", "\r")


def harmless(answer: Answer) -> bool:
    """Whether nothing was said that a terminal would obey."""
    return not any(one in answer.out + answer.err for one in OBEYED)


def test_hostile_cells_never_steer_a_terminal(place: Place) -> None:
    """In headers, in cells, in file names and in the server's words: plan, show and run print symbols."""
    quoted = [f'"{cell}"' for cell in HOSTILE]
    rows = [f"hostile{number}@example.com,{cell},x,{cell}" for number, cell in enumerate(quoted)]
    bad = [f"{cell},Ann,y,z" for cell in quoted]
    path = place.write("evil\x1b[2J\u202e.csv", 'email,firstname,city,"\x1b]0;t\x07\u202ehead"', *rows, *bad)
    plan = place.call("plan", "contacts.upsert", str(path), "--out", "evil.parquet", "--rate", "500")
    assert plan.code == 1, plan.err
    answers = [
        plan,
        place.call("plan", "contacts.upsert", str(path), "--out", "evil.parquet", "--rate", "500", "--json"),
        place.call("show", "evil.parquet", "--with", str(path)),
        place.call("show", "evil.parquet", "--with", str(path), "--json"),
        place.call("run", "evil.parquet", "--yes", "--rate", "500"),
        place.call("plan", "contacts.upsert", "\x1b]0;no such\x07\u202e.csv"),
        place.call("\x1b[31mcommand"),
        place.call("plan", "contacts.upsert", str(path), "--map", "\x1b[31mno=email"),
        place.call("resume", "\x1b[31mrun", "--json"),
    ]
    assert [harmless(answer) for answer in answers] == [True] * len(answers)
    assert "\\u202e" in answers[2].out


def test_hostile_cells_on_a_terminal(place: Place) -> None:
    """On a terminal the only sequences are the program's own colours."""
    place.plan("email,firstname", *(f'h{n}@example.com,"{cell}"' for n, cell in enumerate(HOSTILE)))
    said = place.typed("show", "list.plan.parquet", "--with", "list.csv").out
    assert "\x1b[1m" in said
    for sequence in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\u202e"):
        assert sequence not in said
    assert "[/foo] [bold]b" in said


def test_the_token_is_nowhere(tmp_path: Path) -> None:
    """Not in what is said, nor in any file of the home or beside the plan, whatever goes wrong."""
    canary = "canary-5c1f0e7a-token"
    with Sandbox.start(SandboxConfig(contacts=20, token=canary)) as sandbox:
        place = Place(tmp_path, sandbox)
        place.write("list.csv", "email,firstname", "a@example.com,An", "nobody,x")
        answers = [
            place.call("plan", "contacts.upsert", "list.csv", "--out", "p.parquet", "--json"),
            place.call("show", "p.parquet"),
            place.call("run", "p.parquet", "--yes", "--rate", "500"),
            place.call("report", "last", "--json"),
        ]
        sandbox.set_faults(Fault(kind="401"))
        answers.append(place.call("plan", "contacts.upsert", "list.csv"))
        sandbox.set_faults(Fault(kind="redirect"))
        answers.append(place.call("resume", "last"))
    assert [canary in answer.out + answer.err for answer in answers] == [False] * len(answers)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if canary.encode() in path.read_bytes()] == []


def test_a_saved_token_is_shown_by_no_command(place: Place) -> None:
    """`account add` takes it on stdin, keeps it for its owner alone, and list does not show it."""
    canary = "canary-saved-token"
    added = place.call("account", "add", "shop", "--token-stdin", "--no-check", stdin=f"{canary}\n")
    listed = place.call("account", "list", "--json")
    assert canary not in added.out + added.err + listed.out + listed.err
    tokens = place.home / "tokens.toml"
    assert str(tokens) in added.err
    assert (canary in tokens.read_text(), tokens.stat().st_mode & 0o777) == (True, 0o600)


def test_a_saved_account_is_used_and_a_token_is_checked(place: Place) -> None:
    """A wrong token is not saved; a right one serves --account and, in use, every command."""
    sandbox = place.sandbox
    assert sandbox is not None
    add = ("account", "add", "shop", "--base-url", sandbox.url, "--token-stdin")
    assert place.call(*add, stdin="wrong").code == 2
    assert place.call("account", "list", "--json").document == {"accounts": []}
    assert place.call(*add, stdin=sandbox.token).code == 0
    place.write("list.csv", "email", "a@example.com")
    alone = Place(place.folder)
    assert alone.call("plan", "contacts.upsert", "list.csv").code == 0
    named = place.call("plan", "contacts.upsert", "list.csv", "--account", "shop", LEAT_API_KEY="wrong")
    assert (named.code, "on shop" in named.err) == (0, True)
    assert place.call("account", "remove", "shop").code == 0
    assert alone.call("plan", "contacts.upsert", "list.csv").code == 2


def test_a_bug_is_logged_without_what_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is one sentence and a private log: where it was and no message, which may quote a cell."""
    monkeypatch.setenv("LEAT_API_KEY", "canary-env")

    def boom() -> object:
        try:
            return int("canary-cell")
        except ValueError as error:
            found = ZeroDivisionError("with canary-env and canary-profile inside")
            found.add_note("canary-note")
            error.__context__ = found
            raise ExceptionGroup("canary-group", [found, OSError("canary-other")]) from error

    code = guarded(Session(json=True, home_given=tmp_path, secrets={"canary-profile"}), boom)
    out, err = capsys.readouterr()
    (log,) = (tmp_path / "logs").iterdir()
    text = log.read_text()
    assert (code, log.stat().st_mode & 0o777) == (2, 0o600)
    assert "This is a bug" in err
    assert "Traceback" not in out + err
    assert all(name in text for name in ("ValueError", "ZeroDivisionError", "ExceptionGroup", "OSError", "in boom"))
    # The lines of the program are shown, and are nobody's data.
    assert "canary" not in out + err + "".join(line for line in text.splitlines() if not line.startswith("    "))
    assert '"kind": "bug"' in out


def test_grouped_errors_are_told_as_the_first_of_them() -> None:
    """A group of explained errors is one failure; a group with a bug in it is a bug."""
    held = RunHeldError("held by another")
    group = ExceptionGroup("", [ExceptionGroup("", [held]), SheetError("bad", file="x")])
    failure = describe(group)
    assert failure is not None
    assert (failure.code, failure.message) == (75, "held by another")
    assert describe(ExceptionGroup("", [held, KeyError("x")])) is None


def test_an_error_says_where(place: Place) -> None:
    """The file and the line of an unclosed quote stand in the message or under it."""
    place.write("list.csv", "email,name", 'a@example.com,"An', "b@example.com,Bo")
    answer = place.call("plan", "contacts.upsert", "list.csv")
    assert answer.code == 2
    assert "list.csv" in answer.err
    assert "line 2" in answer.err


def test_interrupting_a_plan_is_quiet(place: Place) -> None:
    """Ctrl-C while the account is read says that nothing was sent."""
    sandbox = place.sandbox
    assert sandbox is not None
    sandbox.set_faults(Fault(kind="hang"))
    place.write("list.csv", "email", "a@example.com")
    process = place.start("plan", "contacts.upsert", "list.csv")
    until(lambda: sandbox.ledger.entries)
    os.kill(process.pid, 2)
    answer = finish(process)
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: Interrupted; nothing was sent."
