"""Earlier runs of the same file by the same job, where doing it again would send a card or a mail a second time.

A plan made anew after a run is another plan: nothing else would stand between the same people and a second card.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ops.errors import LeatopsError
from ops.jobs.base import Job
from ops.runs import Runs


def run_before(job: Job, sha256: str, home: Path) -> Iterator[str]:
    """What a person must know of runs of this home that did the same file, the latest first; none that cannot be read.

    Args:
        job: Only one that can do again what it has done: a merge cannot, since its source is gone.
        sha256: Of the file.
        home: Where runs are kept.
    """
    if not job.unrepeatable or job.destroys:
        return
    for run in Runs(home).all():
        try:
            meta = run.plan.meta
            if (meta.job, meta.source.sha256) != (job.name, sha256):
                continue
            rows = run.journal.rows_with(job.unrepeatable)
        except LeatopsError:
            continue
        if rows:
            when = datetime.fromtimestamp(run.started, UTC).date().isoformat()
            had = f"{rows:,} row{' has' if rows == 1 else 's have'} had a card or a mail, or may have"
            yield f"This file was run before: {run.id} of {when}; {had}. This plan would do it again."
