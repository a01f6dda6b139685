"""Bodies as the account sends them, each decoded no further than its record needs.

The records themselves, and how JSON is read, stand in `records`. Nothing outside this room sees a body.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import msgspec

from ops.leat.records import (
    MARKER,
    NULL,
    RESERVED,
    Card,
    Contact,
    CreditBalance,
    PrepaidBalance,
    Program,
    Transaction,
    loose,
)

CREDENTIALS: Final = re.compile(r"custom_app_.*|add_to_wallet.*|.*double_opt_in_.*|subscription_preferences_url")
"""System values that let whoever holds them act as the contact; no record holds one, whoever asks."""


@cache
def is_credential(name: str) -> bool:
    """Whether the attribute of this name is one of `CREDENTIALS`."""
    return CREDENTIALS.fullmatch(name) is not None


class _Kind(msgspec.Struct, frozen=True):
    name: str


class _Subscription(msgspec.Struct, frozen=True):
    is_subscribed: bool
    subscription_type: _Kind


class WireContact(msgspec.Struct, frozen=True):
    """A contact's body, reduced to what a `Contact` may hold."""

    uuid: str
    email: str | None = None
    current_values: dict[str, Any] | list[Any] = {}
    """An object; PHP writes an empty one as a list."""
    tier: msgspec.Raw = NULL
    subscriptions: msgspec.Raw = NULL
    credit_balance: msgspec.Raw = NULL
    prepaid_balance: msgspec.Raw = NULL

    def contact(self, fields: tuple[str, ...]) -> Contact:
        """The record with the named values; a name the account does not have is null, and so is a credential."""
        values = self.current_values if isinstance(self.current_values, dict) else {}
        return Contact(
            uuid=self.uuid,
            email=self.email,
            is_anonymous=_is_true(values.get("is_anonymous")),
            values={name: self._value(name, values) for name in fields},
        )

    def _value(self, name: str, values: dict[str, Any]) -> Any:
        if name in RESERVED:
            return self._reserved(name, values)
        return None if is_credential(name) else values.get(name)

    def _reserved(self, name: str, values: dict[str, Any]) -> Any:
        match name:
            case "@credit_balance":
                credit: CreditBalance | None = loose(self.credit_balance, CreditBalance)
                return None if credit is None else credit.balance
            case "@prepaid_balance_in_cents":
                prepaid: PrepaidBalance | None = loose(self.prepaid_balance, PrepaidBalance)
                return None if prepaid is None else prepaid.balance_in_cents
            case "@tier":
                tier: _Kind | None = loose(self.tier, _Kind)
                return None if tier is None else tier.name
            case "@subscriptions":
                return _subscriptions(self.subscriptions)
            case "@is_anonymous":
                return _is_true(values.get("is_anonymous"))
            case _:
                return self.email


def _subscriptions(raw: msgspec.Raw) -> list[dict[str, Any]] | None:
    found: list[_Subscription] | None = loose(raw, list[_Subscription])
    if found is None:
        return None
    return [{"name": one.subscription_type.name, "subscribed": one.is_subscribed} for one in found]


class WireProgram(msgspec.Struct, frozen=True):
    """A gift card programme's body; every plan reads them, so that an odd limit in one must not stop it."""

    uuid: str | None
    name: str | None = None
    active: msgspec.Raw = NULL
    card_count: msgspec.Raw = NULL
    min_amount_in_cents: msgspec.Raw = NULL
    max_amount_in_cents: msgspec.Raw = NULL

    def program(self) -> Program:
        """The record."""
        return Program(
            uuid=self.uuid,
            name=self.name,
            active=loose(self.active, bool),
            card_count=loose(self.card_count, int),
            min_amount_in_cents=loose(self.min_amount_in_cents, int),
            max_amount_in_cents=loose(self.max_amount_in_cents, int),
        )


class _Labelled(msgspec.Struct, frozen=True):
    uuid: str | None = None
    name: str | None = None


class WireCard(msgspec.Struct, frozen=True):
    """A gift card's body, reduced to what a `Card` may hold."""

    uuid: str
    amount_in_cents: int
    active: bool | None = None
    expiration_date: str | None = None
    giftcard_program: msgspec.Raw = NULL

    def card(self) -> Card:
        """The record."""
        program: _Labelled | None = loose(self.giftcard_program, _Labelled)
        return Card(
            uuid=self.uuid,
            amount_in_cents=self.amount_in_cents,
            active=self.active,
            expiration_date=self.expiration_date,
            program=program.name if program else None,
            program_uuid=program.uuid if program else None,
        )


class WireCode(msgspec.Struct, frozen=True):
    """A gift card's body, reduced to its code."""

    uuid: str
    hash: str
    url: str | None = None


class _Numbered(msgspec.Struct, frozen=True):
    id: int | None = None
    uuid: str | None = None


class WireTransaction(msgspec.Struct, frozen=True):
    """A transaction's body, reduced to what a `Transaction` may hold."""

    amount_in_cents: int
    uuid: str | None = None
    card: _Numbered | None = None
    created_at: str | None = None
    custom_attributes: msgspec.Raw = NULL

    def transaction(self) -> Transaction:
        """The record."""
        attributes: dict[str, Any] = loose(self.custom_attributes, dict[str, Any]) or {}
        marker = attributes.get(MARKER)
        return Transaction(
            uuid=self.uuid,
            amount_in_cents=self.amount_in_cents,
            card_uuid=self.card.uuid if self.card else None,
            card_id=self.card.id if self.card else None,
            marker=marker if isinstance(marker, str) else None,
            created_at=self.created_at,
        )


def _is_true(value: Any) -> bool:
    """A boolean as the API writes them: typed, or as text or a number."""
    return value is True or (not isinstance(value, bool) and str(value).lower() in {"true", "1"})
