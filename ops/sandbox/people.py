"""The made-up people of the seeded account, drawn from numbers so that one seed gives one account.

Addresses end in domains reserved for examples: no mail can reach anyone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

_FIRST = """
Anna|Bram|Daan|Emma|Fleur|Gijs|Hanna|Jeroen|Lieke|Maarten|Niels|Sanne|Sjoerd|Tess|Wouter|Zoë|Noël|Renée|Anaïs
Maëlle|Loïc|François|Chloé|Günther|Jörg|Søren|Łukasz|Agnieszka|Fatima|Youssef|Özlem|Ayşe|Siobhán|Thijs|Veerle
Pieter-Jan|Anne Marie|José|Željko|Ilse|Kwame|Mei|Olga
"""
_LAST = """
de Vries|Jansen|van den Berg|Bakker|Visser|Smit|Mulder|van der Meer|Dekker|Peeters|Janssens|Maes|D'Hondt
Vandenberghe|De Smet|Claes|O'Connor|Dubois|Lefèvre|Müller|Weiß|Nowak|Kowalska|García|Öztürk|El Amrani|Nguyễn
Sørensen|Hoekstra|van 't Hoff|Ter Horst|Brouwer|Kuipers|Šimić|Mensah|Chen|Ivanova
"""
_CITIES = """
Utrecht|Amsterdam|'s-Hertogenbosch|Den Haag|Groningen|Maastricht|Zwolle|Leeuwarden
Antwerpen|Gent|Liège|Leuven|Köln|Düsseldorf|Lille|Kraków
"""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.strip().replace("\n", "|").split("|"))


FIRST = _names(_FIRST)
LAST = _names(_LAST)
CITIES = _names(_CITIES)
STREETS = (
    "Dorpsstraat",
    "Kerkstraat",
    "Stationsweg",
    "Lange Leidsedwarsstraat",
    "Rue de l'Église",
    "Grote Markt",
)
DOMAINS = (
    "example.com",
    "post.example",
    "mail.example",
    "voorbeeld.example",
    "kantoor.example",
    "example.org",
)
_LETTERS = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d"}


def _folded(names: Sequence[str]) -> tuple[str, ...]:
    """The names as they stand in an address."""

    def fold(name: str) -> str:
        plain = "".join(_LETTERS.get(each, each) for each in name)
        ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
        return "".join(each for each in ascii_only if each.isalnum())

    return tuple(fold(name) for name in names)


_FIRST_FOLDED = _folded(FIRST)
_LAST_FOLDED = _folded(LAST)


def draw(seed: int, index: int) -> int:
    """256 random bits that belong to one person of one seed."""
    return int.from_bytes(hashlib.blake2b(b"%d:%d" % (seed, index), digest_size=32).digest(), "big")


def uuid_of(bits: int) -> str:
    """A version 4 UUID of the lowest 128 bits."""
    digits = f"{bits & ((1 << 128) - 1):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def email_of(bits: int, index: int) -> str:
    """The address of a person; the index keeps namesakes apart."""
    first = _FIRST_FOLDED[(bits >> 128 & 0xFFFF) % len(FIRST)]
    last = _LAST_FOLDED[(bits >> 144 & 0xFFFF) % len(LAST)]
    return f"{first}.{last}{index}@{DOMAINS[(bits >> 160 & 0xFF) % len(DOMAINS)]}"


def values_of(bits: int, index: int) -> dict[str, object]:
    """What is known of a person, in the form `current_values` has it; every seventh left names blank."""
    pick = bits >> 168
    values: dict[str, object] = {}
    if index % 7:
        values["firstname"] = FIRST[(bits >> 128 & 0xFFFF) % len(FIRST)]
        values["lastname"] = LAST[(bits >> 144 & 0xFFFF) % len(LAST)]
    if pick & 1:
        values["city"] = CITIES[(pick >> 1) % len(CITIES)]
        values["postalcode"] = f"{1000 + (pick >> 5) % 9000} {chr(65 + pick % 26)}{chr(65 + (pick >> 7) % 26)}"
        values["housenumber"] = 1 + (pick >> 9) % 250
        values["address"] = f"{STREETS[(pick >> 3) % len(STREETS)]} {1 + (pick >> 9) % 250}"
    if pick & 2:
        values["phonenumber"] = f"+316{(pick >> 11) % 100_000_000:08d}"
    if pick & 4:
        values["birthdate"] = f"{1945 + (pick >> 4) % 62}-{1 + (pick >> 12) % 12:02d}-{1 + (pick >> 17) % 28:02d}"
    if pick & 8:
        values["favorite_color"] = ("RED", "GREEN", "BLUE", "YELLOW")[(pick >> 6) % 4]
        values["vip"] = ("true", "false", "false")[(pick >> 8) % 3]
    if pick & 16:
        topics = ("COFFEE", "TEA", "LUNCH", "WORKSHOPS")
        values["newsletter_topics"] = ";".join(each for n, each in enumerate(topics) if pick >> (20 + n) & 1)
        values["locale"] = ("nl", "nl", "fr", "en", "de")[(pick >> 10) % 5]
    if pick & 32:
        values["member_since"] = f"{2019 + (pick >> 13) % 6}-{1 + (pick >> 19) % 12:02d}-{1 + (pick >> 23) % 28:02d}"
        values["customer_number"] = f"{index:06d}"
        values["external_reference"] = f"KAS-{index:07d}"
    if pick & 64:
        values["remarks"] = ("Belt liever niet", "Allergie: noten", "Komt met hond;\ntafel buiten")[(pick >> 14) % 3]
        values["age"] = 18 + (pick >> 15) % 70
    return values
