"""Which method and path lead to which endpoint.

What the endpoints do stands in `contacts.py`, `giftcards.py` and `neighbours.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from ops.sandbox import contacts, giftcards, neighbours
from ops.sandbox.calls import Call
from ops.sandbox.replies import Data
from ops.sandbox.store import Store

API = "/api/v3/oauth/clients"
Handler: TypeAlias = Callable[[Store, Call], Data]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API."""

    name: str
    method: str
    path: str
    """Under the API's path; `{}` is its variable part, always the second segment."""
    handler: Handler
    query: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    write: bool = False


def _get(name: str, path: str, handler: Handler, query: str = "") -> Endpoint:
    return Endpoint(name, "GET", path, handler, query=frozenset(query.split()))


def _write(name: str, route: str, handler: Handler, body: str = "", query: str = "") -> Endpoint:
    method, path = route.split(" ")
    fields, params = frozenset(body.split()), frozenset(query.split())
    return Endpoint(name, method, path, handler, query=params, body=fields, write=True)


_BOUNDS = "created_at[gt] created_at[gte] created_at[lt] created_at[lte]"
_LINKING = "contact_identifier_value contact_uuid"
ENDPOINTS = (
    _get("ping", "", neighbours.ping),
    _get("contacts.list", "/contacts", contacts.list_contacts, f"limit page sort {_BOUNDS}"),
    _write("contacts.create", "POST /contacts", contacts.create, "email referral_code"),
    _write("contacts.create_async", "POST /contacts/async", contacts.create_async, "email referral_code"),
    _write(
        "contacts.create_anonymous",
        "POST /contacts/anonymous",
        contacts.create_anonymous,
        "contact_identifier_value",
    ),
    _get("contacts.find", "/contacts/find-one-by", contacts.find, "email"),
    _write("contacts.find_or_create", "GET /contacts/find-or-create", contacts.find_or_create, query="email"),
    _write(
        "contacts.find_or_create_async",
        "GET /contacts/find-or-create/async",
        contacts.find_or_create_async,
        query="email",
    ),
    _get("contacts.get", "/contacts/{}", contacts.get),
    _write("contacts.update", "PUT /contacts/{}", contacts.update, "attributes"),
    _write("contacts.delete", "POST /contacts/{}/delete", contacts.delete, "type"),
    _write("contacts.claim", "PUT /contacts/{}/claim", contacts.claim, "email"),
    _write(
        "contacts.merge",
        "POST /contacts/merge",
        contacts.merge,
        "source_contact_uuid destination_contact_uuid",
    ),
    _get("contacts.identifiers", "/contacts/{}/contact-identifiers", contacts.identifiers),
    _get("contacts.credit_balance", "/contacts/{}/credit-balance", contacts.credit_balance),
    _get("contacts.prepaid_balance", "/contacts/{}/prepaid-balance", contacts.prepaid_balance),
    _get("contacts.tier", "/contacts/{}/tier", contacts.tier),
    _get("giftcards.list", "/giftcards", giftcards.list_cards, "giftcard_program_uuid page limit"),
    _get("giftcards.find", "/giftcards/find-one-by", giftcards.find, "hash"),
    _get("giftcards.get", "/giftcards/{}", giftcards.get),
    _write("giftcards.create", "POST /giftcards", giftcards.create, "type giftcard_program_uuid"),
    _write(
        "giftcards.send",
        "POST /giftcards/{}/send-by-email",
        giftcards.send,
        "contact_uuid email_uuid merge_tags",
    ),
    _write(
        "transactions.create",
        "POST /giftcard-transactions",
        giftcards.put_value,
        "giftcard_uuid amount_in_cents shop_uuid custom_attributes",
    ),
    _get(
        "transactions.list",
        "/giftcard-transactions",
        giftcards.list_transactions,
        "giftcard_hash giftcard_program_uuid shop_uuid perPage page",
    ),
    _write("transactions.reverse", "POST /giftcard-transactions/{}/reverse", giftcards.reverse),
    _get("programs.list", "/giftcard-programs", neighbours.list_programs),
    _get("shops.list", "/shops", neighbours.list_shops),
    _get("attributes.list", "/contact-attributes", neighbours.list_attributes),
    _get(
        "identifiers.find",
        "/contact-identifiers/find",
        neighbours.find_identifier,
        "contact_identifier_value",
    ),
    _write(
        "identifiers.create",
        "POST /contact-identifiers",
        neighbours.create_identifier,
        f"{_LINKING} contact_identifier_name",
    ),
    _write("identifiers.link", "PUT /contact-identifiers/link", neighbours.link_identifier, _LINKING),
    _write("identifiers.unlink", "PUT /contact-identifiers/unlink", neighbours.unlink_identifier, _LINKING),
    _get("subscriptions.get", "/contact-subscriptions/{}", neighbours.subscriptions),
    _write(
        "subscriptions.subscribe",
        "PUT /contact-subscriptions/{}/subscribe",
        neighbours.subscribe,
        "subscription_type_uuid",
    ),
    _write(
        "subscriptions.unsubscribe",
        "PUT /contact-subscriptions/{}/unsubscribe",
        neighbours.unsubscribe,
        "subscription_type_uuid",
    ),
)


def _table() -> dict[str, dict[str, Endpoint]]:
    table: dict[str, dict[str, Endpoint]] = {}
    for each in ENDPOINTS:
        table.setdefault(each.path, {})[each.method] = each
    return table


_TABLE = _table()


@dataclass(frozen=True, slots=True)
class Match:
    """Where a request leads: to an endpoint, or with the methods its path would take, or nowhere."""

    endpoint: Endpoint | None = None
    id: str = ""
    methods: tuple[str, ...] = ()


def match(method: str, path: str) -> Match:
    """Look up a path that is still percent-encoded, without the API's part.

    A fixed path wins over a variable one where its method fits, as in the service's framework.
    """
    fixed = _TABLE.get("" if path == "/" else path, {})
    if method in fixed:
        return Match(fixed[method])
    parts = path.split("/")
    variable: dict[str, Endpoint] = {}
    if len(parts) > 2 and parts[2]:
        variable = _TABLE.get("/".join([*parts[:2], "{}", *parts[3:]]), {})
        if method in variable:
            return Match(variable[method], unquote(parts[2]))
    return Match(methods=(*fixed, *variable))
