from __future__ import annotations

from typing import Any

import httpx
import pytest

from ops.sandbox import Sandbox
from ops.sandbox.account import ATTRIBUTES
from tests.sandbox.support import data, errors


@pytest.fixture
def uuid(api: httpx.Client) -> str:
    """A contact of which nothing is set."""
    return str(data(api.post("/contacts", json={"email": "blank@example.com"}))["uuid"])


def written(api: httpx.Client, uuid: str, **attributes: object) -> dict[str, Any]:
    body = data(api.put(f"/contacts/{uuid}", json={"attributes": attributes}))
    values: dict[str, Any] = body["current_values"]
    assert values == data(api.get(f"/contacts/{uuid}"))["current_values"]
    return values


def test_every_type_is_there() -> None:
    """The account has an attribute of each documented type, and read-only ones of both sorts."""
    types = {each.type for each in ATTRIBUTES.values()}
    assert " ".join(sorted(types)) == (
        "birth_date boolean date date_time email long_text multi_select number phone select text url"
    )
    assert any(each.soft_read_only for each in ATTRIBUTES.values())
    assert any(each.hard_read_only and not each.system for each in ATTRIBUTES.values())


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("firstname", "Zoë", "Zoë"),
        ("phonenumber", "+31612345678", "+31612345678"),
        ("postalcode", "0099 YZ", "0099 YZ"),
        ("remarks", "a\nb" * 1000, "a\nb" * 1000),
        ("housenumber", 12, 12),
        ("housenumber", 12.5, 12.5),
        ("birthdate", "1990-05-17", "1990-05-17"),
        ("member_since", "2024-02-29", "2024-02-29"),
        ("last_visit", "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00+00:00"),
        ("vip", True, "true"),
        ("vip", "false", "false"),
        ("favorite_color", "RED", "RED"),
        ("newsletter_topics", "TEA;COFFEE", "TEA;COFFEE"),
        ("newsletter_topics", ["LUNCH", "TEA"], "LUNCH;TEA"),
        ("work_email", "a@example.com", "a@example.com"),
        ("website", "https://example.com/x", "https://example.com/x"),
    ],
)
def test_a_good_value_is_kept(api: httpx.Client, uuid: str, name: str, sent: object, kept: object) -> None:
    """What was sent shows in `current_values`, in that block's own typing."""
    shown = written(api, uuid, **{name: sent})[name]
    assert (shown, type(shown)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("housenumber", "12"),
        ("housenumber", "twelve"),
        ("age", True),
        ("favorite_color", "Rood"),
        ("favorite_color", 1),
        ("newsletter_topics", "TEA;BEER"),
        ("newsletter_topics", {"0": "TEA"}),
        ("birthdate", "17-05-1990"),
        ("birthdate", "1990-02-30"),
        ("last_visit", "2024-05-01"),
        ("vip", "yes"),
        ("vip", 2),
        ("work_email", "nobody"),
        ("work_phone", "call me"),
        ("website", "example.com"),
        ("firstname", 12),
        ("firstname", "x" * 256),
        ("firstname", ["x"]),
        ("email", "other@example.com"),
        ("uuid", "1"),
        ("created_at", "2024-05-01T12:00:00Z"),
        ("loyalty_balance", 10),
        ("external_reference", "KAS-1"),
        ("segment", "NEW"),
        ("no_such_attribute", "x"),
    ],
)
def test_a_bad_value_is_refused_by_name(
    api: httpx.Client, sandbox: Sandbox, uuid: str, name: str, value: object
) -> None:
    """1003 names the attribute, and nothing of the request is written."""
    response = api.put(f"/contacts/{uuid}", json={"attributes": {"lastname": "New", name: value}})
    assert errors(response) == {name}
    assert data(api.get(f"/contacts/{uuid}"))["current_values"]["lastname"] == ""
    assert sandbox.ledger.effects.updated == 0


def test_all_bad_values_are_named_at_once(api: httpx.Client, uuid: str) -> None:
    """Two errors come as lists of texts, one error as a text: both forms are in use."""
    two = api.put(f"/contacts/{uuid}", json={"attributes": {"vip": "yes", "email": "x"}})
    assert errors(two) == {"vip", "email"}
    assert isinstance(two.json()["errors"]["vip"], list)
    one = api.put(f"/contacts/{uuid}", json={"attributes": {"vip": "yes"}})
    assert isinstance(one.json()["errors"]["vip"], str)


def test_null_and_empty_clear(api: httpx.Client, uuid: str) -> None:
    """Cleared texts and lists show as "", everything else as null."""
    written(api, uuid, firstname="A", housenumber=1, vip=True, newsletter_topics="TEA", city="Gent")
    shown = written(api, uuid, firstname=None, housenumber="", vip=None, newsletter_topics=[], city="")
    cleared = {name: shown[name] for name in ("firstname", "housenumber", "vip", "newsletter_topics", "city")}
    assert cleared == {"firstname": "", "housenumber": None, "vip": None, "newsletter_topics": "", "city": ""}


def test_what_was_never_set(api: httpx.Client, uuid: str) -> None:
    """The service's own texts start as "", its locale and the account's own attributes as null."""
    values = data(api.get(f"/contacts/{uuid}"))["current_values"]
    assert (values["firstname"], values["avatar"], values["phonenumber"]) == ("", "", "")
    assert (values["locale"], values["city"], values["vip"], values["birthdate"]) == (None, None, None, None)


def test_a_form_carries_nested_attributes(api: httpx.Client, uuid: str) -> None:
    """In a form digits are a number and lists are repeated names."""
    form = {
        "attributes[firstname]": "Bo & Co",
        "attributes[housenumber]": "12",
        "attributes[newsletter_topics][]": ["TEA", "LUNCH"],
    }
    shown = data(api.put(f"/contacts/{uuid}", data=form))["current_values"]
    assert (shown["firstname"], shown["housenumber"], shown["newsletter_topics"]) == ("Bo & Co", 12, "TEA;LUNCH")


@pytest.mark.parametrize("body", [{}, {"attributes": "x"}, {"attributes": ["x"]}])
def test_attributes_must_be_an_object(api: httpx.Client, uuid: str, body: dict[str, object]) -> None:
    """A missing or otherwise shaped `attributes` is 1003."""
    assert errors(api.put(f"/contacts/{uuid}", json=body)) == {"attributes"}


def test_secrets_are_in_both_blocks(api: httpx.Client, uuid: str) -> None:
    """A contact carries login links, codes and confirmation links, as the service's do."""
    body = data(api.get(f"/contacts/{uuid}"))
    for block in ("current_values", "current_display_values"):
        for name in ("custom_app_login_url", "custom_app_login_code", "double_opt_in_confirmation_url_1"):
            assert body[block][name]
    assert body["attributes"] == []


def test_display_values_are_texts(api: httpx.Client, sandbox: Sandbox) -> None:
    """Labels, local times and True or False stand in the display block."""
    wanted = next(
        each.uuid for each in sandbox.store.order if sandbox.store.values(each).get("favorite_color") == "GREEN"
    )
    shown = data(api.get(f"/contacts/{wanted}"))["current_display_values"]
    assert all(isinstance(each, str) for each in shown.values())
    assert shown["favorite_color"] == "Groen"
    assert shown["vip"] in {"True", "False"}
