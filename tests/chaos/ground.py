"""Where a siege takes place: a sandbox in a process of its own, its admin paths, and commands that can be killed.

What is done there and how it is judged stands elsewhere.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ops.sandbox import API
from tests.cli.support import COMMAND, ROOT

PATIENCE = 900.0
"""Seconds after which a command that hangs fails the siege."""
LOOK_EVERY = 0.005
"""Seconds between two looks at how far the server is."""


class World:
    """A sandbox in a process of its own, seen from outside."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.url = str(document["url"])
        self.token = str(document["token"])
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def close(self) -> None:
        """Let go of the line to it."""
        self._client.close()

    def state(self) -> dict[str, Any]:
        """The size of everything."""
        return self._admin("state")

    def ledger(self, last: int = 0) -> dict[str, Any]:
        """What it saw and did, with the last so many requests."""
        return self._admin(f"ledger?last={last}")

    def cards(self) -> list[dict[str, Any]]:
        """Every gift card, its transactions and mails."""
        found: list[dict[str, Any]] = self._admin("cards")["cards"]
        return found

    def set_faults(self, *faults: dict[str, Any]) -> None:
        """Misbehave from now on, or behave."""
        self._client.post("/sandbox/faults", content=json.dumps(faults)).raise_for_status()

    def contacts(self) -> list[dict[str, Any]]:
        """Every contact, by the API itself."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self._client.get(f"{API}/contacts", params={"page": page, "limit": 100}).raise_for_status().json()
            found += answer["data"]
            if page >= answer["meta"]["last_page"]:
                return found
            page += 1

    def until_idle(self) -> None:
        """Wait until the server has done all that it does in its own time."""
        until(lambda: not self.state()["scheduled"])

    def _admin(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.get(f"/sandbox/{path}").raise_for_status().json()
        return answer


@contextmanager
def world(contacts: int = 200, seed: int = 1) -> Iterator[World]:
    """A sandbox that no kill of ours reaches."""
    flags = ["sandbox", "--json", "--contacts", str(contacts), "--seed", str(seed)]
    with subprocess.Popen([*COMMAND, *flags], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            made = World(json.loads(process.stdout.readline()))
            try:
                yield made
            finally:
                made.close()
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended."""

    code: int
    document: dict[str, Any]
    err: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder and a home to call the command from, with the world's account."""

    folder: Path
    world: World
    module: str = ""
    """What is run in place of the command."""

    @property
    def runs(self) -> Path:
        """Where runs are kept."""
        return self.folder / "home" / "runs"

    @property
    def begun(self) -> bool:
        """Whether there is a run to resume."""
        return self.runs.is_dir() and any(path.name[0] != "." for path in self.runs.iterdir())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and go on."""
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "LEATOPS_HOME": str(self.folder / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LANG": "C.UTF-8",
            "LEAT_BASE_URL": self.world.url,
            "LEAT_API_KEY": self.world.token,
            "LEATOPS_SETTLE_SECONDS": "2",
            "LEATOPS_TIMEOUT_SECONDS": "5",
        }
        command = (sys.executable, "-m", self.module) if self.module else COMMAND
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def call(self, *arguments: str) -> Answer:
        """Run a command to its end; it must say how it ended and never show a traceback."""
        process = self.start(*arguments, "--json")
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        document = json.loads(out)
        assert "error" not in document, document
        return Answer(process.returncode, document, err)

    def kill(self, *arguments: str, after: int) -> bool:
        """Kill a command once the server has had so many more requests; False when it had ended before."""
        seen = self.world.state()["requests"]
        process = self.start(*arguments)
        until(lambda: process.poll() is not None or self.world.state()["requests"] >= seen + after)
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        assert "Traceback" not in err, err
        return process.returncode == -signal.SIGKILL


def until(condition: Callable[[], object]) -> None:
    """Poll until something holds; fail when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(LOOK_EVERY)
