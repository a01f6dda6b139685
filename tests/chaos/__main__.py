"""The long siege: `uv run python -m tests.chaos --rows 5000 --kills 200 --seed 1`.

Prints the figures, and ends with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.ground import machine
from tests.chaos.cases import CASES
from tests.chaos.naive import besiege_naive
from tests.chaos.siege import Siege, besiege
from tests.chaos.verdict import Verdict


def main(arguments: list[str]) -> int:
    """Besiege one job, or the usual script."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--job", choices=sorted(CASES), default="giftcards.issue")
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--settle-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--naive", action="store_true", help="besiege a script that sends again on any error, instead")
    flags = parser.parse_args(arguments)
    siege = Siege(flags.job, flags.rows, flags.kills, flags.seed, flags.settle_kills)
    with tempfile.TemporaryDirectory(prefix="leatops-chaos-") as folder:
        verdict = (besiege_naive if flags.naive else besiege)(siege, Path(folder))
    tell(f"{'the usual script' if flags.naive else siege.job}, seed {siege.seed}", verdict)
    return 1 if verdict.broken else 0


def tell(title: str, verdict: Verdict) -> None:
    """Print what it came to."""
    print(f"{title}; {machine()}; {datetime.now(UTC):%Y-%m-%d}")
    for name, figure in verdict.figures.items():
        print(f"  {name:20} {figure:>10,}")
    for what in verdict.broken:
        print(f"  BROKEN: {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
