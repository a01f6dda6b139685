"""The house itself: what may be imported where, what is public, and that the README and the docs speak the truth."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import ops
from ops.jobs import JOBS
from ops.sandbox import SandboxConfig, load_faults
from tests.cli.support import Place
from tests.conftest import MakeSandbox

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ABOUT_JOBS = (ROOT / "docs" / "jobs.md").read_text("utf-8")
COMMON = "`duplicates="
"""An option of every job, told of once."""


def modules_after(code: str) -> set[str]:
    """The modules a fresh interpreter has loaded after running this code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout))


def test_the_whole_engine_loads_where_the_app_and_its_toolkits_do_not_exist() -> None:
    """Every module of `ops` in a fresh interpreter that refuses to import them.

    The sandbox's server library brings click along for its own command, so there only the app and Textual are shut out.
    """
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "ops").rglob("*.py"))
    ]
    engine = [name for name in names if not name.startswith("ops.sandbox")]
    for modules, shut in ((engine, "app textual click rich"), (names, "app textual")):
        modules_after(
            f"import importlib, sys\nsys.modules.update(dict.fromkeys({shut.split()!r}))\n"
            f"for name in {modules!r}: importlib.import_module(name)"
        )


def test_importing_the_library_loads_nothing_heavy() -> None:
    """Each noun is loaded when it is first asked for."""
    assert not {"polars", "httpx", "starlette", "sqlite3"} & modules_after("import ops")


@pytest.mark.parametrize("name", ops.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """And says what it is."""
    assert getattr(ops, name).__doc__


def test_no_other_name_is_public() -> None:
    """`dir` and `__all__` agree, and a wrong name is an AttributeError."""
    assert dir(ops) == sorted(ops.__all__)
    with pytest.raises(AttributeError):
        _ = ops.nothing


def blocks(language: str, text: str = README) -> list[str]:
    """The README's code blocks of a language, or those of another text."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(text: str = README) -> list[list[str]]:
    """Each leatops command of the README, or of another text, as words."""
    lines = [line for block in blocks("console", text) for line in block.splitlines() if line.startswith("leatops ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.mark.parametrize("words", [*commands(), *commands(ABOUT_JOBS)], ids=" ".join)
def test_every_command_of_the_readme_and_the_docs_is_one(words: list[str]) -> None:
    """The command and each of its flags exist; what it needs is there."""
    words = ["completion", "bash"] if words[0] == "completion" else words
    flags = {word.split("=")[0] for word in words if word.startswith("--")}
    names = [word for word in words if not word.startswith("-")]
    group = names[:2] if names[0] == "account" else names[:1]
    shown = subprocess.run(
        [sys.executable, "-m", "app.cli", *group, "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert not {flag for flag in flags if flag not in shown}
    for word in words:
        if word.startswith("samples/"):
            assert (ROOT / word).is_file()


async def test_the_readmes_way_of_a_file_works(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Plan, show, run, report and the second example with its own dates and mapping, as they stand in the README."""
    place = Place(tmp_path, make_sandbox(SandboxConfig()))
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    ran = []
    for words in commands():
        if words[0] in {"plan", "show", "run", "report", "resume", "jobs"}:
            fast = ["--rate", "200"] if words[0] in {"plan", "run"} else []
            answer = place.call(*words, *fast, *(["--yes"] if words[0] == "run" else []))
            assert answer.code in {0, 1}, answer.err
            ran.append(words[0])
    assert ran == ["plan", "show", "run", "report", "resume", "plan"]


def test_the_commands_about_jobs_do_what_they_say(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """All of docs/jobs.md in its order, on one account of the usual seed: every job is planned and run to its end."""
    place = Place(tmp_path, make_sandbox(SandboxConfig(settle_delay=0.1)))
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    ran = set()
    for words in commands(ABOUT_JOBS):
        if words[0] in {"plan", "show", "run"}:
            answer = place.call(*words, *(["--rate", "500"] if words[0] != "show" else []))
            assert answer.code in {0, 1}, (words, answer.err)
            if words[0] == "run":
                assert "finished" in answer.err
                assert re.search(r"^  done +[1-9]", answer.err, re.MULTILINE), answer.err
                ran.add(next(job for job in JOBS if f".{job}.plan" in f".{words[1]}"))
    assert ran == set(JOBS)


@pytest.mark.parametrize("job", JOBS)
def test_every_job_is_told_of(job: str) -> None:
    """In the table of the README, whether it needs the number as well, and in docs/jobs.md with each of its options."""
    guarded = " **N**" if JOBS[job].guarded else ""
    assert f"| `{job}`{guarded} |" in README
    section = ABOUT_JOBS.split(f"\n## {job}\n")[1].split("\n## ")[0]
    assert not {one.name for one in JOBS[job].options if f"`{one.name}=" not in section + COMMON}


def test_the_readmes_python_runs(tmp_path: Path) -> None:
    """As it stands."""
    [code] = blocks("python")
    env = {**os.environ, "LEATOPS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=env)
    assert "'create': 32" in done.stdout


def test_the_readmes_faults_load(tmp_path: Path) -> None:
    """The example of a fault file is one."""
    [text] = blocks("json")
    (tmp_path / "faults.json").write_text(text)
    assert [fault.kind for fault in load_faults(tmp_path / "faults.json")] == ["lost_after", "429"]
