"""Fills a store with a believable account, the same for the same number of contacts and seed.

The people themselves are drawn in `people.py`, the fixed parts stand in `account.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ops.sandbox.account import DEFAULT_SUBSCRIPTIONS, PROGRAMS, SHOPS
from ops.sandbox.people import draw, email_of, uuid_of, values_of
from ops.sandbox.records import Card, Contact, Identifier, Transaction

FIRST_ID = 21
_START = 1_614_556_800
"""2021-03-01, when the account was opened."""
_SPAN = 136_000_000
"""Seconds over which its people came."""
_ODD_UUIDS = {1: "123", 2: "2222e1242t3324535"}
"""Ids are not always UUIDs."""
_ANONYMOUS_EVERY = 40
_IDENTIFIER_EVERY = 3
_HASH_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def seed_contacts(count: int, seed: int) -> Iterator[Contact]:
    """The people, oldest first; the fifth has the address of the fourth, the sixth is anonymous."""
    step = max(1, _SPAN // max(count, 1))
    for index in range(count):
        bits = draw(seed, index)
        anonymous = index % _ANONYMOUS_EVERY == 5
        email = email_of(draw(seed, 3), 3) if index == 4 else email_of(bits, index)
        if anonymous:
            email = f"{bits & 0xFFFFFFFF:08x}{index}@anonymous.example"
        created = _START + index * step + (bits >> 200) % step
        credit = (bits >> 210) % 5_000 if bits >> 230 & 1 else 0
        contact = Contact(
            id=FIRST_ID + index,
            uuid=_ODD_UUIDS.get(index) or uuid_of(bits),
            email=email,
            created=created,
            updated=created + (bits >> 190) % 5_000_000,
            subscriptions=_subscriptions(bits >> 240),
            anonymous=anonymous,
            channel="OAUTH_API" if anonymous else ("POS", "WIDGET", None)[index % 3],
            credits=credit,
            prepaid=(bits >> 220) % 200 * 50 if bits >> 231 & 1 else 0,
        )
        if index % _IDENTIFIER_EVERY == 0 or anonymous:
            contact.identifiers = (f"LK{seed % 1000:03d}{index:07d}",)
        yield contact


def _subscriptions(bits: int) -> int:
    """Most people are in for most things; one in eight is out of the gift card mails."""
    wanted = (bits & 1) << 1 | (bits >> 1 & 1) << 3 | (bits >> 2 & 1) << 4
    return wanted | (DEFAULT_SUBSCRIPTIONS if bits >> 3 & 7 else 0)


def seed_values(contact: Contact, seed: int) -> dict[str, object]:
    """The values a seeded person had at the start."""
    index = contact.id - FIRST_ID
    return {} if contact.anonymous else values_of(draw(seed, index), index)


def seed_identifiers(contacts: Iterator[Contact], seed: int) -> Iterator[Identifier]:
    """The people's identifiers, then ten unlinked ones and an inactive one."""
    for contact in contacts:
        for value in contact.identifiers:
            yield Identifier(value, contact=contact.uuid)
    for number in range(10):
        yield Identifier(f"VRIJ{seed % 1000:03d}{number:04d}")
    yield Identifier(f"OUD{seed % 1000:03d}0001", active=False)


def seed_cards(contacts: int, seed: int) -> Iterator[Card]:
    """One card for every ten contacts, at least four; most carry value, some blank, one expired."""
    number = 0
    for index in range(max(4, contacts // 10)):
        bits = draw(seed, -1 - index)
        program = PROGRAMS[(0, 0, 0, 1, 3, 2)[index % 6]]
        created = _START + index * max(1, _SPAN // max(4, contacts // 10))
        days = program.expiration_days
        card = Card(
            id=41_000 + index,
            uuid=uuid_of(bits),
            hash="".join(_HASH_LETTERS[bits >> (128 + 5 * n) & 31] for n in range(10)),
            program=program,
            created=created,
            # Seeded cards live far into the future, or they would all be expired; the second one is.
            expires=None if days is None else created + (days if index == 1 else 20 * 365) * 86_400,
        )
        for _ in range((1, 2, 0, 1)[index % 4]):
            amount = 500 * (1 + (bits >> (178 + 5 * len(card.transactions))) % 5)
            number += 1
            card.transactions.append(
                Transaction(
                    id=2_000 + number,
                    uuid=uuid_of(draw(seed, -1_000_000 - number)),
                    card=card.uuid,
                    shop=SHOPS[index % len(SHOPS)].uuid,
                    amount=amount,
                    created=created + 60,
                    seeded=True,
                )
            )
            card.amount += amount
        yield card
