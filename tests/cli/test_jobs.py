"""Every job from the command line, with the samples: what is told, what must be confirmed, and what comes of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.jobs import JOBS
from ops.sandbox import Sandbox, SandboxConfig
from tests.cli.support import ROOT, Answer, Place

ISSUE = ("giftcards.issue", "giftcards.csv", "--set", "program=Cadeaukaart", "--set", "shop=Webshop")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A folder with the samples, and an account on which what is asked for is done soon."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    with Sandbox.start(SandboxConfig(contacts=200, settle_delay=0.1)) as sandbox:
        yield Place(tmp_path, sandbox)


def planned(place: Place, job: str, sample: str, *flags: str) -> tuple[Answer, str]:
    """What planning a sample said, and where the plan is."""
    plan = f"{Path(sample).stem}.plan.parquet"
    return place.call("plan", job, f"samples/{sample}", "--rate", "500", "--out", plan, *flags), plan


def ran(place: Place, plan: str, *flags: str) -> Answer:
    """What running a plan said."""
    return place.call("run", plan, "--rate", "500", *flags)


def results(place: Place) -> list[dict[str, str]]:
    """The last run's rows."""
    [path] = place.home.glob("runs/*/results.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def statuses(place: Place) -> list[str]:
    """What became of the last run's rows."""
    return [row["_status"] for row in results(place)]


def wrote(place: Place) -> bool:
    """Whether anything was sent that writes."""
    assert place.sandbox is not None
    return any(entry.write for entry in place.sandbox.ledger.entries)


GUARDED = {
    "delete": (("contacts.delete", "erasure.csv", "--set", "type=GDPR"), 3, "Lost with them for good: 2,943 credits"),
    "merge": (("contacts.merge", "merges.csv"), 2, "A merge cannot be undone."),
    "a claim that merges": (("contacts.claim", "claims.csv", "--set", "allow_merge=true"), 3, "cannot be undone"),
    "issue": ((*ISSUE, "--set", "send=true"), 3, "worth € 60.50 in total, each mailed to its contact."),
    "send": (("giftcards.send", "cards-to-send.csv"), 4, "worth € 70.00 in total to be mailed."),
}


@pytest.mark.parametrize(("words", "number", "told"), GUARDED.values(), ids=GUARDED)
def test_what_destroys_or_spends_needs_the_exact_number(
    place: Place, words: tuple[str, str], number: int, told: str
) -> None:
    """The plan says what it costs and how many act; `--yes`, or another number, sends nothing and ends with 2."""
    answer, plan = planned(place, *words)
    assert told in answer.err
    assert f"{number} rows act" in answer.err
    assert f"--confirm {number}" in answer.err
    for flags in (("--yes",), ("--confirm", str(number - 1)), ("--yes", "--confirm", str(number + 1)), ()):
        refused = ran(place, plan, *flags)
        assert (refused.code, "Nothing was sent" in refused.err) == (2, True), flags
    assert not wrote(place)
    assert ran(place, plan, "--confirm", str(number)).code == 1
    assert statuses(place).count("done") == number


def test_a_claim_that_merges_nobody_needs_no_number(place: Place) -> None:
    """What would merge is held, with what allows it."""
    answer, plan = planned(place, "contacts.claim", "claims.csv")
    assert "rows act" not in answer.err
    assert ran(place, plan, "--yes").code == 1
    assert statuses(place) == ["done", "done", "held", "held", "held"]
    assert "allow_merge=true" in results(place)[2]["_message"]


def test_on_a_terminal_the_totals_stand_above_the_number_that_is_asked_for(place: Place) -> None:
    """Whoever types another number has sent nothing."""
    _, plan = planned(place, *ISSUE)
    wrong = place.typed("run", plan, keys="3\r", waiting_for="Type the number of rows that will act")
    said = wrong.out.replace("\r\n", " ")
    assert wrong.code == 2
    assert said.index("worth € 85.50") < said.index("no undo") < said.index("Type the number")
    assert "4 rows would act" in said
    assert not wrote(place)
    right = place.typed("run", plan, "--rate", "500", keys="4\r", waiting_for="Type the number of rows that will act")
    assert right.code == 1
    assert statuses(place) == ["done"] * 4 + ["invalid"]


def test_blank_cards_need_no_file(place: Place) -> None:
    """`count` says how many; the plan is named after the job, and says nothing of columns."""
    flags = ("--set", "program=Relatiegeschenk", "--set", "count=3")
    answer = place.call("plan", "giftcards.issue", *flags)
    assert answer.code == 0
    assert "3 cards of Relatiegeschenk, with nothing on them." in answer.err
    assert "Columns" not in answer.err
    shown = place.call("show", "giftcards.issue.plan.parquet").out
    assert shown.splitlines() == ["row 1  issue", "row 2  issue", "row 3  issue"]
    assert ran(place, "giftcards.issue.plan.parquet", "--confirm", "3").code == 0
    assert len({row["_card"] for row in results(place)}) == 3


@pytest.mark.parametrize("job", JOBS)
def test_without_a_file_every_other_job_says_so(place: Place, job: str) -> None:
    """In words, and with 2."""
    required = {"contacts.delete": "type=GDPR", "giftcards.issue": "program=Cadeaukaart"}
    flags = ("--set", required[job]) if job in required else ()
    answer = place.call("plan", job, *flags, "--json")
    assert answer.code == 2
    assert "needs a file" in answer.document["error"]["message"]


def test_a_gift_card_is_shown_in_words(place: Place) -> None:
    """Cents as euros, the texts of the mail one by one; scripts get the values as they are."""
    _, plan = planned(place, *ISSUE, "--set", "send=true")
    shown = place.call("show", plan, "--limit", "1").out.splitlines()
    assert [line.split(maxsplit=1) for line in shown[1:]] == [
        ["amount", "€ 25.00"],
        ["mailed_to", '"anais.ozturk40@kantoor.example"'],
        ["custom.name", '"Anaïs"'],
    ]
    [line] = place.call("show", plan, "--limit", "1", "--json").lines
    assert line["changes"]["amount_in_cents"] == [None, 2500]
    assert line["changes"]["merge_tags"] == [None, {"custom.name": "Anaïs"}]


def test_a_deletion_without_a_reference_is_shown_by_row_and_uuid(place: Place) -> None:
    """Its plan has no other name for anybody."""
    place.write("gone.csv", "email", "tess.elamrani13@kantoor.example", "nobody@example.com")
    planned = place.call("plan", "contacts.delete", "gone.csv", "--set", "type=DEFAULT", "--json")
    assert planned.code == 1
    shown = place.call("show", planned.document["plan"])
    assert shown.out.splitlines()[0] == "row 1  delete  bb26946e-708f-4cc1-ab71-ebe513e08d3d"
    assert "row 2  held\n" in shown.out
    joined = place.call("show", planned.document["plan"], "--with", "gone.csv")
    assert "email: nobody@example.com" in joined.out


def test_an_enriched_file_is_named_at_the_end(place: Place) -> None:
    """It is results.csv: the file's columns, then what was asked for."""
    flags = ("--set", "balances=true", "--set", "tier=true", "--set", "attributes=city,firstname")
    answer, plan = planned(place, "contacts.enrich", "customers.csv", *flags)
    assert answer.code == 1
    done = ran(place, plan, "--yes")
    [path] = place.home.glob("runs/*/results.csv")
    assert f"The enriched file: {path}" in done.err
    assert not wrote(place)
    first, *_, last = results(place)
    columns = ["credit_balance", "prepaid_balance_in_cents", "tier", "city", "firstname"]
    assert [name for name in first if not name.startswith("_")] == ["email", "segment of the mailing", *columns]
    assert (first["credit_balance"], first["prepaid_balance_in_cents"], first["tier"]) == ("4212", "6700", "Familie")
    assert last["_status"] == "held"


def test_cards_are_enriched_by_the_code_on_them_which_no_file_repeats(place: Place) -> None:
    """The code is masked in the plan and in every file of the run."""
    _, plan = planned(place, "giftcards.enrich", "cards.csv")
    assert ran(place, plan, "--yes").code == 1
    rows = results(place)
    assert [row["amount_in_cents"] for row in rows] == ["2500", "4000", "2000", ""]
    assert {row["hash"] for row in rows} == {"********"}
    kept = [path for path in (place.folder, place.home) for path in path.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"QUNWRWGR7J" in path.read_bytes()]


def test_loyalty_cards_become_anonymous_contacts(place: Place) -> None:
    """One for each identifier that leads to nobody."""
    _, plan = planned(place, "contacts.anonymous", "loyalty-cards.csv")
    assert ran(place, plan, "--yes").code == 1
    assert statuses(place) == ["done", "held", "done", "done", "held", "held"]


def test_jobs_says_which_need_the_number(bare: Place) -> None:
    """In the list, of one job, and for scripts."""
    listed = bare.call("jobs").out.splitlines()
    guarded = {line.split()[0] for line in listed if "--confirm N" in line}
    assert guarded == {name for name, job in JOBS.items() if job.guarded}
    assert "would delete must be confirmed" in bare.call("jobs", "contacts.delete").out
    [one] = bare.call("jobs", "giftcards.send", "--json").document["jobs"]
    assert one["needs_count"] is True


def test_planning_an_erasure_names_the_runs_that_know_the_people(place: Place) -> None:
    """Of this home, whichever it is, and how such a run is erased; it is told again before the number is asked for."""
    place.write("one.csv", "email", "renee.brouwer19@example.org")
    elsewhere = ("--home", "elsewhere")
    assert place.call("plan", "contacts.enrich", "one.csv", *elsewhere).code == 0
    assert place.call("run", "one.contacts.enrich.plan.parquet", "--yes", *elsewhere).code == 0
    [run] = (place.folder / "elsewhere" / "runs").iterdir()
    answer, plan = planned(place, "contacts.delete", "erasure.csv", "--set", "type=GDPR", *elsewhere)
    assert run.name in answer.err
    assert run.name in " ".join(
        place.typed("run", plan, *elsewhere, keys="1\r", waiting_for="Type the number").out.split()
    )
    quiet, _ = planned(place, "contacts.delete", "erasure.csv", "--set", "type=GDPR")
    assert run.name not in quiet.err
