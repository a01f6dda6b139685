"""Real processes of the command line that start at once: forks of one that has loaded everything.

A fork is a process of its own, with its own limits, signals and locks; only the loading is shared.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.support import ROOT, Answer, Place

PATIENCE = 120
_LOADED = """
exec({prelude!r})
import json, os, resource, signal, sys
import app.cli, app.cli.planning, app.cli.running, app.cli.reporting, app.cli.showing, app.cli.accounts
import app.cli.commands.run, app.cli.commands.resume, app.cli.commands.plan, app.cli.commands.show
import app.cli.commands.report, app.cli.commands.runs, app.cli.commands.settle, ops.planner, httpx, rich.table

def child(order, number):
    names = (f"{{order['to']}}/{{number}}.{{stream}}" for stream in ("out", "err"))
    out, err = (os.open(name, os.O_WRONLY | os.O_CREAT, 0o600) for name in names)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0), os.dup2(out, 1), os.dup2(err, 2)
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    signal.alarm({patience})
    if order["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    code = 70
    try:
        code = app.cli.call(order["args"])
        sys.stdout.flush(), sys.stderr.flush()
    finally:
        os._exit(code)

for line in sys.stdin:
    order, pids = json.loads(line), []
    for number in range(order["count"]):
        pid = os.fork()
        if pid == 0:
            child(order, number)
        pids.append(pid)
    print(json.dumps(pids), flush=True)
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Started:
    """Processes that are at work."""

    forge: Forge
    pids: list[int]
    folder: Path

    def send(self, number: signal.Signals) -> None:
        """Send each a signal."""
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def said(self) -> str:
        """What they have said so far."""
        return "".join(path.read_text("utf-8") for path in sorted(self.folder.iterdir()))

    def answers(self) -> list[Answer]:
        """Wait for all; none has shown a traceback."""
        codes = self.forge.read()
        texts = [[(self.folder / f"{n}.{s}").read_text("utf-8") for s in ("out", "err")] for n in range(len(codes))]
        shutil.rmtree(self.folder)
        answers = [Answer(code, out, err) for code, (out, err) in zip(codes, texts, strict=True)]
        for answer in answers:
            assert "Traceback" not in answer.err, answer.err
        return answers


class Forge:
    """Starts commands from one place to call them from.

    Args:
        place: Folder, home and account.
        prelude: Python that runs before anything of the program is loaded.
    """

    def __init__(self, place: Place, prelude: str = "") -> None:
        self.place = place
        code = _LOADED.format(prelude=prelude, patience=PATIENCE)
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=place.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def read(self) -> Any:
        """What the forge answers."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def start(
        self, *arguments: str, count: int = 1, limit: int | None = None, env: Mapping[str, str] | None = None
    ) -> Started:
        """Start so many processes of one command, each of which may write files of `limit` bytes at most."""
        folder = Path(tempfile.mkdtemp(prefix="forge."))
        order = {
            "args": arguments,
            "count": count,
            "limit": limit,
            "env": dict(env or {}),
            "to": str(folder),
            "cwd": str(self.place.folder),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Started(self, self.read(), folder)

    def call(self, *arguments: str, limit: int | None = None, env: Mapping[str, str] | None = None) -> Answer:
        """Run one command to its end."""
        [answer] = self.start(*arguments, limit=limit, env=env).answers()
        return answer

    def close(self) -> None:
        """End it."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(PATIENCE)


@contextlib.contextmanager
def forging(place: Place, prelude: str = "") -> Iterator[Forge]:
    """A forge for as long as it is needed."""
    forge = Forge(place, prelude)
    try:
        yield forge
    finally:
        forge.close()
