"""The seeded account apart from its people: attributes, tiers, programmes, shops, subscription types, mails.

Everything is fixed, so that mappings and tests written for one sandbox fit the next.
"""

from __future__ import annotations

from ops.sandbox.records import Attribute, Email, Program, Shop, SubscriptionType, Tier

TIERS = (
    Tier("ea77edd4-5a5e-4a6e-aeda-55038c43c839", "Stamgast", "Komt graag langs", 1),
    Tier("1c0f3f0e-6f6e-4b59-8e0a-3ae5a1c7a3d1", "Vriend van de zaak", "Kent iedereen bij naam", 2),
    Tier("7d1b52b6-08bb-4d7e-95a5-5f0e2d0a9c44", "Familie", "Hoort bij het meubilair", 3),
)

SHOPS = (
    Shop(15, "5fd3322e-671e-430f-aa38-5ed02e600ff7", "Koffiehuis Utrecht", reference="UTR-01"),
    Shop(16, "123123", "Koffiehuis Antwerpen"),
    Shop(17, "b2b0a7f2-5c58-4e0d-9d0e-0f6d3c1f7a55", "Koffiehuis Gent", reference="GNT-01"),
    Shop(21, "91f6bb0e-3f2e-4b52-9a7d-7a4f0b7f1d20", "Webshop", type="web"),
)

SUBSCRIPTION_TYPES = (
    SubscriptionType(1, "0c7f7b52-7a1f-4a43-8a6f-2c0b5d7c9e01", "Nieuwsbrief", "Elke maand", "DOUBLE_OPT_IN"),
    SubscriptionType(3, "0c7f7b52-7a1f-4a43-8a6f-2c0b5d7c9e03", "Acties", "Onze beste acties", "DOUBLE_OPT_IN"),
    SubscriptionType(4, "0c7f7b52-7a1f-4a43-8a6f-2c0b5d7c9e04", "Evenementen", "Proeverijen en meer", "OPT_IN"),
    SubscriptionType(5, "0c7f7b52-7a1f-4a43-8a6f-2c0b5d7c9e05", "Cadeaukaarten", "Over je cadeaukaart", "OPT_OUT"),
)
GIFTCARD_SUBSCRIPTION = 5
DEFAULT_SUBSCRIPTIONS = 1 << GIFTCARD_SUBSCRIPTION
"""A new contact is subscribed to the opt-out types until it opts out."""

EMAILS = (
    Email("e0a3f7c4-1d51-4a8e-9a53-6f5d1b1f0a01", "Je cadeaukaart", "GIFTCARD_RECIPIENT", GIFTCARD_SUBSCRIPTION),
    Email("e0a3f7c4-1d51-4a8e-9a53-6f5d1b1f0a02", "Welkom", "AUTOMATED", 1, has_hash_token=False),
)

PROGRAMS = (
    Program(1, "a203bee9-2523-4a19-8b7e-2d282d272b6f", "Cadeaukaart", True, 394, 51_000),
    Program(2, "f6be82ff-bb19-46fa-ab5b-b55b03332bbe", "Verjaardagsbon", True, 90, 2_500, 500, upgradeable=False),
    Program(3, "77bde4c4-4aa1-4766-a498-3e291c41bddb", "Zomeractie 2023", active=False, expiration_days=60),
    Program(4, "123", "Relatiegeschenk"),
)

_SYSTEM_WRITABLE = (
    ("avatar", "Avatar", "url"),
    ("firstname", "First name", "text"),
    ("lastname", "Last name", "text"),
    ("address", "Address", "text"),
    ("phonenumber", "Phone number", "phone"),
    ("birthdate", "Birthdate", "birth_date"),
    ("age", "Age", "number"),
    ("locale", "Locale", "text"),
)
_SYSTEM_READ_ONLY = (
    ("email", "Email", "email"),
    ("uuid", "UUID", "text"),
    ("status", "Status", "text"),
    ("channel", "Channel", "text"),
    ("tier", "Tier", "text"),
    ("created_at", "Created at", "date_time"),
    ("updated_at", "Updated at", "date_time"),
    ("is_anonymous", "Is anonymous", "boolean"),
    ("add_to_wallet", "Add to wallet", "url"),
    ("loyalty_balance", "Credit balance", "number"),
    ("previous_loyalty_balance", "Previous credit balance", "number"),
    ("prepaid_balance", "Prepaid balance", "number"),
    ("loyalty_number_of_transactions", "Number of transactions", "number"),
    ("loyalty_total_credits_received", "Total credits received", "number"),
    ("loyalty_first_transaction_date", "First transaction", "date_time"),
    ("loyalty_last_transaction_date", "Last transaction", "date_time"),
    ("loyalty_associated_shops", "Associated shops", "multi_select"),
    ("default_contact_identifier", "Contact identifier", "text"),
    ("custom_app_login_url", "App login link", "url"),
    ("custom_app_login_code", "App login code", "number"),
    ("subscription_preferences_url", "Subscription preferences", "url"),
)
_COLORS = (("RED", "Rood"), ("GREEN", "Groen"), ("BLUE", "Blauw"), ("YELLOW", "Geel"))
_TOPICS = (("COFFEE", "Koffie"), ("TEA", "Thee"), ("LUNCH", "Lunch"), ("WORKSHOPS", "Workshops"))
_SEGMENTS = (("NEW", "Nieuw"), ("LOYAL", "Trouw"), ("LAPSED", "Weggebleven"))
_OWN: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("city", "Woonplaats", "text", ()),
    ("postalcode", "Postcode", "text", ()),
    ("housenumber", "Huisnummer", "number", ()),
    ("favorite_color", "Lievelingskleur", "select", _COLORS),
    ("newsletter_topics", "Onderwerpen", "multi_select", _TOPICS),
    ("vip", "VIP", "boolean", ()),
    ("company_card", "Bedrijfskaart", "boolean", ()),
    ("member_since", "Lid sinds", "date", ()),
    ("last_visit", "Laatste bezoek", "date_time", ()),
    ("remarks", "Opmerkingen", "long_text", ()),
    ("website", "Website", "url", ()),
    ("work_email", "E-mail op het werk", "email", ()),
    ("work_phone", "Telefoon op het werk", "phone", ()),
    ("customer_number", "Klantnummer", "text", ()),
)


def _attributes() -> tuple[Attribute, ...]:
    made: list[Attribute] = []

    def add(name: str, label: str, kind: str, **more: object) -> None:
        made.append(Attribute(2200 + len(made), name, label, kind, **more))  # type: ignore[arg-type]

    for name, label, kind in _SYSTEM_WRITABLE:
        add(name, label, kind, system=True)
    for name, label, kind in _SYSTEM_READ_ONLY:
        add(name, label, kind, system=True, hard_read_only=True, unique=name in {"email", "uuid"})
    for each in SUBSCRIPTION_TYPES:
        add(f"subscription_status_{each.id}", f"{each.name}: status", "text", system=True, hard_read_only=True)
    for name, label, kind, options in _OWN:
        add(name, label, kind, options=options)
    add("segment", "Segment", "select", options=_SEGMENTS, soft_read_only=True)
    add("external_reference", "Kassanummer", "text", hard_read_only=True)
    return tuple(made)


ATTRIBUTES = {each.name: each for each in _attributes()}
"""By name, in the order the account lists them."""
