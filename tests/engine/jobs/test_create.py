"""`contacts.create` and `contacts.upsert`: what the results say, under either mode, and lost answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.errors import MappingError, OptionError
from ops.sandbox import Fault, SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.jobs.trial import Trial, counts, lines_of, told, verdicts
from tests.sandbox.support import client_of

JOBS = ("contacts.create", "contacts.upsert")
HEADER = ("email", "firstname")


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("mode", ["full", "fast"])
async def test_a_new_address_becomes_a_contact_that_the_results_name(trial: Trial, job: str, mode: str) -> None:
    """Also where an answer is lost on the way."""
    rows = [(f"nieuw{n}@example.org", f"Zoë {n}") for n in range(12)]
    plan = await trial.plan(job, HEADER, rows, mode=mode)
    assert verdicts(plan) == [("create", "")] * 12
    assert plan.meta.writes == 24
    trial.sandbox.set_faults(Fault(kind="lost_after", on="writes", every=5))
    report = await trial.run(plan)
    assert counts(report) == {"done": 12}
    assert "_card" not in report.results.columns
    first = "create" if job == "contacts.create" else "find_or_create"
    with client_of(trial.sandbox) as other:
        for (email, name), (uuid, steps) in zip(rows, told(report, "_uuid", "_steps"), strict=True):
            body = other.get("/contacts/find-one-by", params={"email": email}).json()["data"]
            assert (body["uuid"], body["current_values"]["firstname"]) == (uuid, name)
            assert steps == f"{first}:done update:done"


async def test_a_create_goes_on_with_new_addresses_alone(trial: Trial) -> None:
    """In any spelling; an address of two contacts exists, too."""
    [one], [twice, _] = trial.known(1), trial.namesakes()
    trial.sandbox.store.create("jan@müller.example")
    rows = [(one.email.upper(), "A"), (twice.email, "B"), ("jan@xn--mller-kva.example", "C"), ("n@example.org", "D")]
    plan = await trial.plan("contacts.create", HEADER, rows)
    assert verdicts(plan) == [("held", "exists")] * 3 + [("create", "")]
    upsert = await trial.plan("contacts.upsert", HEADER, rows)
    assert verdicts(upsert) == [("update", ""), ("held", "ambiguous"), ("update", ""), ("create", "")]


async def test_an_address_that_has_come_since_the_plan_is_held_on_a_recheck(trial: Trial) -> None:
    """Nobody has looked at its contact."""
    for job in JOBS:
        email = f"{job}@example.org"
        plan = await trial.plan(job, HEADER, [(email, "A")])
        trial.sandbox.store.create(email)
        report = await trial.run(plan, recheck="always")
        assert [(status, (why or "").split(":")[0]) for status, why in told(report, "_status", "_message")] == [
            ("held", "exists")
        ]


async def test_a_referral_code_goes_with_the_create(trial: Trial) -> None:
    """And is no attribute."""
    plan = await trial.plan("contacts.create", ("email", "referral_code"), [("n@example.org", "VRIEND")])
    assert lines_of(plan)[0].after == {"referral_code": "VRIEND"}
    await trial.run(plan)
    assert trial.sandbox.store.find("n@example.org").referral_code == "VRIEND"


async def test_options_and_columns_are_checked_by_name(trial: Trial) -> None:
    """Before anything is read of the contacts."""
    with pytest.raises(OptionError, match="mode=quick is not possible: choose full or fast"):
        await trial.plan("contacts.create", HEADER, [("n@example.org", "A")], mode="quick")
    with pytest.raises(OptionError, match="has no option 'type'; it has: duplicates, mode"):
        await trial.plan("contacts.upsert", HEADER, [("n@example.org", "A")], type="GDPR")
    with pytest.raises(MappingError, match="email"):
        await trial.plan("contacts.create", ("firstname",), [("A",)])


async def test_how_long_a_new_contact_takes_to_be_found_is_learned(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """The attributes of a contact that is created in the background are tried early once or twice, not all the time."""
    trial = Trial(make_sandbox(SandboxConfig(contacts=20, async_lag=0.6)), tmp_path)
    people = [(f"n{number}@example.org", "A") for number in range(60)]
    plan = await trial.plan("contacts.create", HEADER, people, mode="fast")
    report = await trial.run(plan, workers=4)
    assert counts(report) == {"done": 60}
    assert report.retries <= 2 * len(people)
