from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from ops.sheet import read_sheet

ROWS = 1_000_000
PEAK = """
import re, sys
from pathlib import Path
from ops.sheet import read_sheet
read_sheet(sys.argv[1])
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def _write(path: Path, quotes: str) -> None:
    number = pl.int_range(ROWS)
    frame = pl.select(
        pl.format("person{}@example.com", number).alias("email"),
        pl.when(number % 20 == 0).then(pl.format("Zoë, {}", number)).otherwise(pl.lit("Zoë")).alias("name"),
        *(pl.format("000{} value", number).alias(f"c{column}") for column in range(10)),
    )
    frame.write_csv(path, quote_style="always" if quotes == "all" else "necessary")


def _seconds(path: Path, *, checked: bool) -> float:
    start = time.perf_counter()
    if checked:
        read_sheet(path)
    else:
        pl.read_csv(path, infer_schema=False)
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.perf_counter() - start


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux")
@pytest.mark.parametrize("quotes", ["some", "all"])
def test_a_million_rows(tmp_path: Path, quotes: str) -> None:
    """Reading with every check takes about twice a bare read and hash, and stays well under a gigabyte."""
    path = tmp_path / "people.csv"
    _write(path, quotes)
    checked, bare = (min(_seconds(path, checked=each) for _ in range(3)) for each in (True, False))
    run = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True)
    peak = int(run.stdout)
    print(f"{quotes}: {checked:.2f} s checked, {bare:.2f} s bare, {peak} MB at most")
    assert checked < 3 * bare
    assert peak < 900
