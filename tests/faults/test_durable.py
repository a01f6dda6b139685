"""The order of what reaches the disk and what reaches the wire, as the kernel saw it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.runs import Runs
from ops.sandbox import Sandbox
from tests.cli.support import COMMAND, Place

SEEN = "trace=sendto,send,write,fdatasync,fsync"
REQUEST = re.compile(r'"(POST|PUT|DELETE|GET) /api/v3/oauth/clients(\S*)')


def can_watch() -> bool:
    """Whether this machine has strace and lets it watch."""
    tool = shutil.which("strace")
    if tool is None:
        return False
    return subprocess.run([tool, "-qq", "-e", SEEN, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_watch(), reason="this machine lets nobody watch system calls")
@pytest.mark.parametrize("rows", [100, pytest.param(2_500, marks=pytest.mark.slow)])
def test_before_each_write_its_intent_is_on_disk(sandbox: Sandbox, tmp_path: Path, rows: int) -> None:
    """By one worker: between any write request and the one before, the journal was forced to the disk."""
    place = Place(tmp_path, sandbox)
    plan = place.plan("email,firstname", *(f"p{number}@example.org,An" for number in range(rows)))
    log = tmp_path / "calls"
    watch = ("strace", "-f", "-qq", "-y", "-s", "200", "-e", "signal=none", "-e", SEEN, "-o", str(log))
    run = (*COMMAND, "run", str(plan), "--yes", "--rate", "100000", "--workers", "1")
    done = subprocess.run([*watch, *run], cwd=tmp_path, env=place.env, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    journal = Runs(place.home).find("last").journal_path.name
    forced, writes, early = False, 0, []
    waiting: set[str] = set()
    for line in log.read_text("utf-8", "replace").splitlines():
        thread = line.split()[0]
        if re.search(r"\bf(data)?sync\(", line) and journal in line:
            if "unfinished" in line:
                waiting.add(thread)
            else:
                forced = True
        elif re.search(r"<\.\.\. f(data)?sync resumed>", line) and thread in waiting:
            waiting.discard(thread)
            forced = True
        elif (request := REQUEST.search(line)) and (request[1] != "GET" or "find-or-create" in request[2]):
            writes += 1
            early += [] if forced else [line]
            forced = False
    assert writes == 2 * rows
    assert early == []
