"""The jobs by name; adding one is adding its file and its line here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from ops.errors import OptionError
from ops.jobs.base import Job
from ops.jobs.contacts_anonymous import CreateAnonymousContacts
from ops.jobs.contacts_claim import ClaimContacts
from ops.jobs.contacts_create import CreateContacts
from ops.jobs.contacts_delete import DeleteContacts
from ops.jobs.contacts_enrich import EnrichContacts
from ops.jobs.contacts_merge import MergeDuplicates
from ops.jobs.contacts_update import UpdateContacts
from ops.jobs.contacts_upsert import UpsertContacts
from ops.jobs.giftcards_enrich import EnrichCards
from ops.jobs.giftcards_issue import IssueCards
from ops.jobs.giftcards_send import SendCards

_ALL: Final[tuple[type[Job], ...]] = (
    CreateContacts,
    UpsertContacts,
    UpdateContacts,
    CreateAnonymousContacts,
    ClaimContacts,
    MergeDuplicates,
    DeleteContacts,
    EnrichContacts,
    IssueCards,
    SendCards,
    EnrichCards,
)
JOBS: Final[dict[str, type[Job]]] = {job.name: job for job in _ALL}


def find_job(name: str) -> type[Job]:
    """The job of a name.

    Raises:
        OptionError: There is none.
    """
    if name not in JOBS:
        like = get_close_matches(name, JOBS, n=1)
        meant = f" Did you mean {like[0]}?" if like else ""
        raise OptionError(f"There is no job {name!r}.{meant} The jobs are: {', '.join(JOBS)}.", option="job")
    return JOBS[name]
