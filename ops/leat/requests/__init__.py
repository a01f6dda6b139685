"""What can be asked of the account: one class an endpoint, each with its effect and its reply.

Pure descriptions; sending them is `client`'s work. Paths are segments below
``/api/v3/oauth/clients``; facts are from Leat's public OAuth API v3 pages.
"""

from __future__ import annotations

from ops.leat.requests.account import ListAttributes, ListPrograms, ListShops, Ping
from ops.leat.requests.base import (
    CARD_NOT_FOUND,
    CONTACT_EXISTS,
    CONTACT_NOT_FOUND,
    IDENTIFIER_LINKED,
    IDENTIFIER_NOT_FOUND,
    NOT_ANONYMOUS,
    PAGE_SIZE,
    SAFE_ID,
    Adopted,
    Effect,
    Read,
    Request,
    UnexpectedReplyError,
)
from ops.leat.requests.cards import (
    CreateCard,
    FindCard,
    GetCard,
    GetCardCode,
    ListCards,
    ListTransactions,
    PutValue,
    SendCard,
)
from ops.leat.requests.contacts import (
    FindContact,
    FindIdentifier,
    GetContact,
    GetCreditBalance,
    GetIdentifiers,
    GetPrepaidBalance,
    GetTier,
    ListContacts,
)
from ops.leat.requests.writes import (
    ClaimContact,
    CreateAnonymous,
    CreateContact,
    DeleteContact,
    FindOrCreateContact,
    FindOrCreateContactFast,
    MergeContacts,
    UpdateContact,
)

__all__ = [
    "CARD_NOT_FOUND",
    "CONTACT_EXISTS",
    "CONTACT_NOT_FOUND",
    "IDENTIFIER_LINKED",
    "IDENTIFIER_NOT_FOUND",
    "NOT_ANONYMOUS",
    "PAGE_SIZE",
    "SAFE_ID",
    "Adopted",
    "ClaimContact",
    "CreateAnonymous",
    "CreateCard",
    "CreateContact",
    "DeleteContact",
    "Effect",
    "FindCard",
    "FindContact",
    "FindIdentifier",
    "FindOrCreateContact",
    "FindOrCreateContactFast",
    "GetCard",
    "GetCardCode",
    "GetContact",
    "GetCreditBalance",
    "GetIdentifiers",
    "GetPrepaidBalance",
    "GetTier",
    "ListAttributes",
    "ListCards",
    "ListContacts",
    "ListPrograms",
    "ListShops",
    "ListTransactions",
    "MergeContacts",
    "Ping",
    "PutValue",
    "Read",
    "Request",
    "SendCard",
    "UnexpectedReplyError",
    "UpdateContact",
]
