"""What to do about rows that did not go well, in a sentence or two, by where the cause lies.

Which rows belong together is found by `triage`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from ops.advice import Advice, Way, resend, resume, set_to, settle
from ops.events import Look
from ops.jobs.base import Job, State
from ops.leat.requests import CONTACT_NOT_FOUND, on_word


class Blame(StrEnum):
    """Where the cause of a group lies; stable words."""

    ROW = "row"
    """The row is wrong: it has to be mended in the file."""
    ACCOUNT = "account"
    """The account differs from what the row or the plan takes it for."""
    PASSING = "passing"
    """The network, the server or the moment: going on will do."""
    UNKNOWN = "unknown"
    """Nobody knows yet what happened, or why."""

    @property
    def words(self) -> str:
        """For people."""
        return TITLES[self]


TITLES: Final = {
    Blame.ROW: "the row is wrong",
    Blame.ACCOUNT: "the account differs",
    Blame.PASSING: "passing",
    Blame.UNKNOWN: "unknown",
}


HELD_FOR_THE_ROW: Final = r"^(the same |conflict: |chain: )"
"""Reasons to hold a row that are in the file and not in the account."""
_HELD: Final[tuple[tuple[str, str | Advice], ...]] = (
    (r"has gone since the plan", "It is not in the account any more: leave the rows out."),
    (r"since the plan", "Plan these rows again: a new plan goes by what the account holds now."),
    (r"^the same ", Advice("Keep one row of each, or plan with ", set_to("duplicates", "first", "last"), ".")),
    (
        r"^exists",
        "The account has it already: leave the rows out, or change it with contacts.upsert or contacts.update.",
    ),
    (
        r"^(source |destination )?not found",
        "Look the key up in the account, mend it in these rows and plan them again.",
    ),
    (
        r"^(source |destination )?ambiguous",
        "Name the contact by its uuid, or make the two one with contacts.merge; then plan these rows again.",
    ),
    (r"^conflict", "The keys of a row name different ones: mend the wrong key and plan these rows again."),
    (
        r"^merge",
        Advice(
            "A merge cannot be undone: with consent of who holds both addresses, plan again with ",
            set_to("allow_merge", "true"),
            ".",
        ),
    ),
    (r"^chain", "Run this plan first, then plan these rows again."),
    (r"^unsubscribed", "They would get no mail: leave the rows out, or plan them again once the contact takes mails."),
    (r"^inactive", "Put it to use again in the account and plan these rows again, or leave them out."),
    (r"^not anonymous", "Leave the rows out: the contact has an address already."),
)
_REFUSED: Final = {
    60005: "The address has come into the account: plan retry.csv with contacts.upsert or contacts.update.",
    60006: "The identifier is taken: give another one in retry.csv and plan it.",
    60014: "The identifier is taken: give another one in retry.csv and plan it.",
    60016: "The contact has an address already: leave the rows out.",
} | dict.fromkeys(
    (5001, 55031, 60003, 60011),
    "It is not in the account, or not any more: mend the key in retry.csv and plan it, or leave the rows out.",
)
"""By code, where the account is to be seen to and nothing of the row was done that must not happen twice."""


def is_for_nobody(job: Job, code: int | None) -> bool:
    """Whether a row that the server refused by a code was to erase somebody whom the account does not have."""
    return job.private and code == CONTACT_NOT_FOUND


def next_step(job: Job, run: str, group: Mapping[str, Any]) -> Advice:
    """What to do about a group, in a sentence or two.

    Args:
        job: Of the run.
        run: Its id.
        group: A line of the groups: `status`, `look`, `blame`, `code`, `cause`, `spent`.
    """
    step = _next_step(job, run, group)
    return step if isinstance(step, Advice) else Advice(step)


def _next_step(job: Job, run: str, group: Mapping[str, Any]) -> str | Advice:  # noqa: PLR0911 - one a kind of row
    match group["status"]:
        case State.INVALID:
            return "Mend these rows and plan them again."
        case State.HELD:
            fits = (what for pattern, what in _HELD if re.search(pattern, group["cause"]))
            return next(fits, "See why in the message; what can be mended is planned again.")
        case State.REFUSED:
            return _after_refusal(job, run, group)
        case State.UNKNOWN:
            return _in_doubt(run, group["cause"])
        case State.DONE if group["look"] == Look.UNREAD:
            return Advice(Way("read_again", f"leatops resume {run} --verify all"), " reads them again.")
        case State.DONE if job.unrepeatable or job.destroys:
            return "Look at them in the account, where something else has written since; do not plan them again."
        case State.DONE:
            return "Something else may write to the account: look there, and plan the file again to set the values."
        case _:
            return Advice(resume(run), " goes on with them.")


def _in_doubt(run: str, cause: str) -> Advice:
    say = Way("say", f"leatops settle {run} --happened ROWS, or --not-happened ROWS")
    if "cannot be read back" in cause:
        return Advice("Ask the recipient or look in the account, then say so: ", say, "; the rows are in unknown.csv.")
    looks = (settle(run), " looks back at them; the rows are in unknown.csv.")
    takes_word = cause.split(":", maxsplit=1)[0] in on_word()
    return Advice(*looks, *((" What you know yourself you can say: ", say, ".") if takes_word else ()))


def _after_refusal(job: Job, run: str, group: Mapping[str, Any]) -> str | Advice:  # noqa: PLR0911 - one a kind
    again = resend(run)
    if is_for_nobody(job, group["code"]):
        return "There is no such contact any more: nothing is left to be done, and its id goes out of the plan."
    if group["spent"]:
        never = " goes on. Never plan these rows again: a part is done."
        return Advice("Put it right in the account, then ", again, never)
    match group["blame"]:
        case Blame.ROW if job.private:
            return "Find the rows in your file by the _row of retry.csv, mend them and plan them again."
        case Blame.ROW if "(create was done before)" in group["cause"]:
            return "The contacts are there, without this: mend retry.csv and plan it with contacts.upsert."
        case Blame.ROW:
            return "Mend retry.csv, which has these rows as they came in, and plan it."
        case Blame.ACCOUNT if group["code"] in _REFUSED and not job.private:
            return _REFUSED[group["code"]]
        case Blame.ACCOUNT:
            return Advice("Put it right in the account, then ", again, " sends them again.")
        case Blame.PASSING:
            return Advice(again, " sends them again.")
        case _:
            return Advice("Go by the message: mend retry.csv and plan it, or send them again with ", again, ".")
