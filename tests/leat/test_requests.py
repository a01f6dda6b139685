"""Every request against a sandbox: its endpoint, its reply, and what its record keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ops.leat import requests
from ops.leat.client import Refused, Reply
from ops.leat.records import (
    RESERVED,
    Card,
    CardCode,
    CardPage,
    Contact,
    ContactPage,
    ContactRef,
    CreditBalance,
    Identifier,
    PrepaidBalance,
    Program,
    Tier,
    Transaction,
    TransactionPage,
    decode,
    encode,
)
from ops.leat.requests import (
    ClaimContact,
    CreateAnonymous,
    CreateCard,
    CreateContact,
    DeleteContact,
    Effect,
    FindCard,
    FindContact,
    FindIdentifier,
    FindOrCreateContact,
    FindOrCreateContactFast,
    GetCard,
    GetCardCode,
    GetContact,
    GetCreditBalance,
    GetIdentifiers,
    GetPrepaidBalance,
    GetTier,
    ListAttributes,
    ListCards,
    ListContacts,
    ListPrograms,
    ListShops,
    ListTransactions,
    MergeContacts,
    Ping,
    PutValue,
    Read,
    Request,
    SendCard,
    UpdateContact,
)
from ops.sandbox import ENDPOINTS, Sandbox
from ops.sandbox import records as sandbox_records
from ops.sandbox.account import PROGRAMS, SHOPS
from tests.leat.asking import answer_of, ask

PROGRAM, SHOP = PROGRAMS[0].uuid, SHOPS[0].uuid
FIELDS = ("firstname", "housenumber", *sorted(RESERVED))


def person(sandbox: Sandbox) -> sandbox_records.Contact:
    """Somebody known, with credits, money, an identifier and a tier, whom gift card mails may reach."""
    return next(
        one
        for one in sandbox.store.order
        if not one.anonymous and one.credits > 500 and one.prepaid and one.identifiers and one.subscriptions >> 5 & 1
    )


def nobody(sandbox: Sandbox) -> sandbox_records.Contact:
    """Somebody anonymous."""
    return next(one for one in sandbox.store.order if one.anonymous)


def card(sandbox: Sandbox) -> sandbox_records.Card:
    """A card that value can be put on."""
    return sandbox.store.cards.create(1, PROGRAM)


@dataclass(frozen=True)
class Case:
    """A request, the sandbox's name of its endpoint, and the type of its reply."""

    make: Callable[[Sandbox], Request[Any]]
    endpoint: str
    reply: type

    def __str__(self) -> str:
        return self.endpoint


NOTHING = type(None)
CASES = [
    Case(lambda _: ListContacts(1, FIELDS), "contacts.list", ContactPage),
    Case(lambda s: FindContact(person(s).email, FIELDS), "contacts.find", Contact),
    Case(lambda s: GetContact(person(s).uuid, FIELDS), "contacts.get", Contact),
    Case(lambda s: GetIdentifiers(person(s).uuid), "contacts.identifiers", list),
    Case(lambda s: GetCreditBalance(person(s).uuid), "contacts.credit_balance", CreditBalance),
    Case(lambda s: GetPrepaidBalance(person(s).uuid), "contacts.prepaid_balance", PrepaidBalance),
    Case(lambda s: GetTier(person(s).uuid), "contacts.tier", Tier),
    Case(lambda s: FindIdentifier(person(s).identifiers[0]), "identifiers.find", Identifier),
    Case(lambda _: ListAttributes(), "attributes.list", list),
    Case(lambda _: ListShops(), "shops.list", list),
    Case(lambda _: ListPrograms(), "programs.list", list),
    Case(lambda _: Ping(), "ping", NOTHING),
    Case(lambda _: ListCards(1, PROGRAM), "giftcards.list", CardPage),
    Case(lambda s: GetCard(card(s).uuid), "giftcards.get", Card),
    Case(lambda s: FindCard(card(s).hash), "giftcards.find", Card),
    Case(lambda s: GetCardCode(card(s).uuid), "giftcards.get", CardCode),
    Case(lambda _: ListTransactions(1, PROGRAM), "transactions.list", TransactionPage),
    Case(lambda _: CreateContact("nieuw@example.org", "FRIEND"), "contacts.create", ContactRef),
    Case(lambda _: CreateContact("nieuw@example.org", fast=True), "contacts.create_async", ContactRef),
    Case(lambda _: FindOrCreateContact("nieuw@example.org", FIELDS), "contacts.find_or_create", Contact),
    Case(lambda _: FindOrCreateContactFast("nieuw@example.org"), "contacts.find_or_create_async", ContactRef),
    Case(lambda s: UpdateContact(person(s).uuid, {"firstname": "Zoë"}), "contacts.update", ContactRef),
    Case(lambda _: CreateAnonymous("+0 123/É"), "contacts.create_anonymous", ContactRef),
    Case(lambda s: ClaimContact(nobody(s).uuid, "nieuw@example.org"), "contacts.claim", ContactRef),
    Case(lambda s: DeleteContact(person(s).uuid, "GDPR"), "contacts.delete", NOTHING),
    Case(lambda s: MergeContacts(nobody(s).uuid, person(s).uuid), "contacts.merge", NOTHING),
    Case(lambda _: CreateCard(PROGRAM), "giftcards.create", Card),
    Case(lambda s: PutValue(card(s).uuid, 2500, SHOP, "job:7"), "transactions.create", Transaction),
    Case(lambda s: SendCard(card(s).uuid, person(s).uuid), "giftcards.send", NOTHING),
]


def secrets_of(sandbox: Sandbox) -> set[bytes]:
    """What must never be kept: links with a token, and every card's hash."""
    return {b"leat.example", b"token=", b"eyJpdiI6", *(one.hash.encode() for one in sandbox.store.cards.all)}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_request_reaches_its_endpoint_and_brings_its_record(sandbox: Sandbox, case: Case) -> None:
    """One request, no violation of the protocol, a reply of the declared type."""
    request = case.make(sandbox)
    sandbox.ledger.reset()
    reply = await ask(sandbox, request)
    assert isinstance(reply, case.reply)
    [seen] = sandbox.ledger.entries
    assert (seen.endpoint, seen.method) == (case.endpoint, request.method)
    assert sandbox.ledger.violations == []


@pytest.mark.parametrize("case", [case for case in CASES if case.reply is not CardCode], ids=str)
async def test_a_record_can_be_journaled_and_holds_no_credential(sandbox: Sandbox, case: Case) -> None:
    """What is decoded from the journal equals the reply, and neither hash nor link is in it."""
    request = case.make(sandbox)
    reply = await ask(sandbox, request)
    kept = encode(reply)
    assert decode(kept, request.record) == reply
    assert not [secret for secret in secrets_of(sandbox) if secret in kept]


def test_every_request_is_among_the_cases(sandbox: Sandbox) -> None:
    """So that none is left untried."""
    kinds = {getattr(requests, name) for name in requests.__all__} - {Request, Read}
    asked = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Request)}
    assert asked == {type(case.make(sandbox)) for case in CASES}


def test_only_reads_can_be_asked_of_endpoints_that_write_nothing(sandbox: Sandbox) -> None:
    """The sandbox's own list of writes says which requests may not be reads."""
    writes = {endpoint.name for endpoint in ENDPOINTS if endpoint.write}
    for case in CASES:
        request = case.make(sandbox)
        assert isinstance(request, Read) is (case.endpoint not in writes)
        assert (request.effect is Effect.READ) is isinstance(request, Read)


@pytest.mark.parametrize(
    "request_",
    [
        FindContact("nobody@example.org"),
        GetContact("nobody"),
        GetIdentifiers("nobody"),
        GetCreditBalance("nobody"),
        GetPrepaidBalance("nobody"),
        FindIdentifier("NONE"),
        GetCard("nothing"),
        FindCard("NOTHING"),
    ],
    ids=lambda request: request.name,
)
async def test_what_is_not_there_is_none(sandbox: Sandbox, request_: Request[Any]) -> None:
    """Not an error: the question is answered."""
    assert await answer_of(sandbox, request_) == Reply(None)


async def test_no_tier_is_none_but_no_contact_is_refused(sandbox: Sandbox) -> None:
    """Nobody is told to have no tier who is not there."""
    poor = next(one for one in sandbox.store.order if one.credits < 500)
    assert await ask(sandbox, GetTier(poor.uuid)) is None
    assert isinstance(await answer_of(sandbox, GetTier("nobody")), Refused)


async def test_the_balances_the_tier_and_the_identifiers_are_the_accounts(sandbox: Sandbox) -> None:
    """As the store has them, in credits and in cents."""
    one = person(sandbox)
    credit, prepaid = await ask(sandbox, GetCreditBalance(one.uuid)), await ask(sandbox, GetPrepaidBalance(one.uuid))
    found, value = await ask(sandbox, GetIdentifiers(one.uuid)), one.identifiers[0]
    known = await ask(sandbox, FindIdentifier(value))
    assert credit == CreditBalance(one.credits)
    assert prepaid == PrepaidBalance(one.prepaid)
    assert found is not None
    assert (found[0].value, found[0].default) == (value, True)
    assert known is not None
    assert known.contact is not None
    assert (known.contact.uuid, known.contact.email) == (one.uuid, one.email)
    free = await ask(sandbox, FindIdentifier("VRIJ0010000"))
    assert free is not None
    assert free.contact is None


async def test_the_reserved_names_are_told_beside_the_attributes(sandbox: Sandbox) -> None:
    """In a list, and of one contact: typed, and none of them an attribute."""
    one = person(sandbox)
    found = await ask(sandbox, FindContact(one.email, FIELDS))
    tier = await ask(sandbox, GetTier(one.uuid))
    assert found is not None
    assert tier is not None
    assert set(found.values) == set(FIELDS)
    assert found.values["@credit_balance"] == one.credits
    assert found.values["@prepaid_balance_in_cents"] == one.prepaid
    assert found.values["@tier"] == tier.name
    assert {"name": "Cadeaukaarten", "subscribed": True} in found.values["@subscriptions"]
    assert (found.values["@is_anonymous"], found.values["@email"]) == (False, one.email)
    page = await ask(sandbox, ListContacts(1, FIELDS))
    assert found in page.contacts
    unknown = await ask(sandbox, GetContact(nobody(sandbox).uuid, ("@is_anonymous", "city")))
    assert unknown is not None
    assert unknown.values == {"@is_anonymous": True, "city": None}


async def test_a_credential_is_told_to_nobody_who_asks_for_it(sandbox: Sandbox) -> None:
    """Login links and codes, wallet and opt-in links stay null even when they are named."""
    one = person(sandbox)
    everything = tuple(each.name for each in await ask(sandbox, ListAttributes()))
    for request in (FindContact(one.email, everything), ListContacts(1, everything)):
        kept = encode(await ask(sandbox, request))
        assert not [secret for secret in secrets_of(sandbox) if secret in kept]
    found = await ask(sandbox, GetContact(one.uuid, everything))
    assert found is not None
    assert found.values["custom_app_login_code"] is None
    assert found.values["created_at"]


async def test_the_programmes_say_what_a_card_of_them_may_hold(sandbox: Sandbox) -> None:
    """Open or closed, with their limits in cents."""
    programs = await ask(sandbox, ListPrograms())
    assert Program(PROGRAMS[1].uuid, "Verjaardagsbon", True, programs[1].card_count, 500, 2_500) == programs[1]
    assert [one.active for one in programs] == [True, True, False, True]


async def test_a_card_is_made_loaded_found_and_mailed(sandbox: Sandbox) -> None:
    """The four calls of a gift card, each seen again by a read."""
    one = person(sandbox)
    made = await ask(sandbox, CreateCard(PROGRAM))
    assert (made.amount_in_cents, made.active, made.program, made.program_uuid) == (0, True, "Cadeaukaart", PROGRAM)
    put = await ask(sandbox, PutValue(made.uuid, 2_500, SHOP, "job:7"))
    assert (put.amount_in_cents, put.card_uuid, put.marker) == (2_500, made.uuid, "job:7")
    code = await ask(sandbox, GetCardCode(made.uuid))
    assert code.hash == sandbox.store.cards.by_uuid[made.uuid].hash
    listed = await ask(sandbox, ListTransactions(1, hash=code.hash))
    assert listed == TransactionPage([put], 1, 1)
    found = await ask(sandbox, FindCard(code.hash))
    assert found is not None
    assert found == await ask(sandbox, GetCard(made.uuid))
    assert found.amount_in_cents == 2_500
    await ask(sandbox, SendCard(made.uuid, one.uuid, tags={"custom.message": "Hoi"}))
    [mail] = sandbox.store.cards.mails
    assert (mail.card, mail.contact, mail.merge_tags) == (made.uuid, one.uuid, {"custom.message": "Hoi"})


async def test_the_pages_of_cards_hold_every_card_once(sandbox: Sandbox) -> None:
    """A hundred a page, of one programme or of all."""
    for _ in range(120):
        card(sandbox)
    first = await ask(sandbox, ListCards(1))
    pages = [await ask(sandbox, ListCards(page)) for page in range(1, first.last_page + 1)]
    uuids = [one.uuid for page in pages for one in page.cards]
    assert sorted(uuids) == sorted(sandbox.store.cards.by_uuid)
    assert first.total == len(uuids)
    ours = await ask(sandbox, ListCards(1, PROGRAM))
    assert {one.program_uuid for one in ours.cards} == {PROGRAM}
    assert ours.total == len(sandbox.store.cards.by_program[PROGRAM])


async def test_old_transactions_without_uuids_are_listed_all_the_same(sandbox: Sandbox) -> None:
    """Their cards are known by number alone."""
    page = await ask(sandbox, ListTransactions(1, shop=SHOP))
    assert page.transactions
    assert all(one.uuid is None and one.card_uuid is None and one.card_id for one in page.transactions)


async def test_a_claim_of_a_known_address_answers_with_a_safe_uuid(sandbox: Sandbox) -> None:
    """It is a merge then; whose uuid comes back does not matter."""
    one = person(sandbox)
    ref = await ask(sandbox, ClaimContact(nobody(sandbox).uuid, one.email))
    assert ref.uuid
    assert await ask(sandbox, GetContact(one.uuid)) is not None


def test_a_code_that_is_cash_shows_in_no_repr() -> None:
    """Nor can what `GetCardCode` brings be encoded, and so not be journaled."""
    code = CardCode("u1", "CASH", "https://x.example/?hash=CASH")
    assert "CASH" not in repr([FindCard("CASH"), ListTransactions(1, hash="CASH"), code])
    with pytest.raises(TypeError):
        encode(code)
