from __future__ import annotations

from http.client import HTTPConnection

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sandbox import API, ENDPOINTS, Sandbox
from ops.sandbox.calls import BadBodyError, parse_body
from ops.sandbox.routes import match
from tests.sandbox.support import code, data

FORM = "application/x-www-form-urlencoded"


def kinds(sandbox: Sandbox) -> list[str]:
    return [each.kind for each in sandbox.ledger.violations]


@pytest.mark.parametrize("authorization", ["Bearer wrong", "", "sandbox-token-not-a-secret"])
def test_a_wrong_token_is_401_outside_the_error_shape(api: httpx.Client, authorization: str) -> None:
    """The body has a message and no code."""
    response = api.get("/shops", headers={"Authorization": authorization})
    assert response.status_code == 401
    assert "code" not in response.json()


def test_missing_headers_are_violations(sandbox: Sandbox) -> None:
    """A request without token or without Accept is refused and noted."""
    url = f"{sandbox.url}{API}/shops"
    with httpx.Client(trust_env=False) as client:
        assert client.get(url, headers={"Accept": "application/json"}).status_code == 401
        bearer = {"Authorization": f"Bearer {sandbox.token}", "Accept": "text/html"}
        assert client.get(url, headers=bearer).status_code == 406
    assert kinds(sandbox) == ["authorization", "accept"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/contacts/1/nothing", "/contacts/", "/contacts/../giftcards", "/contacts/a%2Fb/tier/x"]
)
def test_unknown_paths_are_404(sandbox: Sandbox, path: str) -> None:
    """They are refused and noted, also where they try to climb out of a collection."""
    headers = {"Authorization": f"Bearer {sandbox.token}", "Accept": "application/json"}
    # Without httpx, which tidies `..` away before it sends.
    connection = HTTPConnection(sandbox.url.removeprefix("http://"))
    try:
        connection.request("GET", API + path, headers=headers)
        assert connection.getresponse().status == 404
    finally:
        connection.close()
    assert kinds(sandbox) == ["unknown_path"]


@pytest.mark.parametrize("path", ["/", "/contacts", "/api/v3/oauth/contacts", f"{API}x/contacts"])
def test_requests_off_the_api_are_noted(sandbox: Sandbox, path: str) -> None:
    """Whatever leaves the API's path is 404 and stands in the ledger with its whole path."""
    headers = {"Authorization": f"Bearer {sandbox.token}", "Accept": "application/json"}
    assert httpx.get(sandbox.url + path, headers=headers, trust_env=False).status_code == 404
    assert [each.path for each in sandbox.ledger.violations] == [path]


def test_a_wrong_method_is_405(api: httpx.Client, sandbox: Sandbox) -> None:
    """The answer says which methods the path takes."""
    response = api.delete("/contacts")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert api.post("/contacts/find-or-create").status_code == 405
    assert kinds(sandbox) == ["method", "method"]


@pytest.mark.parametrize(
    ("content_type", "content", "kind"),
    [
        ("application/json", b'{"email": ', "bad_body"),
        ("application/json", b"[1]", "bad_body"),
        ("application/json", b"\xff\xfe", "bad_body"),
        (FORM, b"email", "bad_body"),
        (FORM, b"a=1&a[b]=2", "bad_body"),
        ("text/plain", b"email=x", "content_type"),
    ],
)
def test_unreadable_bodies_are_1003_and_noted(
    api: httpx.Client, sandbox: Sandbox, content_type: str, content: bytes, kind: str
) -> None:
    """Broken JSON, a broken form or another content type never reaches an endpoint."""
    response = api.post("/contacts", content=content, headers={"Content-Type": content_type})
    assert code(response) == 1003
    assert kinds(sandbox) == [kind]


def test_fields_nobody_reads_are_noted(api: httpx.Client, sandbox: Sandbox) -> None:
    """An unknown parameter or field does no harm, but a careful client sends none."""
    assert api.get("/contacts", params={"per_page": 5}).json()["meta"]["limit"] == "30"
    data(api.post("/contacts", json={"email": "a@example.com", "attributes": {}}))
    assert [(each.kind, each.detail) for each in sandbox.ledger.violations] == [
        ("parameter", "per_page"),
        ("field", "attributes"),
    ]


def test_an_id_is_percent_decoded(api: httpx.Client) -> None:
    """What looks like a path inside an id stays an id."""
    assert code(api.get("/contacts/%2E%2E%2Fgiftcards")) == 55031
    assert data(api.get("/contacts/%31%32%33"))["uuid"] == "123"


def test_every_endpoint_is_reached_by_its_own_route() -> None:
    """All routes lead where they say, with the id in its place."""
    assert len(ENDPOINTS) == 35
    for each in ENDPOINTS:
        found = match(each.method, each.path.replace("{}", "some-id"))
        assert found.endpoint is each
        assert found.id == ("some-id" if "{}" in each.path else "")


@given(st.dictionaries(st.text("abc", min_size=1), st.text(max_size=8), min_size=1))
def test_a_form_says_what_json_says(fields: dict[str, str]) -> None:
    """Nested names of a form become the object JSON would have carried."""
    form = httpx.QueryParams({f"attributes[{name}]": value for name, value in fields.items()})
    assert parse_body(str(form).encode(), FORM) == ({"attributes": fields}, True)


@given(st.binary(max_size=60), st.sampled_from(["application/json", FORM, "text/plain", ""]))
def test_no_body_breaks_the_parser(raw: bytes, content_type: str) -> None:
    """Any bytes are an object or a refusal."""
    try:
        body, _ = parse_body(raw, content_type)
    except BadBodyError:
        return
    assert isinstance(body, dict)
