"""The kinds of values a column can hold: checked and parsed column-wise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field's values are; decides how cells are checked and how two values compare."""

    EMAIL = "email"
    ID = "id"
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
    kind: Kind
    label: str = ""
    help: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    attribute: bool = False
    """An attribute of the account: has a write rule, and its value is compared with the account's."""
    writable: bool = True
    """False for attributes the API or the dashboard holds read-only."""
