"""Every machine-readable output against its golden file, from one walk through all commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.sandbox import Sandbox, SandboxConfig
from tests.cli.support import Answer, Place, check_golden, finish, first_lines

NAMES = (
    *("plan", "show", "show-with", "run", "report", "resume", "undo", "runs", "runs-remove"),
    *("jobs", "job", "account-add", "account-list", "account-use", "account-remove"),
    *("error-file", "error-usage", "error-consent", "error-again", "error-run", "error-token"),
)
LINES = (
    "email,firstname,city,note",
    "new@example.com,Ann,Hoorn,x",
    "maarten.janssens2@post.example,Maarten,Antwerpen,y",
    "not an address,Bo,,z",
    "twice@example.com,Cee,,",
    "TWICE@example.com,Cee,,",
)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Answer]]]:
    """The folder, and each command's answer by the name of its golden file."""
    folder = tmp_path_factory.mktemp("walk")
    with Sandbox.start(SandboxConfig(contacts=200)) as sandbox:
        place = Place(folder, sandbox)
        place.write("list.csv", *LINES)
        plan = "list.contacts.upsert.plan.parquet"
        calls: dict[str, tuple[str, ...]] = {
            "jobs": ("jobs",),
            "job": ("jobs", "contacts.create"),
            "plan": ("plan", "contacts.upsert", "list.csv"),
            "show": ("show", plan),
            "show-with": ("show", plan, "--with", "list.csv", "--verb", "update"),
            "error-consent": ("run", plan),
            "run": ("run", plan, "--yes", "--rate", "500"),
            "error-again": ("run", plan, "--yes"),
            "report": ("report", "last"),
            "resume": ("resume", "last"),
            "undo": ("undo", "last", "--rate", "500"),
            "runs": ("runs",),
            "runs-remove": ("runs", "remove", "last"),
            "error-run": ("resume", "last"),
            "error-file": ("plan", "contacts.upsert", "missing.csv"),
            "error-usage": ("plan", "--bogus"),
            "account-list": ("account", "list"),
            "account-use": ("account", "use", "shop"),
            "account-remove": ("account", "remove", "shop"),
        }
        add = ("account", "add", "shop", "--base-url", sandbox.url, "--token-stdin", "--json")
        found = {"account-add": place.call(*add, stdin=sandbox.token + "\n")}
        found["error-token"] = place.call(*add[:2], "other", *add[3:], stdin="wrong\n")
        found |= {name: place.call(*words, "--json") for name, words in calls.items()}
        yield folder, found


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_as_scripts_know_it(name: str, walk: tuple[Path, dict[str, Answer]]) -> None:
    """Keys, kinds and values of each document stay as they are."""
    folder, answers = walk
    check_golden(f"{name}.json", answers[name].out, folder)


def test_failures_are_documents_too(walk: tuple[Path, dict[str, Answer]]) -> None:
    """Each failure ends with 2, says so in words on stderr, and is one document on stdout."""
    _, answers = walk
    for name in (name for name in NAMES if name.startswith("error-")):
        answer = answers[name]
        assert answer.code == 2
        assert list(answer.document) == ["error"]
        assert list(answer.document["error"]) == ["kind", "message", "where"]
        assert answer.err.startswith("error: ")


def test_successes_end_as_the_rows_deserve(walk: tuple[Path, dict[str, Answer]]) -> None:
    """Rows that are invalid or held make 1 of plan, run and resume; a report is written, whatever it says."""
    _, answers = walk
    assert {name: answers[name].code for name in ("plan", "run", "resume", "report", "runs", "show")} == {
        "plan": 1,
        "run": 1,
        "resume": 1,
        "report": 0,
        "runs": 0,
        "show": 0,
    }


def test_counts_add_up(walk: tuple[Path, dict[str, Answer]]) -> None:
    """The seven counts are the rows, and so are the verbs."""
    _, answers = walk
    run, plan = answers["run"].document, answers["plan"].document
    assert sum(run["counts"].values()) == run["rows"] == sum(plan["verbs"].values()) == plan["rows"] == 5
    assert list(run["counts"]) == ["done", "same", "invalid", "held", "refused", "unknown", "pending"]


def test_the_sandbox_says_when_it_is_ready(bare: Place) -> None:
    """One line with url, token, programs and shops; SIGTERM ends it well."""
    process = bare.start("sandbox", "--contacts", "5", "--json")
    (line,) = first_lines(process, 1)
    process.terminate()
    answer = finish(process)
    assert (answer.code, answer.out) == (0, "")
    assert list(json.loads(line)) == ["url", "token", "programs", "shops"]
    check_golden("sandbox.json", line, bare.folder)


def test_the_sandbox_says_what_to_type(bare: Place) -> None:
    """For people, the two lines to copy are all that is on stdout."""
    process = bare.start("sandbox", "--contacts", "5")
    lines = first_lines(process, 2)
    process.terminate()
    assert finish(process).code == 0
    assert lines[0].startswith("export LEAT_BASE_URL=http://127.0.0.1:")
    assert lines[1] == "export LEAT_API_KEY=sandbox-token-not-a-secret\n"
