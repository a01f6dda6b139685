"""Starting up, help and completion."""

from __future__ import annotations

import subprocess
import sys
import time

import click
import pytest

from app.cli import COMMANDS, ExitCode, cli
from tests.cli.support import COMMAND, ROOT, Place

HEAVY = ("polars", "httpx", "textual", "rich", "msgspec", "uvicorn")


def commands() -> list[tuple[str, click.Command]]:
    """Every command and subcommand with its full name."""
    context = click.Context(cli)
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found.extend((f"{name} {sub}", one) for sub, one in command.commands.items())
    return found


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["plan", "--help"], ["nonsense"]])
def test_quick_answers_load_neither_the_engine_nor_a_toolkit(arguments: list[str]) -> None:
    """What needs no work answers without importing what works."""
    code = (
        "import sys; from app.cli import call; call(sys.argv[1:]); "
        f"print('loaded', [one for one in {HEAVY!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_version_answers_in_a_third_of_a_second() -> None:
    """`--version` is there at once, even on a busy machine."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run([*COMMAND, "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
        took.append(time.perf_counter() - began)
        assert done.stdout == "leatops 0.1.0\n"
    assert min(took) < 0.3


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """The sentence in the list is the first line of the command's own help."""
    for name, command in commands():
        if name in COMMANDS:
            assert command.help is not None
            assert command.help.splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda one: one if isinstance(one, str) else "")
def test_every_command_has_the_shared_flags_an_example_and_words_for_each_flag(
    name: str, command: click.Command
) -> None:
    """--json, --account and --home are everywhere; no flag is without help."""
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert {"--json", "--account", "--home"} <= {flag for one in options for flag in one.opts}
    assert all(one.help for one in options)
    assert command.epilog is not None
    assert f"leatops {name}" in command.epilog


def test_help_names_the_exit_codes(bare: Place) -> None:
    """Every exit code stands in the help with its sentence."""
    answer = bare.call()
    assert answer.code == 0
    for code in ExitCode:
        assert f"{code.value:<4}{code.sentence}" in answer.out


def test_a_flag_counts_before_and_after_the_command(bare: Place) -> None:
    """Global flags work on either side, and the one after the command goes before."""
    before = bare.call("--json", "--home", "one", "runs")
    after = bare.call("--home", "one", "account", "--home", "two", "list", "--json")
    assert (before.document, after.document) == ({"runs": []}, {"accounts": []})


def test_completion_scripts_and_names(bare: Place) -> None:
    """The shell's script comes from a command, and jobs complete by name."""
    assert "_LEATOPS_COMPLETE" in bare.call("completion", "zsh").out
    words = {"_LEATOPS_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    jobs = bare.call(**words, COMP_WORDS="leatops plan contacts.up")
    assert jobs.out.split() == ["plain,contacts.upsert", "plain,contacts.update"]
    runs = bare.call(**words, COMP_WORDS="leatops resume la")
    assert runs.out.split() == ["plain,last"]


def test_closed_streams_are_no_bug(bare: Place) -> None:
    """A scheduler that closes the streams gets the exit code all the same."""
    command = f"{sys.executable} -m app.cli runs <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], cwd=bare.folder, env=bare.env, check=False)
    assert done.returncode == 0
    asked = f"{sys.executable} -m app.cli run none.parquet <&-"
    refused = subprocess.run(["sh", "-c", asked], cwd=bare.folder, env=bare.env, capture_output=True, check=False)
    assert (refused.returncode, b"bug" in refused.stderr) == (2, False)


def test_a_terminal_without_utf8_is_served(bare: Place) -> None:
    """In an ASCII locale the demo's arrows are plain and nothing fails."""
    answer = bare.call("jobs", "contacts.upsert", PYTHONIOENCODING="ascii")
    assert answer.code == 0
    assert answer.out.isascii()
