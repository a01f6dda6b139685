"""`contacts.enrich` and `giftcards.enrich`: the columns they add, and that they write nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.errors import MappingError, OptionError
from ops.jobs.base import Action, Finished, State, Verb
from ops.leat.records import Card, Contact, CreditBalance, Identifier, PrepaidBalance, Tier
from ops.leat.requests import GetCard, GetContact, GetCreditBalance, GetIdentifiers, GetPrepaidBalance, GetTier
from tests.engine.jobs.trial import Trial, all_files, counts, job_of, lines_of, parquet_cells, play, told, verdicts

CONTACTS, CARDS = "contacts.enrich", "giftcards.enrich"
ALL: dict[str, Any] = {"balances": "true", "tier": "true", "identifiers": "true"}
OURS = ["_row", "_verb", "_status", "_uuid", "_code", "_message", "_steps"]
ACTION = Action(1, Verb.READ, "a@x.nl", "u1", {}, {})


async def test_what_is_asked_for_comes_as_columns_in_the_order_of_the_contract(trial: Trial) -> None:
    """Between the input's columns and ours; identifiers joined with `;`, the tier by its name."""
    one, two = trial.known(2)
    store = trial.sandbox.store
    one.credits, one.prepaid = 1_600, 5_050
    store.link(store.identifier("VRIJ0010000"), one)
    store.update(one, {"city": "Gent", "firstname": "Zoë", "vip": "true", "housenumber": 12})
    two.credits = two.prepaid = 0
    rows = [(one.email, "x"), (two.email, "y")]
    plan = await trial.plan(
        CONTACTS, ("email", "note"), rows, attributes="city, firstname;vip housenumber, city", **ALL
    )
    assert verdicts(plan) == [("read", "")] * 2
    assert (plan.needs_count, plan.meta.writes) == (False, 0)
    trial.sandbox.ledger.reset()
    report = await trial.run(plan)
    assert trial.writes() == []
    added = ["credit_balance", "prepaid_balance_in_cents", "tier", "identifiers"]
    asked = ["city", "firstname", "vip", "housenumber"]
    assert report.results.columns == ["email", "note", *added, *asked, *OURS]
    first = report.results.row(0, named=True)
    assert [first[name] for name in (*added, *asked)] == [
        "1600", "5050", "Vriend van de zaak", ";".join(one.identifiers), "Gent", "Zoë", "true", "12"
    ]  # fmt: skip
    assert first["_uuid"] == one.uuid
    assert first["_steps"] == "get:done credit_balance:done prepaid_balance:done tier:done identifiers:done"
    second = report.results.row(1, named=True)
    assert (second["credit_balance"], second["prepaid_balance_in_cents"], second["tier"]) == ("0", "0", None)


async def test_without_options_it_adds_all_but_attributes(trial: Trial) -> None:
    """And with one of them, that one alone."""
    [one] = trial.known(1)
    report = await trial.run(await trial.plan(CONTACTS, ("uuid",), [(one.uuid,)]))
    assert report.results.columns == [
        "uuid", "credit_balance", "prepaid_balance_in_cents", "tier", "identifiers", *OURS
    ]  # fmt: skip
    report = await trial.run(await trial.plan(CONTACTS, ("uuid",), [(one.uuid,)], tier="true"))
    assert report.results.columns == ["uuid", "tier", *OURS]
    assert told(report, "_steps") == [("tier:done",)]


async def test_a_row_is_found_by_any_of_its_keys_and_what_is_unknown_is_held(trial: Trial) -> None:
    """An address of two contacts, too; keys that disagree are a conflict."""
    one, two, three, four = trial.known(4)
    store = trial.sandbox.store
    for number, contact in enumerate((two, three, four)):
        store.link(store.identifier(f"VRIJ001000{number}"), contact)
    rows = [
        (one.uuid, "", ""),
        ("", two.email, ""),
        ("", "", "VRIJ0010001"),
        ("", "niemand@example.org", ""),
        ("", "", "NERGENS"),
        ("", trial.namesakes()[0].email, ""),
        ("", four.email, "VRIJ0010001"),
        ("", four.email, "NERGENS-2"),
        ("", "", "VRIJ0010009"),
    ]
    plan = await trial.plan(CONTACTS, ("uuid", "email", "identifier"), rows, tier="true")
    assert verdicts(plan) == [
        ("read", ""),
        ("read", ""),
        ("held", "the same identifier stands in rows 3 and 7"),
        ("held", "not found"),
        ("held", "not found"),
        ("held", "ambiguous"),
        ("held", "the same e-mail stands in rows 7 and 8"),
        ("held", "the same e-mail stands in rows 7 and 8"),
        ("held", "not found"),
    ]
    rows = [("", four.email, "VRIJ0010001"), ("", two.email, "NERGENS"), (one.uuid, "", "VRIJ0010000")]
    plan = await trial.plan(CONTACTS, ("uuid", "email", "identifier"), rows, tier="true")
    assert [line.why for line in lines_of(plan)] == ["conflict"] * 3
    assert "identifier" in lines_of(plan)[0].reason


async def test_a_column_of_the_file_keeps_its_name_beside_ours(trial: Trial) -> None:
    """Neither is lost, whichever of them gets the plain name."""
    [one] = trial.known(1)
    one.credits = 600
    plan = await trial.plan(CONTACTS, ("email", "tier"), [(one.email, "mijn eigen")], tier="true")
    report = await trial.run(plan)
    row = report.results.row(0, named=True)
    assert sorted(str(value) for name, value in row.items() if "tier" in name and name != "_steps") == [
        "Stamgast",
        "mijn eigen",
    ]
    assert row["tier"] == "Stamgast"


async def test_a_plan_of_yesterday_still_enriches(trial: Trial) -> None:
    """There is nothing to look at twice before a read."""
    [one] = trial.known(1)
    report = await trial.run(
        await trial.plan(CONTACTS, ("email",), [(one.email,)], tier="true", balances="true"), recheck="always"
    )
    assert counts(report) == {"done": 1}
    card = trial.sandbox.store.cards.all[0]
    report = await trial.run(await trial.plan(CARDS, ("uuid",), [(card.uuid,)]), recheck="always")
    assert counts(report) == {"done": 1}


async def test_who_has_gone_since_the_plan_is_not_done(trial: Trial) -> None:
    """Whatever is asked for."""
    for number, option in enumerate(("balances", "tier", "identifiers", "attributes")):
        [one] = trial.known(1, first=number)
        options: dict[str, Any] = {option: "city" if option == "attributes" else "true"}
        plan = await trial.plan(CONTACTS, ("email",), [(one.email,)], **options)
        trial.sandbox.store._remove(one)
        report = await trial.run(plan)
        assert counts(report) in ({"held": 1}, {"refused": 1})


@pytest.mark.parametrize(
    "name", ["custom_app_login_url", "custom_app_login_code", "add_to_wallet", "subscription_preferences_url", "nee"]
)
async def test_credentials_and_unknown_names_are_no_attributes(trial: Trial, name: str) -> None:
    """The account lists some of them; none is ever read."""
    with pytest.raises(OptionError, match=f"attributes: the account has no attribute '{name}'") as raised:
        await trial.plan(CONTACTS, ("email",), [("a@x.nl",)], attributes=f"city,{name}")
    assert raised.value.where == {"option": "attributes"}


async def test_an_option_that_is_no_switch_is_refused(trial: Trial) -> None:
    """With its values."""
    with pytest.raises(OptionError, match="tier=yes is not possible: choose true or false"):
        await trial.plan(CONTACTS, ("email",), [("a@x.nl",)], tier="yes")
    with pytest.raises(MappingError, match="uuid or email or identifier"):
        await trial.plan(CONTACTS, ("name",), [("x",)])


def test_the_steps_are_the_endpoints_themselves() -> None:
    """Four for all but the attributes, each by the uuid; a contact that is gone on the way is held."""
    replies: list[Any] = [
        Contact("u1", values={"city": "Gent"}),
        CreditBalance(5),
        PrepaidBalance(250),
        Tier("Goud"),
        [Identifier("A"), Identifier("B")],
    ]
    work = job_of(CONTACTS, attributes="city", **ALL)
    asked, ended = play(work, ACTION, *replies)
    assert asked == [
        GetContact("u1", ("city",)),
        GetCreditBalance("u1"),
        GetPrepaidBalance("u1"),
        GetTier("u1"),
        GetIdentifiers("u1"),
    ]
    found = {"credit_balance": 5, "prepaid_balance_in_cents": 250, "tier": "Goud", "identifiers": ["A", "B"]}
    assert ended == Finished(State.DONE, "u1", columns=found | {"city": "Gent"})
    for gone in (0, 1, 2, 4):
        _, ended = play(work, ACTION, *replies[:gone], *([None] if gone != 1 else [None, PrepaidBalance(0)]))
        assert ended is not None
        assert ended.state is State.HELD
    assert play(work, ACTION, look=True) == ([], None)


async def test_cards_get_their_amount_state_expiry_and_programme(trial: Trial) -> None:
    """By uuid or by hash; a card that the account does not know is held."""
    cards = trial.sandbox.store.cards.all
    rows = [
        (cards[0].uuid, ""),
        ("", cards[1].hash),
        ("nobody", ""),
        ("", "NIETBEKEND"),
        (cards[2].uuid, cards[3].hash),
    ]
    plan = await trial.plan(CARDS, ("uuid", "hash"), rows)
    assert [line.why for line in lines_of(plan)] == ["", "", "not found", "not found", "conflict"]
    assert (plan.needs_count, plan.meta.writes) == (False, 0)
    trial.sandbox.ledger.reset()
    report = await trial.run(plan)
    assert trial.writes() == []
    columns = ("amount_in_cents", "active", "expiration_date", "program")
    ours = [*OURS[:4], "_card", *OURS[4:]]
    assert report.results.columns == ["uuid", "hash", *columns, *ours]
    for card, row in zip(cards[:2], report.results.to_dicts(), strict=False):
        assert (row["amount_in_cents"], row["active"], row["program"]) == (str(card.amount), "true", card.program.name)
        assert (row["_card"], row["_uuid"], row["_status"]) == (card.uuid, None, "done")
        assert (row["expiration_date"] or "").startswith("20")
    assert not_a_hash_in(trial, cards[1].hash, "NIETBEKEND", cards[3].hash)
    assert not any(code in parquet_cells(plan) for code in (cards[1].hash, "NIETBEKEND", cards[3].hash))


def not_a_hash_in(trial: Trial, *codes: str) -> bool:
    """Whether the home holds none of some hashes."""
    files: dict[Path, bytes] = all_files(trial.home)
    return bool(files) and not any(code.encode() in held for code in codes for held in files.values())


def test_a_card_is_one_request() -> None:
    """By its uuid; gone on the way is held."""
    action = Action(1, Verb.READ, "c1", "c1", {}, {})
    asked, ended = play(job_of(CARDS), action, Card("c1", 500, True, None, "Bon"))
    assert asked == [GetCard("c1")]
    found = {"amount_in_cents": 500, "active": True, "expiration_date": None, "program": "Bon"}
    assert ended == Finished(State.DONE, card="c1", columns=found)
    _, ended = play(job_of(CARDS), action, None)
    assert ended is not None
    assert ended.state is State.HELD
    assert play(job_of(CARDS), action, look=True) == ([], None)
