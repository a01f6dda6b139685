"""The names columns usually have, as data, and when two names are the same.

Which of them a job can use is decided where a mapping is suggested.
"""

from __future__ import annotations

import re
import unicodedata

USUAL: dict[str, tuple[str, ...]] = {
    "email": (
        *("email", "email address", "mail", "mailadres", "emailadres", "e-mail-adresse", "mailadresse"),
        *("adresse e-mail", "adresse mail", "courriel", "contact email", "customer email"),
        *(
            "klant email",
            "email 1",
            "e-mail 1 - value",
            "primary email",
            "user email",
            "gebruikersnaam email",
        ),
    ),
    "contact": ("contact uuid", "customer uuid", "klant uuid"),
    "uuid": (
        "uuid",
        "contact uuid",
        "customer uuid",
        "klant uuid",
        "leat uuid",
        "piggy uuid",
        "leat id",
        "piggy id",
    ),
    "identifier": (
        *(
            "contact identifier",
            "contact identifier value",
            "identifier value",
            "loyalty card",
            "card number",
        ),
        *("kaartnummer", "pasnummer", "klantenkaart", "membership number", "lidnummer", "kundenkarte"),
        *("carte de fidelite", "numero de carte"),
    ),
    "referral_code": ("referral code", "referral", "verwijzingscode", "code de parrainage"),
    "reference": ("reference", "referentie", "kenmerk", "referenz", "reference number", "request reference"),
    "source": ("source contact", "source uuid", "source contact uuid", "bron", "van", "from", "quelle", "merge from"),
    "destination": (
        *("destination contact", "destination uuid", "destination contact uuid", "doel", "naar", "into", "ziel"),
        *("merge into", "target"),
    ),
    "amount": ("amount", "bedrag", "betrag", "montant", "gift card amount"),
    "hash": ("hash", "card hash", "gift card code", "card code", "cadeaukaartcode", "code", "kaartcode", "bon code"),
    "firstname": (
        *("first name", "voornaam", "vorname", "prenom", "given name", "roepnaam", "forename", "fname"),
        *("contact first name", "customer first name", "voornamen"),
    ),
    "lastname": (
        *("last name", "achternaam", "nachname", "nom de famille", "surname", "family name", "familienaam"),
        *("familienname", "lname", "customer last name", "nom"),
    ),
    "phonenumber": (
        *("phone", "phone number", "telefoon", "telefoonnummer", "telefon", "telefonnummer", "telephone"),
        *(
            "numero de telephone",
            "tel",
            "tel nr",
            "mobile",
            "mobile number",
            "mobile phone",
            "mobiel",
        ),
        *("mobiele nummer", "mobiel nummer", "gsm", "gsm nummer", "handy", "handynummer", "mobiltelefon"),
        *("portable", "cell", "cell phone", "phone 1", "phone 1 - value", "telephone 1", "telefoon 1"),
    ),
    "birthdate": (
        *("date of birth", "birth date", "birthday", "dob", "geboortedatum", "verjaardag", "geburtsdatum"),
        *("geburtstag", "date de naissance", "geb datum"),
    ),
    "address": (
        *(
            "address",
            "adres",
            "adresse",
            "street",
            "straat",
            "straatnaam",
            "strasse",
            "rue",
            "street address",
        ),
        *("address 1", "address line 1", "adres 1", "adresregel 1", "street name", "voie"),
    ),
    "city": (
        "city",
        "woonplaats",
        "stad",
        "plaats",
        "ort",
        "stadt",
        "wohnort",
        "ville",
        "town",
        "plaatsnaam",
    ),
    "postalcode": (
        *("postal code", "postcode", "zip", "zip code", "postleitzahl", "plz", "code postal"),
        "pc",
    ),
    "housenumber": (
        *(
            "house number",
            "huisnummer",
            "hausnummer",
            "house no",
            "huisnr",
            "hausnr",
            "numero",
            "street number",
        ),
        "numero de rue",
    ),
    "locale": ("locale", "language", "taal", "sprache", "langue", "lang", "language code", "taalcode"),
    "gender": ("gender", "geslacht", "geschlecht", "sexe", "sex"),
    "country": ("country", "land", "pays", "country code", "landcode"),
    "company": ("company", "bedrijf", "bedrijfsnaam", "firma", "societe", "company name", "organisation"),
}
"""Names by field, in English, Dutch, German and French, the plainest first; compared as `loose` has them."""


def same(name: str) -> str:
    """The form in which a header and a field's name are the same: case, spaces, hyphens and such apart."""
    lower = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in unicodedata.normalize("NFC", name))
    return re.sub(r"[\s_-]+", "", lower)


def loose(name: str) -> str:
    """The form in which usual names are the same: letters and digits alone, without accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in plain if character.isalnum())
