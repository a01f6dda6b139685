"""What the benchmarks stand on: a sandbox in a process of its own, child processes, tables.

What is measured stands in the benchmarks.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from ops.leat.profile import Account, Secret

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024


@contextmanager
def sandbox(contacts: int = 1_000) -> Iterator[Account]:
    """An account on a sandbox that has a process, and so a core, of its own."""
    command = [sys.executable, "-m", "app.cli", "sandbox", "--json", "--contacts", str(contacts)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            document = json.loads(process.stdout.readline())
            yield Account(document["url"], Secret(document["token"]), name="sandbox")
        finally:
            process.terminate()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for the files of one benchmark, on the disk that `TMPDIR` names."""
    with tempfile.TemporaryDirectory(prefix="leatops-bench-") as path:
        yield Path(path)


def child(module: str, *arguments: str | Path | int) -> Any:
    """Run a module in a process of its own and return the JSON of its last line."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return json.loads(done.stdout.splitlines()[-1])


def peak_mib() -> float:
    """The most memory this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def middle(values: Sequence[float]) -> str:
    """The median, with the range when there are several."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def machine() -> str:
    """What the figures were taken on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def table(title: str, lines: Sequence[tuple[str, ...]]) -> None:
    """Print lines under a title, the columns aligned."""
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    print(f"\n{title} ({machine()})")
    for line in lines:
        first, *rest = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  " + "  ".join([first, *rest]).rstrip(), flush=True)
