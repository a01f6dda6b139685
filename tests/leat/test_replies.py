"""Which bodies count as done, which as a doubt, and which codes stop a job."""

from __future__ import annotations

from typing import Any

import pytest

from ops.leat.client import Halted, Refused, Reply, Unknown, understand
from ops.leat.codes import MEANINGS, meaning
from ops.leat.records import RESERVED, Card, Contact, ContactRef, Holder, Identifier, Program, Transaction, encode
from ops.leat.requests import (
    Adopted,
    ClaimContact,
    CreateAnonymous,
    CreateCard,
    DeleteContact,
    FindContact,
    FindIdentifier,
    GetCard,
    GetContact,
    GetCreditBalance,
    GetIdentifiers,
    GetTier,
    ListCards,
    ListContacts,
    ListPrograms,
    MergeContacts,
    PutValue,
    Request,
    SendCard,
)
from ops.sandbox.replies import MESSAGES

PUT = PutValue("c1", 500, "s1", "job:1")
SEND = SendCard("c1", "u1")
DELETE = DeleteContact("u1", "DEFAULT")
MERGE = MergeContacts("u1", "u2")
CARD = {"uuid": "c1", "amount_in_cents": 0, "hash": "CASH", "url": "https://x.example/?hash=CASH"}


def answer(request: Request[Any], data: Any, **beside: Any) -> Any:
    return understand(request, 200, encode({"data": data, **beside}))


def refusal(request: Request[Any], code: int) -> Any:
    return understand(request, 400, encode({"message": "No.", "code": code, "status_code": 400}))


@pytest.mark.parametrize(
    ("request_", "data", "value"),
    [
        (DELETE, None, None),
        (DELETE, [], None),
        (MERGE, None, None),
        (MERGE, {"anything": 1}, None),
        (MERGE, "accepted", None),
        (SEND, {"message": "success", "data": "Email successfully sent"}, None),
        (CreateCard("p1"), CARD, Card("c1", 0)),
        (
            CreateCard("p1"),
            {**CARD, "giftcard_program": {"uuid": "p1", "name": "P"}},
            Card("c1", 0, None, None, "P", "p1"),
        ),
        (PUT, {"amount_in_cents": 500}, Transaction(None, 500)),
        (PUT, {"amount_in_cents": 500, "uuid": "t1", "card": {"id": 7, "uuid": "c1"}}, Transaction("t1", 500, "c1", 7)),
        (PUT, {"amount_in_cents": 500, "card": {"id": 7, "uuid": None}}, Transaction(None, 500, None, 7)),
        (PUT, {"amount_in_cents": 500, "custom_attributes": []}, Transaction(None, 500)),
        (GetTier("u1"), None, None),
        (GetTier("u1"), [], None),
        (GetIdentifiers("u1"), None, []),
        (GetIdentifiers("u1"), {}, []),
        (GetIdentifiers("u1"), {"value": "A", "contact": {"uuid": "u1"}}, [Identifier("A", contact=Holder("u1"))]),
        (GetIdentifiers("u1"), [{"value": "A"}, {"value": "B"}], [Identifier("A"), Identifier("B")]),
        (GetIdentifiers("u1"), {"0": {"value": "A"}, "2": {"value": "B"}}, [Identifier("A"), Identifier("B")]),
        (FindIdentifier("a1"), {"value": "A1", "contact": None}, Identifier("A1")),
        (ListPrograms(), [{"uuid": "p1", "active": "?", "min_amount_in_cents": {}}], [Program("p1")]),
    ],
)
def test_these_bodies_are_understood(request_: Request[Any], data: Any, value: Any) -> None:
    """Tolerant where the documentation is vague and a mistake harms nobody."""
    assert answer(request_, data) == Reply(value)


@pytest.mark.parametrize(
    ("request_", "data"),
    [
        (DELETE, {"uuid": "u1"}),
        (SEND, None),
        (SEND, "Email successfully sent"),
        (SEND, {"message": "queued"}),
        (CreateCard("p1"), {**CARD, "uuid": ""}),
        (CreateCard("p1"), {**CARD, "uuid": "../c1"}),
        (CreateCard("p1"), {**CARD, "giftcard_program": {"uuid": "p2"}}),
        (CreateCard("p1"), None),
        (PUT, {"amount_in_cents": 501}),
        (PUT, {"amount_in_cents": "500"}),
        (PUT, {"amount_in_cents": 500, "card": {"uuid": "c2"}}),
        (GetCard("c2"), CARD),
        (GetIdentifiers("u1"), [{"value": "A", "contact": {"uuid": "u2"}}]),
        (FindIdentifier("A"), {"value": "B"}),
        (GetTier("u1"), [{"name": "Gold"}]),
        (GetCreditBalance("u1"), {"balance": None}),
        (ClaimContact("u1", "a@example.org"), {"uuid": "a/b"}),
    ],
)
def test_these_bodies_prove_nothing(request_: Request[Any], data: Any) -> None:
    """Another card, another amount, another person, or no word of success: a doubt, never a done."""
    assert isinstance(answer(request_, data), Unknown)


def test_the_word_of_a_mail_may_stand_beside_the_data() -> None:
    """And a merge is a success only in the shape that every success has."""
    assert answer(SEND, "Email successfully sent", message="success") == Reply(None)
    assert isinstance(answer(SEND, None, message="failed"), Unknown)
    assert isinstance(understand(MERGE, 200, b"[]"), Unknown)
    assert isinstance(understand(MERGE, 200, b"{}"), Unknown)


def test_the_counts_of_a_list_may_be_text() -> None:
    """And a last page that is too low is set right by the total."""
    page = answer(ListCards(1), [], meta={"page": "1", "per_page": "100", "last_page": "1", "total": "250"})
    assert (page.value.total, page.value.last_page) == (250, 3)


@pytest.mark.parametrize("odd", [None, [], {}, "x", 12, [1], [{"is_subscribed": True}], {"name": None, "balance": "?"}])
def test_a_strange_shape_beside_the_attributes_is_none_and_no_error(odd: Any) -> None:
    """A list of contacts is read whatever one of them looks like."""
    names = ("@credit_balance", "@prepaid_balance_in_cents", "@tier", "@subscriptions")
    body = {"uuid": "u1", "tier": odd, "subscriptions": odd, "credit_balance": odd, "prepaid_balance": odd}
    page = answer(ListContacts(1, names), [body], meta={"total": 1})
    values = page.value.contacts[0].values
    assert values.pop("@subscriptions") in (None, [])
    assert set(values.values()) == {None}


def test_the_reserved_names_never_read_an_attribute() -> None:
    """An attribute that is called like one is not shown in its place."""
    values = dict.fromkeys(RESERVED, "wrong")
    contact = answer(GetContact("u1", tuple(RESERVED)), {"uuid": "u1", "current_values": values}).value
    assert "wrong" not in contact.values.values()


@pytest.mark.parametrize(
    ("request_", "codes"), [(CreateCard("p1"), (1100, 55021, 7015, 1114)), (PUT, (1008, 7015, 5007, 1114))]
)
def test_what_all_rows_have_in_common_stops_the_job(request_: Request[Any], codes: tuple[int, ...]) -> None:
    """The server did not do it, and would not do it for the next row; what is wrong in one row is that row's."""
    for code in codes:
        halted = refusal(request_, code)
        assert isinstance(halted, Halted)
        assert halted.definite
        assert str(code) in halted.error.message
    assert isinstance(refusal(request_, 1003), Refused)
    assert isinstance(refusal(request_, 5001), Refused)
    assert isinstance(refusal(ListCards(1, "p1"), 1100), Refused)


def test_a_deletion_is_done_when_the_contact_is_gone() -> None:
    """Its reply is None, which is not the same as nothing to adopt."""
    assert DELETE.readback() == GetContact("u1")
    assert DELETE.adopt(None) == Adopted(None)
    assert DELETE.adopt(Contact("u1")) is None


def test_a_claim_is_done_when_the_address_is_a_known_persons() -> None:
    """An anonymous contact with the address proves nothing."""
    claim = ClaimContact("u1", "a@example.org")
    assert claim.readback() == FindContact("a@example.org", ("@is_anonymous",))
    assert claim.adopt(Contact("u1")) == Adopted(ContactRef("u1"))
    assert claim.adopt(Contact("u2")) is None
    assert ClaimContact("u1", "a@example.org", "u2").adopt(Contact("u2")) == Adopted(ContactRef("u2"))
    assert claim.adopt(Contact("u1", is_anonymous=True)) is None
    assert claim.adopt(None) is None


def test_an_anonymous_contact_is_found_by_its_identifier() -> None:
    """An identifier that leads nowhere proves nothing."""
    create = CreateAnonymous("A")
    assert create.readback() == FindIdentifier("A")
    assert create.adopt(Identifier("A", contact=Holder("u1"))) == Adopted(ContactRef("u1"))
    assert create.adopt(Identifier("A")) is None
    assert create.adopt(None) is None


def test_every_code_has_a_meaning_in_our_own_words() -> None:
    """Each one that the sandbox knows, and something for the others."""
    assert set(MESSAGES) <= set(MEANINGS)
    assert meaning(55031) == "there is no such contact (55031)"
    assert meaning(4711) == "the server refused (4711)"
    assert meaning(None) == "the server refused without a code"
