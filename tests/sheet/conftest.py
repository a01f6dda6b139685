"""What the sheet tests share: writing bytes and reading them back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.sheet import Sheet, read_sheet

Read = Callable[..., Sheet]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to a file and read it as a sheet."""

    def write_and_read(data: bytes | str, name: str = "people.csv", **options: str) -> Sheet:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_sheet(path, **options)

    return write_and_read
