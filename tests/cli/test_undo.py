"""`leatops undo`: the plan it makes, what it says, and what it refuses."""

from __future__ import annotations

import pytest

from ops.jobs import JOBS
from ops.plan import Plan
from ops.sandbox import Sandbox
from ops.sandbox.records import Contact
from tests.cli.support import Place

FAST = ("--rate", "500")


def account(place: Place) -> Sandbox:
    assert place.sandbox is not None
    return place.sandbox


def known(sandbox: Sandbox, count: int) -> list[Contact]:
    """Contacts with an address of their own."""
    store = sandbox.store
    return [c for c in store.order if not c.anonymous and len(store.contacts_by_email(c.email)) == 1][:count]


def ran(place: Place, *cities: str) -> list[Contact]:
    """The contacts of a run that set their cities; each had one before, and one contact is new."""
    contacts = known(account(place), len(cities))
    for each in contacts:
        account(place).store.update(each, {"city": "Hoorn"})
    rows = [f"{each.email},{city}" for each, city in zip(contacts, cities, strict=True)]
    plan = place.plan("email,city", *rows, "new@example.org,Edam")
    assert place.call("run", str(plan), "--yes", *FAST).code == 0
    return contacts


def test_a_run_is_undone_by_a_plan_that_is_shown_and_run(place: Place) -> None:
    """From the folder one is in, by the commands that are told; what was created is held."""
    one, two = ran(place, "Edam", "Volendam")
    store = account(place).store
    assert [store.values(each)["city"] for each in (one, two)] == ["Edam", "Volendam"]
    answer = place.call("undo", "last", *FAST, "--json")
    assert answer.code == 1
    assert {verb: rows for verb, rows in answer.document["verbs"].items() if rows} == {"update": 2, "held": 1}
    assert answer.document["job"] == "contacts.update"
    name = answer.document["plan"]
    assert name.endswith(".undo.plan.parquet")
    assert (place.folder / name).is_file()
    assert f"leatops show {name}" in answer.err
    assert f"leatops run {name}" in answer.err
    [first, *_, last] = place.call("show", name, "--json").lines
    assert first["changes"] == {"city": ["Edam", "Hoorn"]}
    assert "contacts.delete" in last["reason"]
    assert place.call("run", name, "--yes", *FAST).code == 1
    assert [store.values(each)["city"] for each in (one, two)] == ["Hoorn", "Hoorn"]

    again = place.call("undo", "contacts.update", *FAST, "--out", "again.parquet", "--json").document
    assert again["plan"] == "again.parquet"
    assert place.call("run", "again.parquet", "--yes", *FAST).code == 0
    assert [store.values(each)["city"] for each in (one, two)] == ["Edam", "Volendam"]


def test_people_are_told_what_is_restored_and_what_is_not(place: Place) -> None:
    """The counts, what was changed since with both values, and what stays for good."""
    one, _ = ran(place, "Edam", "Volendam")
    account(place).store.update(one, {"city": "Alkmaar"})
    answer = place.call("undo", "last", *FAST)
    assert (answer.code, answer.out) == (1, "")
    said = " ".join(answer.err.split())
    assert "Undo of contacts.upsert-" in said
    assert "Restores what 1 contact held before contacts.upsert-" in said
    assert "1 row was changed since the run" in said
    assert "No undo: 1 contact that the run created stays" in said
    [plan] = place.folder.glob("*.undo.plan.parquet")
    shown = " ".join(place.call("show", str(plan), "--verb", "held").out.split())
    assert 'city was set to "Edam" by the run and is now "Alkmaar"' in shown


def test_a_plan_that_creates_says_so_before_it_is_agreed_to(place: Place) -> None:
    """In the question on the terminal."""
    plan = place.plan("email,city", "new@example.org,Edam")
    answer = place.typed("run", str(plan), keys="n\n", waiting_for="[y/N]")
    said = " ".join(answer.out.split())
    assert "no undo" in said
    assert ": 1 contact is created; contacts.delete erases contacts, for good Do this to 1 row?" in said


def test_a_job_without_an_undo_is_refused_with_the_reason(place: Place) -> None:
    """Even where no account is at hand; nothing is sent and nothing written."""
    place.write("in.csv", "email", "new@example.org")
    assert place.call("plan", "contacts.create", "in.csv", *FAST, "--out", "p.parquet").code == 0
    assert place.call("run", "p.parquet", "--yes", *FAST).code == 0
    answer = Place(place.folder).call("undo", "last", "--json")
    assert answer.code == 2
    assert answer.document["error"]["kind"] == "run"
    assert answer.document["error"]["message"].endswith(f" has no undo: {JOBS['contacts.create'].undo}.")
    assert not list(place.folder.glob("*.undo.plan.parquet"))


def test_no_run_is_an_error(place: Place) -> None:
    """As for every command that takes a run."""
    assert place.call("undo", "nothing").code == 2


@pytest.mark.parametrize("job", JOBS)
def test_every_job_says_whether_it_can_be_undone(bare: Place, job: str) -> None:
    """In words, and for scripts."""
    said = " ".join(bare.call("jobs", job).out.split())
    words = JOBS[job].undo
    assert (f"No undo: {words}." if words else "leatops undo RUN") in said
    assert bare.call("jobs", job, "--json").document["jobs"][0]["no_undo"] == words


def test_the_plan_is_one_that_remembers_what_it_undoes(place: Place) -> None:
    """And that leaves no mapping behind for the next file."""
    ran(place, "Edam")
    name = place.call("undo", "last", *FAST, "--json").document["plan"]
    assert Plan.load(place.folder / name).meta.undoes.startswith("contacts.upsert-")
    place.call("run", name, "--yes", *FAST)
    assert not list((place.home / "mappings").glob("contacts.update*"))
