"""How long the command takes to answer, and the engine's package to be imported: each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from statistics import median

from tests.bench.ground import ROOT, table

CONTENDERS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "leatops --version": (sys.executable, "-m", "app.cli", "--version"),
    "leatops --help": (sys.executable, "-m", "app.cli", "--help"),
    "leatops jobs": (sys.executable, "-m", "app.cli", "jobs"),
    "import ops": (sys.executable, "-c", "import ops"),
    "from ops import make_plan, run_plan": (sys.executable, "-c", "from ops import make_plan, run_plan"),
}


def seconds(command: tuple[str, ...]) -> float:
    """One run of a command, from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main(rounds: int = 10) -> None:
    """Run all in turns and print the medians."""
    took: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, command in CONTENDERS.items():
            took[name].append(seconds(command))
    table(
        f"Starting up, {rounds} times each",
        [
            ("command", "ms, median", "fastest", "slowest"),
            *(
                (name, *(f"{1000 * value:.0f}" for value in (median(times), min(times), max(times))))
                for name, times in took.items()
            ),
        ],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    main(parser.parse_args().rounds)
