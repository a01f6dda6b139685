"""Places to call the command line from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.sandbox import Sandbox
from tests.cli.support import Place


@pytest.fixture
def place(tmp_path: Path, sandbox: Sandbox) -> Place:
    """A fresh folder and home, with a sandbox as the environment's account."""
    return Place(tmp_path, sandbox)


@pytest.fixture
def bare(tmp_path: Path) -> Place:
    """A fresh folder and home without an account."""
    return Place(tmp_path)
