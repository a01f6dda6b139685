"""Looking up whom rows name, against the same by hand, for any keys and any account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.fields import email_key
from ops.jobs.base import Party
from ops.lookup import Current
from ops.resolve import look_up

UUIDS = ("u1", "u2", "u3", "u4")
EMAILS = ("a@x.nl", "A@X.nl", "b@x.nl", "jan@müller.nl", "jan@xn--mller-kva.nl", "niemand@x.nl")
IDS = ("k1", "k2", "k3", "k4")
COLUMNS = ("uuid", "email", "identifier")
Row = tuple[str | None, str | None, str | None]


class Found(NamedTuple):
    """What is said of a row."""

    target: str | None
    found: bool
    times: int
    conflict: str | None


def key(email: str) -> str:
    """The form in which addresses compare."""
    return email.lower().replace("müller", "xn--mller-kva")


def by_hand(row: Row, contacts: Mapping[str, str | None], identifiers: Mapping[str, str | None]) -> Found:
    """A uuid goes before an identifier and that before an address; whatever else is given must agree."""
    uuid, email, identifier = row
    named = [each for each, address in contacts.items() if address and email and key(address) == key(email)]
    by_identifier = identifiers.get(identifier) if identifier else None
    target = uuid or by_identifier or (named[0] if named else None)
    times = 1 if uuid or by_identifier else max(1, len(named))
    if target is None or target not in contacts:
        return Found(None, found=False, times=times, conflict=None)
    conflict = None
    if email and key(contacts[target] or "") != key(email):
        conflict = "address"
    if identifier and by_identifier != target:
        conflict = "identifier"
    return Found(target, found=True, times=times, conflict=conflict)


def frame(columns: Sequence[str], rows: Sequence[Row]) -> pl.DataFrame:
    """The rows as `make_rows` leaves them, with the columns that are mapped."""
    table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").select(columns)
    if "email" in columns:
        table = table.with_columns(email_key(pl.col("email")).alias("email.key"))
    return table.with_row_index("row", 1)


def account(contacts: Mapping[str, str | None], identifiers: Mapping[str, str | None]) -> Current:
    """What was read of the account."""
    text = pl.String
    people = pl.DataFrame(
        {"uuid": list(contacts), "email": list(contacts.values())}, schema={"uuid": text, "email": text}
    )
    known = {
        "value": list(identifiers),
        "uuid": list(identifiers.values()),
        "state": ["linked" if uuid else "free" for uuid in identifiers.values()],
    }
    table = pl.DataFrame(known, schema=dict.fromkeys(known, text))
    return Current(people.with_columns(email_key(pl.col("email")).alias("email.key")), "list", "", {}, table)


@given(
    columns=st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True),
    rows=st.lists(
        st.tuples(
            st.none() | st.sampled_from(UUIDS), st.none() | st.sampled_from(EMAILS), st.none() | st.sampled_from(IDS)
        ),
        max_size=12,
    ),
    contacts=st.dictionaries(st.sampled_from(UUIDS), st.none() | st.sampled_from(EMAILS)),
    identifiers=st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(UUIDS)),
)
@settings(max_examples=200, deadline=None)
def test_a_row_stays_one_row_and_finds_whom_it_names(
    columns: list[str],
    rows: list[Row],
    contacts: dict[str, str | None],
    identifiers: dict[str, str | None],
) -> None:
    """Whichever columns are mapped, whatever the account holds twice or not at all."""
    party = Party("x.", uuid="uuid", email="email", identifier="identifier")
    seen = look_up(frame(columns, rows), party, account(contacts, identifiers))
    mapped: list[Row] = [
        (
            row[0] if "uuid" in columns else None,
            row[1] if "email" in columns else None,
            row[2] if "identifier" in columns else None,
        )
        for row in rows
    ]
    assert seen.height == len(rows)
    for said, row in zip(seen.select("x.target", "x.found", "x.times", "x.conflict").rows(), mapped, strict=True):
        wanted = by_hand(row, contacts, identifiers)
        assert said[:3] == wanted[:3]
        assert (said[3] is None) == (wanted.conflict is None)
        assert wanted.conflict is None or wanted.conflict in (said[3] or "")


@given(
    keys=st.lists(
        st.tuples(st.none() | st.sampled_from(("c1", "c2")), st.none() | st.sampled_from(("H1", "H2", "H3"))),
        max_size=8,
    ),
    cards=st.sets(st.sampled_from(("c1", "c2"))),
    hashes=st.dictionaries(st.sampled_from(("H1", "H2")), st.sampled_from(("c1", "c2"))),
)
@settings(max_examples=100, deadline=None)
def test_a_card_is_found_by_uuid_or_hash_and_both_must_agree(
    keys: list[tuple[str | None, str | None]], cards: set[str], hashes: dict[str, str]
) -> None:
    """A hash that leads nowhere agrees with no uuid."""
    text = pl.String
    there = sorted(cards | set(hashes.values()))
    current = Current(
        pl.DataFrame(schema={"uuid": text, "email": text, "email.key": text}),
        "find",
        "",
        cards=pl.DataFrame({"uuid": there}, schema={"uuid": text}),
        hashes=pl.DataFrame({"hash": list(hashes), "uuid": list(hashes.values())}, schema={"hash": text, "uuid": text}),
    )
    rows = pl.DataFrame(keys, schema={"uuid": text, "hash": text}, orient="row")
    seen = look_up(rows, Party(uuid="uuid", hash="hash", card=True), current)
    for (target, found, conflict), (uuid, code) in zip(
        seen.select("target", "found", "conflict").rows(), keys, strict=True
    ):
        wanted = uuid or hashes.get(code or "")
        assert (target, found) == ((wanted, True) if wanted in there else (None, False))
        assert (conflict is not None) == (found and code is not None and hashes.get(code) != wanted)
