"""What `contacts.delete` leaves of people when something goes wrong: no word of the server's, no id of who is gone."""

from __future__ import annotations

import httpx
import pytest

from ops.report import Report
from ops.sandbox.records import Contact
from ops.verify import Verify
from tests.engine.jobs.traces import haystack, spellings, traces
from tests.engine.jobs.trial import Trial, counts
from tests.engine.meddling import Meddle, meddled, says

JOB = "contacts.delete"
HEADER = ("reference", "uuid", "email")


def rows_of(people: list[Contact]) -> list[tuple[str, ...]]:
    """By uuid alone, since the address is what the server might give away."""
    return [(f"R-{n}", person.uuid, "") for n, person in enumerate(people, 1)]


def talkative(person: Contact, code: int, part: str, method: str = "GET") -> Meddle:
    """A server that names the person when it refuses requests of a kind."""

    async def answer(request: httpx.Request) -> httpx.Response | None:
        befallen = request.method == method and part in request.url.path
        return says(400, code, f"{person.email} kan niet") if befallen else None

    return answer


def said(trial: Trial, report: Report, person: Contact) -> list[tuple[bytes, str]]:
    """Where the home, or the report as it is told, names the person by address."""
    return traces(spellings(person.email), {**haystack(trial.home), "told": repr(report).encode()})


@pytest.mark.parametrize("code", [60000, 7002, 7011])
@pytest.mark.parametrize(
    ("part", "method"), [("/delete", "POST"), ("/contacts/", "GET")], ids=["the deletion", "the look before"]
)
async def test_what_the_server_says_as_it_stops_the_run_is_not_kept(
    trial: Trial, code: int, part: str, method: str
) -> None:
    """The code is told in our own words, in every file."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    report = await trial.run(plan, transport=meddled(talkative(one, code, part, method)))
    assert (report.state, counts(report)) == ("stopped", {"pending": 1})
    assert report.why.endswith(f" ({code}).")
    assert said(trial, report, one) == []


async def test_what_the_server_says_to_a_poll_is_not_kept(trial: Trial) -> None:
    """A row that waits is looked at, and goes on once the account lets it."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    line = meddled(talkative(one, 7011, f"/contacts/{one.uuid}"))
    report = await trial.run(plan, transport=line, recheck="never")
    assert counts(report) == {"pending": 1}
    assert "gives no access" in report.why
    assert said(trial, report, one) == []
    assert counts(await trial.resume()) == {"done": 1}


async def test_what_the_server_says_to_a_look_back_is_not_kept(trial: Trial) -> None:
    """The row is done, and the account refuses to show it once more."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    looks = []

    async def answer(request: httpx.Request) -> httpx.Response | None:
        if f"/contacts/{one.uuid}" in request.url.path and trial.contact(one.uuid) is None:
            looks.append(request)
            return says(400, 7011, f"{one.email} kan niet") if len(looks) > 1 else None
        return None

    report = await trial.run(plan, transport=meddled(answer), verify=Verify())
    assert (counts(report), report.state) == ({"done": 1}, "stopped")
    assert "gives no access" in report.why
    assert said(trial, report, one) == []
