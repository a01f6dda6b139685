"""What a field is: its name, the kind of its values, the options it takes.

How the values of a kind are checked and parsed stands in the other rooms here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field's values are; decides how cells are checked and how two values compare."""

    EMAIL = "email"
    ID = "id"
    CONTACT = "contact"
    """A contact's uuid or its address."""
    PHONE = "phone"
    DATE = "date"
    DATE_TIME = "date_time"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    CENTS = "cents"
    URL = "url"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select attribute."""

    value: str
    """What is sent."""
    label: str
    """What the dashboard shows; accepted in files as well."""


@dataclass(frozen=True, slots=True)
class Field:
    """A place a column can be mapped to: a key of the job or an attribute of the account."""

    name: str
    """As it is mapped; a name that ends with `*` stands for every name that begins like it."""
    kind: Kind
    label: str = ""
    help: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    attribute: bool = False
    """An attribute of the account: has a write rule, and its value is compared with the account's."""
    writable: bool = True
    """False for attributes the API or the dashboard holds read-only."""


_KINDS = {
    "text": Kind.TEXT,
    "long_text": Kind.TEXT,
    "number": Kind.NUMBER,
    "float": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "date": Kind.DATE,
    "birth_date": Kind.DATE,
    "date_time": Kind.DATE_TIME,
    "datetime": Kind.DATE_TIME,
    "boolean": Kind.BOOLEAN,
    "select": Kind.CHOICE,
    "multi_select": Kind.CHOICES,
    "phone": Kind.PHONE,
    "email": Kind.EMAIL,
    "url": Kind.URL,
}


def kind_of(leat_type: str) -> Kind:
    """The kind of an attribute's `type`; a type that is not known is text."""
    return _KINDS.get(leat_type.lower(), Kind.TEXT)
