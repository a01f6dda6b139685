from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sandbox import Ledger, SandboxConfig, Store
from ops.sandbox.account import ATTRIBUTES
from ops.sandbox.attributes import accept, is_email
from ops.sandbox.values import contact_body
from tests.sandbox.support import Clock


def store_of(contacts: int, seed: int = 1) -> Store:
    return Store(SandboxConfig(contacts=contacts, seed=seed), Ledger(Clock()), lambda: 1_750_000_000.0)


def document(store: Store) -> bytes:
    """Everything seeded, as bytes."""
    people = [contact_body(each, store.values(each)) for each in store.order]
    cards = [
        (each.uuid, each.hash, each.amount, each.created, [one.uuid for one in each.transactions])
        for each in store.cards.all
    ]
    return msgspec.json.encode([people, cards, sorted(store.identifiers)])


def test_one_seed_gives_one_account() -> None:
    """The same numbers give the same account to the byte, another seed another one."""
    assert document(store_of(120)) == document(store_of(120))
    assert document(store_of(120)) != document(store_of(120, seed=2))


@pytest.mark.parametrize("contacts", [0, 1, 3, 6, 200])
def test_the_size_is_as_asked(contacts: int) -> None:
    """Also the smallest accounts are whole."""
    store = store_of(contacts)
    assert len(store.order) == len(store.contacts) == contacts
    assert document(store)


def test_the_account_has_its_oddities() -> None:
    """Short ids, a shared address, anonymous people, unsubscribed ones, blank cards, an expired card."""
    store = store_of(200)
    assert {"123", "2222e1242t3324535"} < set(store.contacts)
    assert len({each.email for each in store.order}) == 199
    assert sum(each.anonymous for each in store.order) == 5
    unsubscribed = sum(not each.subscriptions >> 5 & 1 for each in store.order)
    assert 10 < unsubscribed < 50
    assert any(each.amount == 0 for each in store.cards.all)
    assert any(each.expires is not None and each.expires < 1_750_000_000 for each in store.cards.all)
    assert sum(each.contact is None for each in store.identifiers.values()) == 11


def test_contacts_are_in_the_order_of_their_creation() -> None:
    """Ids and times rise together."""
    order = store_of(500).order
    assert [(each.created, each.id) for each in order] == sorted((each.created, each.id) for each in order)


@given(st.integers(0, 2_000), st.integers(0, 10_000))
def test_seeded_values_are_such_as_the_account_would_take(index: int, seed: int) -> None:
    """Every seeded value of a writable attribute is accepted as it stands, and addresses are good."""
    store = store_of(1, seed)
    person = store.order[0]
    person.id += index
    assert is_email(person.email)
    for name, value in store.values(person).items():
        if ATTRIBUTES[name].writable:
            assert accept(ATTRIBUTES[name], value, form=False) == value


@pytest.mark.slow
def test_fifty_thousand_contacts_take_a_moment() -> None:
    """A big account is there in about a second."""
    started = time.perf_counter()
    assert len(store_of(50_000).order) == 50_000
    assert time.perf_counter() - started < 2.0
