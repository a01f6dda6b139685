"""The sample files and the job each is for, in the order in which they are offered.

Where they lie is known to the desk.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

JOB_OF: Final = {
    "new-customers.csv": "contacts.upsert",
    "update-list.csv": "contacts.upsert",
    "export-nl.csv": "contacts.upsert",
    "members.xlsx": "contacts.upsert",
    "loyalty-cards.csv": "contacts.anonymous",
    "claims.csv": "contacts.claim",
    "merges.csv": "contacts.merge",
    "erasure.csv": "contacts.delete",
    "customers.csv": "contacts.enrich",
    "giftcards.csv": "giftcards.issue",
    "cards-to-send.csv": "giftcards.send",
    "cards.csv": "giftcards.enrich",
}


def in_order(paths: Iterable[Path]) -> list[Path]:
    """The samples, the one to begin with first."""
    known = list(JOB_OF)
    return sorted(paths, key=lambda path: (known.index(path.name) if path.name in JOB_OF else len(known), path.name))
