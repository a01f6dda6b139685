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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.support import ROOT, Answer, Place

PATIENCE = 120
_LOADED = """
exec({prelude!r})
import json, os, resource, signal, sys, threading, traceback
import app.cli, app.cli.planning, app.cli.running, app.cli.reporting, app.cli.showing, app.cli.accounts
import app.cli.commands.run, app.cli.commands.resume, app.cli.commands.plan, app.cli.commands.show
import app.cli.commands.report, app.cli.commands.runs, app.cli.commands.settle, ops.planner, httpx, rich.table

def child(order, out, err):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0), os.dup2(out, 1), os.dup2(err, 2)
    os.closerange(3, 256)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    signal.alarm({patience})
    if order["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    code = 70
    try:
        code = app.cli.call(order["args"])
        sys.stdout.flush(), sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)

def keep(source, path):
    with open(source, "rb", buffering=0) as pipe, open(path, "wb", buffering=0) as file:
        while said := pipe.read(65536):
            file.write(said)

for line in sys.stdin:
    order, pids, kept = json.loads(line), [], []
    if isinstance(order, str):
        print(json.dumps(os.waitstatus_to_exitcode(os.system(order))), flush=True)
        continue
    for number in range(order["count"]):
        pipes = [os.pipe() for _ in range(2)]
        pid = os.fork()
        if pid == 0:
            child(order, *(write for _, write in pipes))
        pids.append(pid)
        for (read, write), stream in zip(pipes, ("out", "err")):
            os.close(write)
            kept.append((read, f"{{order['to']}}/{{number}}.{{stream}}"))
    print(json.dumps(pids), flush=True)
    threads = [threading.Thread(target=keep, args=one) for one in kept]
    for thread in threads:
        thread.start()
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    for thread in threads:
        thread.join()
    print(json.dumps(codes), flush=True)
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
        within: A command that starts it, such as one that makes a world of its own.
        prelude: Python that runs before anything of the program is loaded.
    """

    def __init__(self, place: Place, prelude: str = "", within: Sequence[str] = ()) -> None:
        self.place = place
        code = _LOADED.format(prelude=prelude, patience=PATIENCE)
        self._process = subprocess.Popen(
            [*within, sys.executable, "-c", code],
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

    def shell(self, command: str) -> int:
        """Run a shell command where the processes will be."""
        self._order(command)
        return int(self.read())

    def _order(self, order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

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
        self._order(order)
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
def forging(place: Place, prelude: str = "", within: Sequence[str] = ()) -> Iterator[Forge]:
    """A forge for as long as it is needed."""
    forge = Forge(place, prelude, within)
    try:
        yield forge
    finally:
        forge.close()
