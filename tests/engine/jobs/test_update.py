"""`contacts.update`: rows that name one contact in several ways, and what is written to the others."""

from __future__ import annotations

from tests.engine.jobs.trial import Trial, counts, lines_of, told, verdicts

JOB = "contacts.update"
HEADER = ("uuid", "email", "firstname")


async def test_three_rows_for_one_contact_are_all_held(trial: Trial) -> None:
    """Two by uuid and one by address: the third must not act because the others are held for each other."""
    one, two = trial.known(2)
    rows = [
        (one.uuid, "", "Anna"),
        (one.uuid, "", "Bert"),
        ("", one.email, "Carl"),
        ("", two.email, "Dora"),
        ("", two.email.upper(), "Eve"),
        (two.uuid, "", "Finn"),
    ]
    for lookup in ("list", "find"):
        plan = await trial.plan(JOB, HEADER, rows, lookup=lookup)
        assert [verb for verb, _ in verdicts(plan)] == ["held"] * 6
        assert lines_of(plan)[2].reason == "the same contact stands in rows 1, 2 and 3"


async def test_the_first_or_the_last_of_them_is_used_on_demand(trial: Trial) -> None:
    """Whatever they are named by."""
    [one] = trial.known(1)
    rows = [(one.uuid, "", "Anna"), (one.uuid, "", "Bert"), ("", one.email, "Carl")]
    first = await trial.plan(JOB, HEADER, rows, duplicates="first")
    assert [verb for verb, _ in verdicts(first)] == ["update", "held", "held"]
    last = await trial.plan(JOB, HEADER, rows, duplicates="last")
    assert [verb for verb, _ in verdicts(last)] == ["held", "held", "update"]


async def test_an_update_by_either_key_writes_what_differs(trial: Trial) -> None:
    """The results name the contact; a recheck of what has changed meanwhile holds it."""
    one, two = trial.known(2)
    plan = await trial.plan(JOB, HEADER, [(one.uuid, "", "Zoë"), ("", two.email, "Anna")])
    trial.sandbox.store.update(two, {"firstname": "Iemand"})
    report = await trial.run(plan, recheck="always")
    assert counts(report) == {"done": 1, "held": 1}
    assert told(report, "_uuid", "_steps") == [(one.uuid, "update:done"), (two.uuid, None)]
    assert trial.sandbox.store.values(one)["firstname"] == "Zoë"
