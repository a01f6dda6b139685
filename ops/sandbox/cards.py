"""The gift cards of an account and the rules for their value.

Who may receive a card by mail is a matter of contacts: see `store.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from ops.sandbox.account import PROGRAMS, SHOPS
from ops.sandbox.ledger import Effects
from ops.sandbox.records import Card, Mail, Program, Shop, Transaction
from ops.sandbox.replies import ApiError

_DAY = 86_400
_HASH_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
DIGITAL = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """Which transactions are listed; None: all."""

    hash: str | None = None
    program: str | None = None
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction asked for."""

    card: str
    shop: str
    amount: int
    custom_attributes: dict[str, object] = field(default_factory=dict)


class Cards:
    """Programmes, cards, transactions and the mails that carried cards."""

    def __init__(self, seeded: Iterable[Card], effects: Effects, wall: Callable[[], float]) -> None:
        self.by_uuid: dict[str, Card] = {}
        self.by_hash: dict[str, Card] = {}
        self.by_program: dict[str, list[Card]] = {each.uuid: [] for each in PROGRAMS}
        self.all: list[Card] = []
        self.transactions: list[Transaction] = []
        self.transaction_by_uuid: dict[str, Transaction] = {}
        self.mails: list[Mail] = []
        self._held: dict[str, list[Card]] = {}
        self._effects = effects
        self._wall = wall
        for card in seeded:
            self._keep(card)
            for each in card.transactions:
                self._note(each)

    def _keep(self, card: Card) -> None:
        self.by_uuid[card.uuid] = self.by_hash[card.hash] = card
        self.by_program[card.program.uuid].append(card)
        self.all.append(card)

    def _note(self, transaction: Transaction) -> None:
        self.transactions.append(transaction)
        self.transaction_by_uuid[transaction.uuid] = transaction

    def get(self, uuid: str) -> Card:
        """The card of this uuid, else 5001."""
        card = self.by_uuid.get(uuid)
        if card is None:
            raise ApiError(5001)
        return card

    def find(self, code: str) -> Card:
        """The card of this hash, else 5001."""
        card = self.by_hash.get(code)
        if card is None:
            raise ApiError(5001)
        return card

    def listed(self, program: str | None) -> list[Card]:
        """The cards of a programme or of all, oldest first; 1100 for an unknown programme."""
        if program is None:
            return self.all
        if program not in self.by_program:
            raise ApiError(1100)
        return self.by_program[program]

    def create(self, kind: int, program_uuid: str) -> Card:
        """Make an empty card; 55021 for a physical one, 1100 for a programme unknown or closed."""
        if kind != DIGITAL:
            raise ApiError(55021) if kind == 0 else ApiError(1003, {"type": "The selected type is invalid."})
        program = next((each for each in PROGRAMS if each.uuid == program_uuid and each.active), None)
        if program is None:
            raise ApiError(1100)
        now = int(self._wall())
        card = Card(
            id=41_000 + len(self.all),
            uuid=str(uuid4()),
            hash="".join(secrets.choice(_HASH_LETTERS) for _ in range(10)),
            program=program,
            created=now,
            expires=now + program.expiration_days * _DAY if program.expiration_days else None,
        )
        self._keep(card)
        self._effects.cards += 1
        return card

    def put(self, booking: Booking) -> Transaction:
        """Put value on a card or take it off.

        Raises:
            ApiError: 5001, 1008, 5002, 5003, 5006, 5008, or 1003 below the programme's minimum.
        """
        card = self.get(booking.card)
        shop = shop_of(booking.shop)
        self._check(card, booking.amount)
        return self._book(card, shop, booking.amount, booking.custom_attributes)

    def _check(self, card: Card, amount: int) -> None:
        program: Program = card.program
        if amount == 0:
            raise ApiError(1003, {"amount_in_cents": "The amount in cents may not be zero."})
        if card.expires is not None and card.expires <= self._wall():
            raise ApiError(5002)
        if card.amount + amount < 0:
            raise ApiError(5003)
        if amount < 0:
            return
        if not program.upgradeable and any(each.amount > 0 and not each.reversed for each in card.transactions):
            raise ApiError(5006)
        if program.max_amount_in_cents is not None and card.amount + amount > program.max_amount_in_cents:
            raise ApiError(5008)
        if program.min_amount_in_cents is not None and amount < program.min_amount_in_cents:
            least = f"The amount in cents must be at least {program.min_amount_in_cents}."
            raise ApiError(1003, {"amount_in_cents": least})

    def _book(self, card: Card, shop: Shop, amount: int, extra: dict[str, object]) -> Transaction:
        made = Transaction(
            id=2_000_000 + len(self.transactions),
            uuid=str(uuid4()),
            card=card.uuid,
            shop=shop.uuid,
            amount=amount,
            created=int(self._wall()),
            custom_attributes=extra,
        )
        card.transactions.append(made)
        card.amount += amount
        self._note(made)
        self._effects.transactions += 1
        return made

    def reverse(self, uuid: str) -> Transaction:
        """Undo a card's last transaction by its opposite; any other one is 55025."""
        transaction = self.transaction_by_uuid.get(uuid)
        if transaction is None:
            raise ApiError(1003, {"uuid": "The giftcard transaction does not exist."})
        card = self.by_uuid[transaction.card]
        if card.transactions[-1] is not transaction or transaction.type == "REVERSAL":
            raise ApiError(55025)
        made = self._book(card, shop_of(transaction.shop), -transaction.amount, {})
        made.type = "REVERSAL"
        transaction.reversed = True
        self._effects.transactions -= 1
        self._effects.reversed += 1
        return made

    def search(self, wanted: Filter) -> list[Transaction]:
        """Transactions, newest first; 5001, 1100 or 1008 when what is asked for does not exist."""
        found: Iterable[Transaction] = self.transactions
        if wanted.hash is not None:
            found = self.find(wanted.hash).transactions
        if wanted.program is not None:
            cards = {each.uuid for each in self.listed(wanted.program)}
            found = [each for each in found if each.card in cards]
        if wanted.shop is not None:
            shop = shop_of(wanted.shop).uuid
            found = [each for each in found if each.shop == shop]
        return list(found)[::-1]

    def send(self, card: Card, mail: Mail) -> None:
        """Note that a mail with this card went out."""
        if card.contact is not None:
            self._held[card.contact].remove(card)
        card.contact = mail.contact
        self._held.setdefault(mail.contact, []).append(card)
        self.mails.append(mail)
        self._effects.mails += 1

    def hand_over(self, source: str, destination: str | None) -> None:
        """Give one contact's cards to another one, or to nobody."""
        held = self._held.pop(source, [])
        for card in held:
            card.contact = destination
        if destination is not None:
            self._held.setdefault(destination, []).extend(held)


def shop_of(uuid: str) -> Shop:
    """The shop of this uuid, else 1008."""
    shop = next((each for each in SHOPS if each.uuid == uuid), None)
    if shop is None:
        raise ApiError(1008)
    return shop
