"""E-mail addresses: which texts are one, and when two are the same person."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from email_validator import validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops.fields import Field, Kind, email_key, email_key_of, parse
from ops.fields.emails import is_email

EMAIL = Field("email", Kind.EMAIL)

hosts = st.one_of(
    st.sampled_from(
        ["x.nl", "X.NL", "müller.de", "MÜLLER.de", "xn--mller-kva.de", "XN--MLLER-KVA.DE", "xn--a", "straße.de"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
addresses = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.builds("{}@{}".format, st.text(st.characters(exclude_categories=["Cs"]), max_size=12), hosts),
)


def keys(*cells: str | None) -> list[str | None]:
    return email_key(pl.Series("c", cells, dtype=pl.String)).to_list()


@given(st.lists(addresses))
@example(
    ["\u212a@x.nl", "\u1fef@x.nl", "a@b。c", "İ@x.nl", "\u017f@x.nl", "a@ü@x", "@", "a@", "\u00ada@\u00ad", "a\n@ü.de"]
)
@settings(deadline=None)
def test_column_and_scalar_keys_agree(cells: list[str]) -> None:
    """An address has the same key alone as in a column."""
    assert keys(*cells) == [email_key_of(cell) for cell in cells]


@given(addresses)
@example("a@ⅷ.com")
@example("a@xn--\u00df.de")
@settings(deadline=None)
def test_a_key_is_its_own_key(address: str) -> None:
    """Making a key twice changes nothing."""
    key = email_key_of(address)
    assert key is None or email_key_of(key) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan@X.NL", "jan@x.nl"),
        (" jan@x.nl\u00a0", "jan@x.nl"),
        ("\ufeffjan@x.nl", "jan@x.nl"),
        ("zoe\u0308@x.nl", "zo\u00eb@x.nl"),
        ("jan@müller.de", "jan@xn--mller-kva.de"),
        ("jan@MÜLLER.de", "JAN@XN--MLLER-KVA.DE"),
    ],
)
def test_the_same_person_written_in_two_ways(one: str, other: str) -> None:
    """Case, blanks, composition and the host's form do not make two people of one."""
    assert email_key_of(one) == email_key_of(other)
    assert len(set(keys(one, other))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("weiß@x.nl", "weiss@x.nl"),
        ("jan@straße.de", "jan@strasse.de"),
        ("ÉVA@x.nl", "éva@x.nl"),
        ("jan@x.nl", "jan@x.nl."),
        ("j.an@x.nl", "jan@x.nl"),
        ("jan+1@x.nl", "jan@x.nl"),
    ],
)
def test_two_people_stay_two(one: str, other: str) -> None:
    """Nothing beyond ASCII case is folded: joining two people is worse than missing a pair."""
    assert email_key_of(one) != email_key_of(other)
    assert len(set(keys(one, other))) == 2


def test_blank_has_no_key() -> None:
    """Nothing, and nothing but blanks, has no key."""
    assert keys(None, "", " \u200b") == [None, None, None]


def test_an_expression_gives_the_same_keys() -> None:
    """The key is available inside a lazy query as well."""
    frame = pl.LazyFrame({"e": ["A@X.nl", "b@MÜLLER.de", None]}).select(email_key(pl.col("e")))
    assert frame.collect()["e"].to_list() == ["a@x.nl", "b@xn--mller-kva.de", None]


@given(st.lists(st.emails(), min_size=1))
@settings(deadline=None, max_examples=50)
def test_real_addresses_are_taken_as_they_stand(cells: list[str]) -> None:
    """What the mail standards allow is accepted and sent as written."""
    plain = [cell for cell in cells if is_email(cell)]
    parsed = parse(pl.Series("c", plain, dtype=pl.String), EMAIL)
    assert [msgspec.json.decode(value) for value in parsed.value] == plain


@given(st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}@[A-Za-z0-9.-]{1,20}", fullmatch=True))
@settings(deadline=None, max_examples=300)
def test_the_quick_look_and_the_library_agree(address: str) -> None:
    """What a column-wise look settles at once is what the careful one accepts."""
    parsed = parse(pl.Series("c", [address]), EMAIL)
    assert (parsed.value[0] is not None) == is_email(address)
    if is_email(address):
        validate_email(address.partition("@")[0] + "@example.com", check_deliverability=False)


@pytest.mark.parametrize(
    ("cell", "sent"),
    [
        (" Jan@X.nl\u00a0", "Jan@X.nl"),
        ("jän@müller.de", "jän@müller.de"),
        ("jan@xn--mller-kva.de", "jan@xn--mller-kva.de"),
        ("jan@shop.test", "jan@shop.test"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("o'brien+x@a-b.co.uk", "o'brien+x@a-b.co.uk"),
    ],
)
def test_addresses_are_sent_without_the_blanks(cell: str, sent: str) -> None:
    """Only the blanks at the ends come off; case and script stay as written."""
    parsed = parse(pl.Series("c", [cell]), EMAIL)
    assert msgspec.json.decode(parsed.value[0]) == sent
    assert parsed.notes.is_empty()


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("jan", "it has no @"),
        ("jan@", "has no dot"),
        ("@x.nl", "nothing stands before"),
        ("jan@localhost", "has no dot"),
        ("jan@@x.nl", "more than one @"),
        ("Jan <jan@x.nl>", "without a name"),
        ("a@x.nl;b@x.nl", "only one address"),
        ("jan smit@x.nl", "has a space"),
        ("jan..smit@x.nl", "is not an e-mail address"),
        ("jan@x_y.nl", "is not an e-mail address"),
        ("jan@-x.nl", "is not an e-mail address"),
        (f"{'a' * 65}@x.nl", "is not an e-mail address"),
        (f"a@{'b' * 64}.nl", "is not an e-mail address"),
        (f"a@{'b.' * 130}nl", "is not an e-mail address"),
        ("jan@☃.☃", "is not an e-mail address"),
        ("mailto:jan@x.nl", "is not an e-mail address"),
    ],
)
def test_what_is_no_address_is_said_so(cell: str, why: str) -> None:
    """A wrong address has no value, and the message shows it and says why."""
    parsed = parse(pl.Series("c", [cell]), EMAIL)
    assert parsed.value.to_list() == [None]
    assert parsed.notes["kind"].to_list() == ["email"]
    assert why in parsed.problem[0]
    assert parsed.problem[0].startswith(f'"{cell[:20]}')
