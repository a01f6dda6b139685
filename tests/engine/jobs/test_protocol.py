"""All jobs against one account: every endpoint of the pages is used, and always as they say."""

from __future__ import annotations

from typing import Any

from ops.export import Export, export_contacts
from tests.engine.jobs.trial import Trial, counts

