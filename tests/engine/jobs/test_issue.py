"""`giftcards.issue`: amounts to the cent, one card and one mail for each, and refusals that stop the run."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from ops.draft import PlanOptions
from ops.errors import ConsentError, MappingError, OptionError
from ops.fields import ParseOptions
from ops.jobs.giftcards_issue import IssueCards
from ops.jobs.options import JobOptions, Premises
from ops.leat.reader import Reader
from ops.leat.records import Named, Program
from ops.lookup import Wanted, read_current
from ops.plan import Plan
from ops.planner import wire_for
from ops.sandbox import Fault, SandboxConfig
from ops.sandbox import cards as sandbox_cards
from ops.sandbox.account import PROGRAMS, SHOPS
from tests.conftest import MakeSandbox
from tests.engine.files import account_of
from tests.engine.jobs.trial import Trial, all_files, counts, lines_of, told, verdicts

JOB = "giftcards.issue"
GIFT, BIRTHDAY = PROGRAMS[0], PROGRAMS[1]
"""Up to € 510.00; from € 5.00 to € 25.00."""
WITH: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop"}
MAILED: dict[str, Any] = WITH | {"send": "true"}


def cents_of(trial: Trial) -> list[int]:
    """What is on the cards made since the start, in order."""
    return [card.amount for card in trial.sandbox.store.cards.all if card.created > time.time() - 600]


@pytest.mark.parametrize(
    ("cell", "decimal", "cents"),
    [
        ("25", None, 2500),
        ("25.00", None, 2500),
        ("25,00", None, 2500),
        ("€ 25", None, 2500),
        ("25,5 EUR", None, 2550),
        ("0,01", None, 1),
        ("100,50", ",", 10050),
        ("1.00", ".", 100),
        ("510", None, 51000),
        ("0510,00", ",", 51000),
    ],
)
async def test_an_amount_arrives_to_the_cent(trial: Trial, cell: str, decimal: str | None, cents: int) -> None:
    """In any notation that has one meaning."""
    rows = [("nieuw@example.org", cell)]
    plan = await trial.plan(JOB, ("email", "amount"), rows, decimal=decimal, **WITH)
    assert lines_of(plan)[0].after == {"amount_in_cents": cents}
    assert plan.meta.totals == {"cards": 1, "amount_in_cents": cents}
    report = await trial.run(plan)
    assert counts(report) == {"done": 1}
    assert cents_of(trial) == [cents]
    assert trial.sandbox.ledger.effects.created == 0


async def test_thousands_need_the_decimal_sign(trial: Trial) -> None:
    """`1.000,50` is 100,050 cents by it, and a question without."""
    plan = await trial.plan(
        JOB, ("email", "amount"), [("a@example.org", "1.000,50")], decimal=",", program="123", shop="123123"
    )
    assert lines_of(plan)[0].after == {"amount_in_cents": 100050}
    plan = await trial.plan(JOB, ("email", "amount"), [("a@example.org", "1.000,50")], program="123", shop="123123")
    assert verdicts(plan) == [("invalid", "amount")]
    assert "choose the decimal sign" in lines_of(plan)[0].reason


@pytest.mark.parametrize(
    "cell", ["0", "0,00", "-5", "1.005", "25,001", "vijf", "1E3", "510,01", "99999999999999999999"]
)
async def test_an_amount_that_cannot_be_is_invalid(trial: Trial, cell: str) -> None:
    """Nothing, less than nothing, broken cents, more than the programme allows."""
    plan = await trial.plan(JOB, ("email", "amount"), [("a@example.org", cell)], **WITH)
    assert verdicts(plan) == [("invalid", "amount")]
    assert plan.acting == 0


async def test_the_limits_of_the_programme_hold(trial: Trial) -> None:
    """Both ends belong to it."""
    rows = [(f"a{n}@example.org", cell) for n, cell in enumerate(("4,99", "5", "25", "25,01"))]
    plan = await trial.plan(JOB, ("email", "amount"), rows, program="Verjaardagsbon", shop="Webshop")
    assert [verb for verb, _ in verdicts(plan)] == ["invalid", "issue", "issue", "invalid"]
    reasons = [line.reason for line in lines_of(plan)]
    assert "below € 5.00" in reasons[0]
    assert "above € 25.00" in reasons[3]


async def test_an_amount_for_all_fills_the_rows_that_have_none(trial: Trial) -> None:
    """A cell of the file goes before it; without a column it is every card's."""
    rows = [("a@example.org", "10"), ("b@example.org", "")]
    plan = await trial.plan(JOB, ("email", "amount"), rows, amount="12,50", **WITH)
    assert [line.after["amount_in_cents"] for line in lines_of(plan)] == [1000, 1250]
    plan = await trial.plan(JOB, ("email",), [("a@example.org",)], amount="€ 7", **WITH)
    assert lines_of(plan)[0].after == {"amount_in_cents": 700}
    plan = await trial.plan(JOB, ("email", "amount"), rows, **WITH)
    assert [line.after for line in lines_of(plan)] == [{"amount_in_cents": 1000}, {}]
    assert plan.meta.writes == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs --set program="),
        ({"program": "Nee"}, "program='Nee': the account has none of this uuid or name. There are: Cadeaukaart"),
        ({"program": "Zomeractie 2023"}, "Zomeractie 2023 is not active"),
        ({"program": "Cadeaukaart"}, "An amount needs --set shop=…, the shop that puts it there: Koffiehuis Utrecht"),
        ({"program": "Cadeaukaart", "shop": "Nee"}, "shop='Nee': the account has none .* Webshop"),
        (WITH | {"amount": "veel"}, "is not a number"),
        (WITH | {"amount": "0"}, "0 puts nothing on a card"),
        (WITH | {"amount": "510,01"}, "amount=510,01: a card of Cadeaukaart can get from € 0.01 to € 510.00"),
        (WITH | {"program": "Verjaardagsbon", "amount": "4"}, "from € 5.00 to € 25.00"),
        (WITH | {"count": "3"}, "count is for blank cards, without a file"),
        (WITH | {"email_uuid": "de zomermail"}, "email_uuid='de zomermail' is not an id"),
        (WITH | {"send": "ja"}, "send=ja is not possible: choose true or false"),
        (WITH | {"kaart": "x"}, "has no option 'kaart'; it has: program, shop, amount, count, send"),
    ],
)
async def test_options_are_checked_before_any_contact_is_read(trial: Trial, options: dict[str, Any], said: str) -> None:
    """Each message names the option and what is possible."""
    with pytest.raises(OptionError, match=said):
        await trial.plan(JOB, ("email", "amount"), [("a@example.org", "5")], **options)
    assert trial.sandbox.ledger.count("contacts.list") == 0


def test_a_name_that_two_programmes_have_is_ambiguous() -> None:
    """The uuid decides; a programme may be named by it in any case."""
    programs = [Program("p1", "Bon"), Program("p2", "bon "), Program("p3", "Ander")]
    premises = Premises(programs, [Named("s1", "Winkel")], cells=ParseOptions())
    with pytest.raises(OptionError, match="2 have this name: give the uuid"):
        IssueCards.settle(JobOptions({"program": "BON"}), premises)
    settled = IssueCards.settle(JobOptions({"program": "p2", "shop": " winkel "}), premises)
    assert (settled["program"], settled["shop"]) == ("p2", "s1")


async def test_programme_and_shop_by_name_or_uuid_are_one_plan(trial: Trial) -> None:
    """The plan holds the uuids."""
    rows = [("a@example.org", "5")]
    by_name = await trial.plan(JOB, ("email", "amount"), rows, program=" cadeaukaart ", shop="WEBSHOP")
    checksum = by_name.checksum
    by_uuid = await trial.plan(JOB, ("email", "amount"), rows, program=GIFT.uuid, shop=SHOPS[3].uuid)
    assert checksum == by_uuid.checksum


async def test_money_is_not_spent_on_one_of_two_unseen(make_sandbox: MakeSandbox, trial: Trial) -> None:
    """One row against many pages: the list is read all the same, unless that would take far more requests."""
    big = Trial(make_sandbox(SandboxConfig(contacts=1_500)), trial.folder)
    [twice, _] = big.namesakes()
    plan = await big.plan(JOB, ("email", "amount"), [(twice.email, "5")], **WITH)
    assert plan.meta.lookup.how == "list"
    assert verdicts(plan) == [("held", "ambiguous")]
    for worth, how in ((14, "list"), (12, "find")):
        wanted = Wanted(emails=pl.Series([twice.email]), certain=worth)
        async with Reader(wire_for(account_of(big.sandbox), PlanOptions(rate=None))) as reader:
            current = await read_current(reader, wanted)
        assert current.how == how
        assert ("of two contacts with one address a find shows one" in current.why) == (how == "find")


async def test_blank_cards_need_no_file(trial: Trial) -> None:
    """As many as were asked for, of which the results name each; also of a plan of yesterday."""
    plan = await trial.blank_plan(JOB, program="123", count="12")
    assert verdicts(plan) == [("issue", "")] * 12
    assert plan.needs_count
    assert plan.meta.notes[0] == "12 cards of Relatiegeschenk, with nothing on them."
    report = await trial.run(plan, recheck="always")
    assert counts(report) == {"done": 12}
    made = [card for (card,) in told(report, "_card")]
    assert len(set(made)) == trial.sandbox.ledger.effects.cards == 12
    assert all(card in trial.sandbox.store.cards.by_uuid for card in made)
    assert cents_of(trial) == [0] * 12
    loaded = await trial.blank_plan(JOB, count="3", amount="15", **WITH)
    assert loaded.meta.totals == {"cards": 3, "amount_in_cents": 4500}
    assert counts(await trial.run(loaded, recheck="always")) == {"done": 3}
    assert cents_of(trial)[-3:] == [1500] * 3


@pytest.mark.parametrize("count", ["0", "-1", "veel", "1000001", ""])
async def test_a_count_is_a_number_of_cards(trial: Trial, count: str) -> None:
    """And nobody can be mailed without a file."""
    with pytest.raises(OptionError, match="is not a number of cards"):
        await trial.blank_plan(JOB, program="123", count=count)
    with pytest.raises(OptionError, match="nobody to be mailed to"):
        await trial.blank_plan(JOB, program="123", count="2", send="true")
    with pytest.raises(OptionError, match="needs a file, or --set count=N"):
        await trial.blank_plan(JOB, program="123")


async def test_each_recipient_gets_one_mail_with_its_texts(trial: Trial) -> None:
    """New contacts are made for it, known ones found; the card holds exactly the cents."""
    known = trial.takers(3)
    rows = [(c.email.upper(), f"{n + 1},5", f"Zoë {n}", "") for n, c in enumerate(known)]
    rows += [(f"nieuw{n}@example.org", "20", "=1+1", "dag") for n in range(3)]
    plan = await trial.plan(JOB, ("email", "amount", "custom.name", "custom.wens"), rows, **MAILED)
    assert verdicts(plan) == [("issue", "")] * 6
    assert plan.meta.writes == 6 * 3 + 3
    total = 450 + 300 + 6000
    assert (
        plan.meta.notes[0] == f"6 cards of Cadeaukaart, worth € {total / 100:.2f} in total, each mailed to its contact."
    )
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(agreed=True)
    trial.sandbox.ledger.reset()
    report = await trial.run(plan)
    assert counts(report) == {"done": 6}
    store, effects = trial.sandbox.store, trial.sandbox.ledger.effects
    assert (effects.created, effects.cards, effects.transactions, effects.mails) == (3, 6, 6, 6)
    assert trial.sandbox.ledger.writes == plan.meta.writes
    mails = {mail.contact: mail for mail in store.cards.mails}
    for (email, amount, name, wish), (uuid, card) in zip(rows, told(report, "_uuid", "_card"), strict=True):
        assert uuid is not None
        assert card is not None
        assert store.find(email).uuid == uuid
        assert (mails[uuid].card, store.cards.by_uuid[card].contact) == (card, uuid)
        assert store.cards.by_uuid[card].amount == round(float(amount.replace(",", ".")) * 100)
        assert mails[uuid].merge_tags == {"custom.name": name, **({"custom.wens": wish} if wish else {})}
        [transaction] = store.cards.by_uuid[card].transactions
        assert (transaction.shop, transaction.custom_attributes) == (
            SHOPS[3].uuid,
            {"leatops": f"{report.run}:{rows.index((email, amount, name, wish)) + 1}"},
        )


async def test_without_a_mail_no_contact_is_made(trial: Trial) -> None:
    """The address only says for whom the card is."""
    [known] = trial.known(1)
    plan = await trial.plan(JOB, ("email",), [("nieuw@example.org",), (known.email,)], program="123")
    report = await trial.run(plan)
    assert (counts(report), trial.sandbox.ledger.effects.created) == ({"done": 2}, 0)
    assert trial.writes() == ["giftcards.create"] * 2
    assert told(report, "_uuid", "_steps") == [(None, "create_card:done"), (known.uuid, "create_card:done")]


async def test_who_takes_no_mails_is_held_before_a_card_is_made(trial: Trial) -> None:
    """Known at the plan, or found out when the run looks the contact up; without a mail it does not matter."""
    one, two, three, four = trial.takers(4)
    one.subscriptions = 0
    rows = [(one.email, "5"), (two.email, "5"), (three.email, "5"), ("later@example.org", "5"), (four.email, "")]
    plan = await trial.plan(JOB, ("email", "amount"), rows, **MAILED)
    assert verdicts(plan) == [("held", "unsubscribed"), *[("issue", "")] * 4]
    assert [(p.row, p.severity, p.message.split(":")[0]) for p in plan.meta.problems] == [
        (1, "warning", "unsubscribed"),
        (5, "warning", "the card is mailed with nothing on it"),
    ]
    late = trial.sandbox.store.create("later@example.org")
    late.subscriptions = two.subscriptions = 0
    trial.sandbox.store._remove(three)
    report = await trial.run(plan, recheck="always")
    assert [(status, (why or "").split(":")[0]) for status, why in told(report, "_status", "_message")[1:]] == [
        ("held", "unsubscribed"),
        ("held", "not found"),
        ("held", "unsubscribed"),
        ("done", ""),
    ]
    unasked = await trial.plan(JOB, ("email", "amount"), rows[3:4], **MAILED | {"program": "123"})
    trial.sandbox.store._remove(late)
    unasked = await trial.plan(JOB, ("email", "amount"), rows[3:4], **MAILED | {"program": "123"})
    trial.sandbox.store.create("later@example.org").subscriptions = 0
    report = await trial.run(unasked, recheck="never")
    assert told(report, "_status", "_steps") == [("held", "find_or_create:done")]
    silent = await trial.plan(JOB, ("email", "amount"), rows[:1], **WITH)
    assert verdicts(silent) == [("issue", "")]


async def test_who_takes_no_mails_is_tried_where_the_option_says_so(trial: Trial) -> None:
    """`unsubscribed=send` warns and tries; the server's refusal is told, and the card is made."""
    [one] = trial.takers(1)
    one.subscriptions = 0
    plan = await trial.plan(JOB, ("email", "amount"), [(one.email, "5")], **MAILED, unsubscribed="send")
    assert verdicts(plan) == [("issue", "")]
    assert [p.message.split(":")[0] for p in plan.meta.problems] == ["unsubscribed"]
    report = await trial.run(plan, recheck="always")
    assert told(report, "_status", "_steps") == [("refused", "create_card:done put_value:done send:refused")]


async def test_rows_by_contact_by_address_and_by_both(trial: Trial) -> None:
    """What disagrees, is unknown, there twice or in two rows is held."""
    one, two, three, four = trial.takers(4)
    rows = [
        (one.uuid, ""),
        (two.uuid, two.email),
        (three.uuid, four.email),
        ("nobody", ""),
        ("", trial.namesakes()[0].email),
        ("", four.email.upper()),
        ("", "nieuw@example.org"),
        ("", ""),
    ]
    plan = await trial.plan(JOB, ("contact", "email"), rows, program="123")
    assert [line.why for line in lines_of(plan)] == [
        "", "", "the same e-mail stands in rows 3 and 6", "not found", "ambiguous",
        "the same e-mail stands in rows 3 and 6", "", "the row is blank",
    ]  # fmt: skip
    plan = await trial.plan(JOB, ("contact", "email"), [(three.uuid, four.email), (one.uuid, "x@x.nl")], program="123")
    assert [line.why for line in lines_of(plan)] == ["conflict", "conflict"]
    with pytest.raises(MappingError, match="email or contact"):
        await trial.plan(JOB, ("naam",), [("x",)], program="123")


async def test_the_cards_that_are_there_are_noted_once_unless_declined(trial: Trial) -> None:
    """`adopt=false` takes no snapshot, and the plan says what one costs."""
    rows = [("a@example.org", "5")]
    plan = await trial.plan(JOB, ("email", "amount"), rows, adopt="false", **WITH)
    without = plan.run_reads
    await trial.run(plan)
    assert trial.sandbox.ledger.count("giftcards.list") == 0
    plan = await trial.plan(JOB, ("email", "amount"), [("b@example.org", "5")], **WITH)
    assert plan.run_reads == without + 1
    await trial.run(plan)
    assert trial.sandbox.ledger.count("giftcards.list") == 1


async def test_what_happens_once_is_never_sent_a_second_time(trial: Trial) -> None:
    """Every answer to the card, to its value or to its mail is lost: doubts on the list, nothing twice."""
    endpoints = ("giftcards.create", "transactions.create", "giftcards.send")
    for number, endpoint in enumerate(endpoints):
        rows = [(c.email, "5") for c in trial.takers(8)[4 * (number % 2) :][:4]]
        plan = await trial.plan(JOB, ("email", "amount"), rows, **MAILED | {"amount": f"{number + 1}"})
        trial.sandbox.ledger.reset()
        trial.sandbox.set_faults(Fault(kind="lost_after", endpoint=endpoint))
        report = await trial.run(plan)
        trial.sandbox.set_faults()
        assert counts(report) == {"unknown": 4}
        await trial.resume(retry_refused=True)
        assert [trial.sandbox.ledger.count(each) for each in endpoints[: number + 1]] == [4] * (number + 1)
        assert not report.has_retry


async def stopped(trial: Trial, plan: Plan, most: int, **changes: Any) -> None:
    """Run a plan of many rows that none can finish: few are tried, the others stay for a resume."""
    report = await trial.run(plan, workers=4, **changes)
    assert report.state == "stopped"
    assert "No row would fare better" in report.why or "refuses all work" in report.why
    assert counts(report).get("refused", 0) == 0
    assert sum(entry.write for entry in trial.sandbox.ledger.entries) <= most


@pytest.mark.parametrize("closed", ["PROGRAMS", "SHOPS"])
async def test_a_refusal_that_concerns_every_row_stops_the_run(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    """The programme was closed, or the shop is out of reach since the plan: a handful of tries, not 300 red rows."""
    rows = [(f"a{n}@example.org", "5") for n in range(300)]
    plan = await trial.plan(JOB, ("email", "amount"), rows, **WITH)
    gone = tuple(replace(each, active=False) for each in PROGRAMS) if closed == "PROGRAMS" else ()
    monkeypatch.setattr(sandbox_cards, closed, gone)
    trial.sandbox.ledger.reset()
    await stopped(trial, plan, 4 if closed == "PROGRAMS" else 8)
    monkeypatch.undo()
    report = await trial.resume(workers=4)
    assert counts(report) == {"done": 300}
    assert trial.sandbox.ledger.effects.cards == 300


async def test_an_account_at_its_limit_stops_the_run(trial: Trial) -> None:
    """60000 is about the account, whichever step it comes from."""
    plan = await trial.plan(JOB, ("email",), [(f"a{n}@example.org",) for n in range(100)], send="true", program="123")
    trial.sandbox.set_faults(Fault(kind="usage_limit", endpoint="contacts.find_or_create"))
    trial.sandbox.ledger.reset()
    await stopped(trial, plan, 4)


async def test_no_hash_is_anywhere_but_in_the_file_of_codes(trial: Trial) -> None:
    """Asked for, each card's code stands there, for its owner alone; not asked for, there is no such file."""
    rows = [(f"a{n}@example.org", "5", f"Zoë {n}") for n in range(6)]
    header = ("email", "amount", "custom.name")
    silent = await trial.run(await trial.plan(JOB, header, rows[:3], **MAILED))
    assert not silent.files.codes.exists()
    report = await trial.run(await trial.plan(JOB, header, rows[3:], codes="true", **MAILED))
    made = [card for card in trial.sandbox.store.cards.all if card.created > time.time() - 600]
    assert len(made) == 6
    listed = report.files.codes.read_text("utf-8")
    assert report.files.codes.stat().st_mode & 0o777 == 0o600
    assert [card.hash in listed for card in made] == [False] * 3 + [True] * 3
    others = {path: text for path, text in all_files(trial.home).items() if path != report.files.codes}
    assert len(others) > 12
    assert not [(path, card.hash) for path, text in others.items() for card in made if card.hash.encode() in text]
