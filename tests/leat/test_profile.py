"""Accounts: where a token may go, and that it shows itself nowhere."""

from __future__ import annotations

import traceback
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from ops.errors import HostError, ProfileError
from ops.leat.profile import Account, Profile, Profiles, Secret, check_base_url, find_account

TOKEN = "canary-77aa"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.piggy.eu",
        "https://api.leat.com/",
        "https://api.piggy.nl/api/v3/oauth/clients",
        "http://127.0.0.1:80",
        "http://[::1]:8080",
        "http://localhost:1",
    ],
)
def test_known_hosts_and_this_machine_are_allowed(url: str) -> None:
    """The allow-list, over https; loopback over http, too."""
    assert check_base_url(url).startswith("http")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.piggy.eu",
        "https://api.piggy.eu.evil.example",
        "https://evil.example",
        "https://api.piggy.eu@evil.example",
        "https://user:pw@api.piggy.eu",
        "https://api.piggy.eu/other",
        "https://api.piggy.eu?x=1",
        "ftp://api.piggy.eu",
        "",
        "https://[::1",
        "https://api.piggy.eu:99999",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """A token is sent to no host that was not named."""
    with pytest.raises(HostError):
        check_base_url(url)


def test_a_host_can_be_allowed_by_name() -> None:
    """For a proxy of one's own."""
    assert check_base_url("https://leat.example.org", frozenset({"leat.example.org"})) == "https://leat.example.org"


def test_a_secret_shows_itself_in_no_text_and_no_traceback() -> None:
    """Neither `repr`, `str`, a format nor a traceback holds the token."""
    account = Account("https://api.piggy.eu", Secret(TOKEN))
    error = ProfileError(f"{account!r} {account.token} {account.token!r}")
    assert TOKEN not in "".join(traceback.format_exception(error))
    assert TOKEN not in f"{account} {account.token!s:>10}"
    assert account.token.reveal() == TOKEN


def test_the_environment_goes_before_the_saved_account(tmp_path: Path) -> None:
    """Flag, then environment, then profile."""
    profiles = Profiles(tmp_path)
    profiles.add(Profile("shop", "https://api.leat.com"), Secret(TOKEN))
    env = {"LEAT_API_KEY": "other", "LEAT_BASE_URL": "http://127.0.0.1:9"}
    assert find_account(tmp_path, env=env).base_url == "http://127.0.0.1:9"
    assert find_account(tmp_path, env={}).base_url == "https://api.leat.com"
    assert find_account(tmp_path, "shop", env=env).token.reveal() == TOKEN


def test_without_any_account_the_message_says_what_to_do(tmp_path: Path) -> None:
    """The first thing a newcomer meets is told in one sentence."""
    with pytest.raises(ProfileError, match="leatops sandbox"):
        find_account(tmp_path, env={})


def test_without_a_keyring_the_token_lies_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    """0600, apart from the list of accounts."""
    saved = Profiles(tmp_path).add(Profile("shop", "https://api.leat.com"), Secret(TOKEN))
    assert saved.kept_in == "file"
    assert TOKEN not in (tmp_path / "accounts.toml").read_text()
    assert (tmp_path / "tokens.toml").stat().st_mode & 0o777 == 0o600


def test_removing_an_account_forgets_its_token(tmp_path: Path) -> None:
    """Nothing is left of it."""
    profiles = Profiles(tmp_path)
    profiles.add(Profile("shop", "https://api.leat.com"), Secret(TOKEN))
    profiles.remove("shop")
    assert profiles.all() == []
    assert profiles.current is None
    assert TOKEN not in (tmp_path / "tokens.toml").read_text()
