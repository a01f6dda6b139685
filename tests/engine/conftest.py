"""A trial on a small fresh sandbox whose scheduled work takes a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.sandbox import SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.jobs.trial import Trial


@pytest.fixture
def trial(make_sandbox: MakeSandbox, tmp_path: Path) -> Trial:
    """Two hundred contacts, and few cards."""
    return Trial(make_sandbox(SandboxConfig(contacts=200, settle_delay=0.05, async_lag=0.05)), tmp_path)
