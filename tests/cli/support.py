"""What the tests of the command line share: a place to call it from, a terminal, golden files.

A golden file is renewed by running its test with `LEATOPS_GOLDEN=write`; the change is then read in the diff.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.draft import PlanOptions
from ops.leat.profile import Account, Secret
from ops.planner import make_plan
from ops.sandbox import Sandbox
from ops.sheet import read_sheet

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
COMMAND = (sys.executable, "-m", "app.cli")
PATIENCE = 60.0
"""Seconds after which a command that hangs fails its test."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to call commands from, with a home of its own and perhaps an account."""

    folder: Path
    sandbox: Sandbox | None = None

    @property
    def home(self) -> Path:
        """Where runs and accounts are kept."""
        return self.folder / "home"

    @property
    def env(self) -> dict[str, str]:
        """Nothing of the developer's own."""
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "LEATOPS_HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "PYTHONWARNINGS": "error",
        }
        if self.sandbox is not None:
            env |= {"LEAT_BASE_URL": self.sandbox.url, "LEAT_API_KEY": self.sandbox.token}
        return env

    def write(self, name: str, *lines: str) -> Path:
        """A file of lines."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return path

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start a command and go on."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def call(self, *arguments: str, stdin: str = "", **env: str) -> Answer:
        """Run a command to its end."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.env | env,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def typed(self, *arguments: str, keys: str = "", waiting_for: str = "", **env: str) -> Answer:
        """Run a command on a terminal where somebody types once some words are there; all it says is in `out`."""
        master, slave = pty.openpty()
        with subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env={**self.env, "TERM": "xterm-256color", **env},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        ) as process:
            os.close(slave)
            said = bytearray()
            waiting = True
            # A terminal whose last program has gone answers with an error.
            with contextlib.suppress(OSError):
                while True:
                    if waiting and waiting_for.encode() in said:
                        os.write(master, keys.encode())
                        waiting = False
                    said += os.read(master, 65_536)
            code = process.wait(PATIENCE)
        os.close(master)
        return Answer(code, said.decode("utf-8", "replace"), "")

    def plan(self, *lines: str) -> Path:
        """A `contacts.upsert` plan of a file of these lines, made in this process to save time."""
        assert self.sandbox is not None
        sheet = read_sheet(self.write("list.csv", *lines))
        account = Account(self.sandbox.url, Secret(self.sandbox.token), self.sandbox.url.split("://")[-1])
        out, fast = self.folder / "list.plan.parquet", PlanOptions(rate=None)
        return asyncio.run(make_plan("contacts.upsert", sheet, account, out=out, options=fast)).path


def finish(process: subprocess.Popen[str]) -> Answer:
    """Wait for a started command."""
    with process:
        out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return Answer(process.returncode, out, err)


def first_lines(process: subprocess.Popen[str], number: int) -> list[str]:
    """The first lines of a command that goes on; it is killed when they do not come."""
    assert process.stdout is not None
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    lines = [process.stdout.readline() for _ in range(number)]
    timer.cancel()
    return lines


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Poll until something holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


_VARYING = (
    (r"http://127\.0\.0\.1:\d+", "{url}"),
    (r"(?<=contacts\.upsert-)[0-9a-f]{12}", "{id}"),
    (r'(?<="checksum": ")[0-9a-f]{64}', "{checksum}"),
    (r'(?<="(?:seconds)": )[0-9.e-]+', "0"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "{time}"),
)


def check_golden(name: str, text: str, place: Path) -> None:
    """Compare a machine-readable output with its golden file, but for what varies from run to run."""
    for pattern, stands_for in ((re.escape(str(place)), "{place}"), *_VARYING):
        text = re.sub(pattern, stands_for, text)
    pretty = "".join(json.dumps(json.loads(line), indent=1) + "\n" for line in text.splitlines())
    path = GOLDEN / name
    if os.environ.get("LEATOPS_GOLDEN") == "write":
        path.write_text(pretty, "utf-8")
    assert path.is_file(), f"{path} is missing: run again with LEATOPS_GOLDEN=write"
    assert pretty == path.read_text("utf-8"), f"{path} differs: see how, then run with LEATOPS_GOLDEN=write"
