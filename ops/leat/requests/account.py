"""Reading what an account has once: its attributes, shops, gift card programmes, and whether it answers.

Contacts and cards have modules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops.leat.bodies import WireProgram
from ops.leat.records import Attribute, Envelope, Named, Program, decode
from ops.leat.requests.base import Read


@dataclass(frozen=True, slots=True)
class ListAttributes(Read[list[Attribute]]):
    """GET contact-attributes: the account's attributes and their types."""

    name = "attributes"
    record = list[Attribute]

    def path(self) -> tuple[str, ...]:
        """`contact-attributes`."""
        return ("contact-attributes",)

    def read(self, envelope: Envelope) -> list[Attribute]:
        """The attributes."""
        found: list[Attribute] = decode(envelope.data, list[Attribute])
        return found


@dataclass(frozen=True, slots=True)
class ListShops(Read[list[Named]]):
    """GET shops."""

    name = "shops"
    record = list[Named]

    def path(self) -> tuple[str, ...]:
        """`shops`."""
        return ("shops",)

    def read(self, envelope: Envelope) -> list[Named]:
        """The shops."""
        found: list[Named] = decode(envelope.data, list[Named])
        return found


@dataclass(frozen=True, slots=True)
class ListPrograms(Read[list[Program]]):
    """GET giftcard-programs: every gift card programme, open or closed."""

    name = "programs"
    record = list[Program]

    def path(self) -> tuple[str, ...]:
        """`giftcard-programs`."""
        return ("giftcard-programs",)

    def read(self, envelope: Envelope) -> list[Program]:
        """The programmes."""
        found: list[WireProgram] = decode(envelope.data, list[WireProgram])
        return [wire.program() for wire in found]


@dataclass(frozen=True, slots=True)
class Ping(Read[None]):
    """GET on the base itself: is the token good?"""

    name = "ping"
    record = None

    def path(self) -> tuple[str, ...]:
        """The base."""
        return ()

    def read(self, envelope: Envelope) -> None:
        """Nothing: an answer is enough."""
