"""The headers of a file of people to be erased: they may name people, too, and a plan keeps hardly any of them."""

from __future__ import annotations

import pytest

from ops.errors import SheetError
from ops.mapping import MappedColumn, Mapping
from ops.plan import Plan
from tests.engine.jobs.traces import haystack, spellings, traces
from tests.engine.jobs.trial import Trial, counts, lines_of

JOB = "contacts.delete"
HEADER = ("Zaak", "Adres van Kareltje", "Bijnaam Keesje")
MAPPING = Mapping((MappedColumn("Zaak", "reference"), MappedColumn("Adres van Kareltje", "email")))
NAMES = spellings("Kareltje") | spellings("Keesje")


async def test_only_the_columns_that_stay_keep_their_names(trial: Trial) -> None:
    """In the plan, the run and everything else of the home; no mapping is kept for the next file."""
    [one] = trial.known(1)
    rows = [("Z-1", one.email, "Kees"), ("Z-2", "kaputt", "Kees")]
    plan = await trial.plan(JOB, HEADER, rows, mapping=MAPPING, type="GDPR")
    assert (plan.meta.source.columns, plan.meta.source.left_out, plan.meta.source.width) == (("Zaak",), (), 3)
    assert [(pair.column, pair.field) for pair in plan.mapping.columns] == [("Zaak", "reference"), ("email", "email")]
    assert lines_of(plan)[1].reason == "email: cannot be used (email): look at the row in the file"
    assert [problem.column for problem in plan.meta.problems] == ["email"]
    report = await trial.run(plan)
    assert counts(report) == {"done": 1, "invalid": 1}
    assert report.results.columns[:2] == ["_row", "Zaak"]
    assert [group.field for group in report.triage] == ["email"]
    assert traces(NAMES, haystack(trial.home)) == []
    assert not (trial.home / "mappings").exists()


async def test_a_header_that_is_the_name_of_another_field_is_told_from_it(trial: Trial) -> None:
    """The plan is read back as it was made."""
    [one] = trial.known(1)
    mapping = Mapping((MappedColumn("email", "reference"), MappedColumn("post", "email")))
    plan = await trial.plan(JOB, ("email", "post"), [("Z-1", one.email)], mapping=mapping, type="GDPR")
    again = Plan.load(plan.path)
    again.verify()
    pairs = [(pair.column, pair.field) for pair in again.mapping.columns]
    assert pairs == [("email", "reference"), ("(email)", "email")]
    assert counts(await trial.run(again)) == {"done": 1}


@pytest.mark.parametrize("field", ["email", "reference"])
async def test_a_file_without_a_header_is_refused(trial: Trial, field: str) -> None:
    """Its first person would be taken for the columns' names, kept as such, and never erased."""
    one, two = trial.known(2)
    mapping = Mapping((MappedColumn(one.email, field),))
    with pytest.raises(SheetError, match="column 2 holds an e-mail address") as raised:
        await trial.plan(JOB, (one.uuid, one.email), [(two.uuid, two.email)], mapping=mapping, type="GDPR")
    assert raised.value.where["column"] == 2
    assert one.email not in raised.value.message
    assert haystack(trial.home) == {}


async def test_other_jobs_take_such_a_header(trial: Trial) -> None:
    """They keep what is in the file anyway."""
    header = ("email", "x@y")
    plan = await trial.plan("contacts.create", header, [("nieuw@example.org", "")])
    assert plan.meta.source.left_out == ("x@y",)
