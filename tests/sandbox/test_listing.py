from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sandbox import Sandbox
from ops.sandbox.pages import last_page, page_of
from tests.sandbox.support import data, errors


def listed(api: httpx.Client, **params: str | int) -> dict[str, Any]:
    response = api.get("/contacts", params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_all_pages_together_are_the_account(api: httpx.Client, sandbox: Sandbox) -> None:
    """Every contact is on exactly one page, oldest first."""
    seen: list[str] = []
    for page in range(1, 5):
        body = listed(api, limit=60, page=page)
        seen += [each["uuid"] for each in body["data"]]
    assert seen == [each.uuid for each in sandbox.store.order]
    assert len(set(seen)) == 200


def test_the_meta_of_a_page(api: httpx.Client) -> None:
    """The limit comes back as a string, the rest as numbers."""
    assert listed(api, limit=60, page=4)["meta"] == {
        "page": 4,
        "limit": "60",
        "viewing_from": 181,
        "viewing_to": 200,
        "last_page": 4,
        "total": 200,
    }
    assert listed(api)["meta"]["limit"] == "30"


def test_a_page_beyond_the_last_is_empty(api: httpx.Client) -> None:
    """It is no error."""
    assert listed(api, page=99)["data"] == []


@pytest.mark.parametrize(("name", "value"), [("limit", 101), ("limit", 0), ("limit", "x"), ("page", 0)])
def test_paging_has_bounds(api: httpx.Client, name: str, value: object) -> None:
    """A limit above 100 or a number that is none is 1003."""
    assert errors(api.get("/contacts", params={name: str(value)})) == {name}


def test_sorting_backwards_is_the_mirror(api: httpx.Client) -> None:
    """-created_at gives the newest first, over all pages."""
    up = [each["uuid"] for page in (1, 2) for each in listed(api, limit=100, page=page)["data"]]
    down = [each["uuid"] for page in (1, 2) for each in listed(api, limit=100, page=page, sort="-created_at")["data"]]
    assert down == up[::-1]
    assert errors(api.get("/contacts", params={"sort": "email"})) == {"sort"}


def test_filters_by_creation(api: httpx.Client, sandbox: Sandbox) -> None:
    """The bounds gt and lt leave the moment out, gte and lte keep it; two of them make a span."""
    tenth, twentieth = sandbox.store.order[9], sandbox.store.order[19]
    first = datetime.fromtimestamp(tenth.created, UTC).isoformat()
    last = datetime.fromtimestamp(twentieth.created, UTC).isoformat()

    def total(**params: str) -> int:
        named = {f"created_at[{name}]": value for name, value in params.items()}
        return int(listed(api, **named)["meta"]["total"])

    assert total(gte=first, lte=last) == 11
    assert total(gt=first, lt=last) == 9
    assert total(gte=first, lt=last) == 10
    assert total(gt=last) == 180
    assert total(lte=first.replace("+00:00", "Z")) == 10


def test_a_raw_plus_in_a_date_is_refused(api: httpx.Client) -> None:
    """The plus of an offset becomes a space on its way unless it is encoded, and that is no date."""
    assert errors(api.get("/contacts?created_at[gt]=2022-01-01T00:00:00+00:00")) == {"created_at"}
    assert api.get("/contacts?created_at[gt]=2022-01-01T00:00:00%2B00:00").status_code == 200
    assert errors(api.get("/contacts?created_at[gt]=01-02-2022")) == {"created_at"}
    assert errors(api.get("/contacts?created_at=2022-01-01T00:00:00Z")) == {"created_at"}


def test_a_new_contact_is_last(api: httpx.Client) -> None:
    """New contacts come after the seeded ones."""
    uuid = data(api.post("/contacts", json={"email": "new@example.com"}))["uuid"]
    assert listed(api, limit=1, sort="-created_at")["data"][0]["uuid"] == uuid


@given(st.lists(st.integers(), max_size=60), st.integers(1, 20), st.sampled_from([1, -1]))
def test_pages_cover_a_list_once(items: list[int], size: int, step: int) -> None:
    """All pages one after the other are the list, forwards or backwards."""
    backwards = step < 0
    pages = range(1, last_page(len(items), size) + 1)
    joined = [each for page in pages for each in page_of(items, page, size, backwards=backwards)]
    assert joined == items[::step]
    assert not page_of(items, len(pages) + 1, size, backwards=backwards)
