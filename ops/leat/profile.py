"""Accounts and their secrets: which server, which token, and where they are kept.

Settings come from arguments, then the environment, then a saved profile. No request is sent from here.
"""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import tomlkit

from ops.errors import HostError, ProfileError
from ops.files import in_home, write_private

if TYPE_CHECKING:
    from ops.sandbox import Sandbox

API_PATH: Final = "/api/v3/oauth/clients"
DEFAULT_BASE_URL: Final = "https://api.piggy.eu"
ALLOWED_HOSTS: Final = frozenset({"api.piggy.eu", "api.leat.com", "api.piggy.nl"})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
KEYRING_SERVICE: Final = "leatops"


class Secret:
    """A token that shows itself to nobody unless asked by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """The token itself, for the one header it belongs in."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True)
class Account:
    """A base URL and a token.

    The base URL is on the allow-list, or loopback, or was allowed by name; https except on loopback.
    """

    base_url: str
    token: Secret
    name: str = ""
    allow_hosts: frozenset[str] = field(default_factory=frozenset)
    server: Sandbox | None = field(default=None, repr=False, compare=False)
    """The sandbox behind it, when this process runs one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", check_base_url(self.base_url, self.allow_hosts))
        token = self.token.reveal()
        if not token or not token.isascii() or not token.isprintable():
            raise ProfileError(f"Account {self.name or self.base_url}: the token is empty or holds odd characters.")

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine, as a sandbox is."""
        return (urlsplit(self.base_url).hostname or "") in LOOPBACK

    @classmethod
    def sandbox(cls, contacts: int = 1000, seed: int = 1) -> Account:
        """An account on a sandbox that runs in a thread of this process until `close`."""
        from ops.sandbox import Sandbox, SandboxConfig  # noqa: PLC0415 - only here does the engine know of it

        server = Sandbox.start(SandboxConfig(contacts=contacts, seed=seed))
        return cls(server.url, Secret(server.token), name="sandbox", server=server)

    def close(self) -> None:
        """Stop the sandbox behind the account, if there is one."""
        if self.server is not None:
            self.server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ, *, allow_hosts: frozenset[str] = frozenset()) -> Account:
        """The account of `LEAT_API_KEY` and `LEAT_BASE_URL`.

        Raises:
            ProfileError: `LEAT_API_KEY` is not set.
            HostError: the base URL is not one the token may be sent to.
        """
        token = env.get("LEAT_API_KEY", "")
        if not token.strip():
            raise ProfileError(
                "LEAT_API_KEY is empty or not set: set it, unset it to use a saved account, or save one with "
                "`leatops account add NAME`."
            )
        base_url = env.get("LEAT_BASE_URL") or DEFAULT_BASE_URL
        return cls(base_url, Secret(token), name=base_url.rstrip("/").split("://")[-1], allow_hosts=allow_hosts)


def check_base_url(base_url: str, allow_hosts: frozenset[str] = frozenset()) -> str:
    """The base URL without a trailing slash, if a token may be sent there.

    Raises:
        HostError: It may not.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise HostError(f"Not a URL: {error}.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise HostError("The base URL may hold no user name, query or fragment.", url=host)
    if parts.scheme not in {"https", "http"}:
        raise HostError("The base URL must begin with https:// (http is for this machine only).", url=host)
    if host not in ALLOWED_HOSTS | LOOPBACK | allow_hosts:
        allowed = ", ".join(sorted(ALLOWED_HOSTS))
        raise HostError(
            f"The token may not be sent to host {host or '(none)'}: allowed are {allowed} and this machine. "
            f"If you trust it, add --allow-host {host or 'HOST'}.",
            url=host,
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise HostError("The base URL must begin with https:// (http is for this machine only).", url=host)
    path = parts.path.rstrip("/").removesuffix(API_PATH)
    if path:
        raise HostError(f"Give the base URL without a path: {API_PATH} is appended.", url=host)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


@dataclass(frozen=True, slots=True)
class Profile:
    """A saved account; its token lies in the keyring, or beside it in a file that only its owner can read."""

    name: str
    base_url: str
    allow_hosts: frozenset[str] = field(default_factory=frozenset)
    kept_in: str = "keyring"


class Profiles:
    """The saved accounts of one home: `accounts.toml`, and the tokens in the keyring or in `tokens.toml`."""

    def __init__(self, home: Path) -> None:
        self._file = home / "accounts.toml"
        self._tokens = home / "tokens.toml"

    def all(self) -> list[Profile]:
        """The saved accounts, in the order they were added."""
        accounts = self._read(self._file).get("accounts", {})
        return [
            Profile(
                name,
                str(entry.get("base_url", DEFAULT_BASE_URL)),
                frozenset(entry.get("allow_hosts", ())),
                str(entry.get("kept_in", "keyring")),
            )
            for name, entry in accounts.items()
        ]

    @property
    def current(self) -> str | None:
        """The name of the account in use, if one was chosen."""
        name = self._read(self._file).get("current")
        return str(name) if name else None

    def add(self, profile: Profile, token: Secret) -> Profile:
        """Save an account and its token, and use it when it is the first; says where the token went."""
        if not profile.name or not all(c.isalnum() or c in "-_." for c in profile.name):
            raise ProfileError("An account's name is made of letters, digits, dots, dashes and underscores.")
        check_base_url(profile.base_url, profile.allow_hosts)
        kept_in = "keyring" if self._keyring_set(profile.name, token) else "file"
        if kept_in == "file":
            self._edit(self._tokens, lambda doc: doc.update({profile.name: token.reveal()}))
        elif self._tokens.exists():
            self._edit(self._tokens, lambda doc: doc.pop(profile.name, None))
        saved = Profile(profile.name, profile.base_url, profile.allow_hosts, kept_in)

        def change(doc: Any) -> None:
            accounts = doc.setdefault("accounts", tomlkit.table())
            accounts[saved.name] = {
                "base_url": saved.base_url,
                "allow_hosts": sorted(saved.allow_hosts),
                "kept_in": saved.kept_in,
            }
            doc.setdefault("current", saved.name)

        self._edit(self._file, change)
        return saved

    def use(self, name: str) -> None:
        """Make a saved account the one in use."""
        self.get(name)
        self._edit(self._file, lambda doc: doc.update({"current": name}))

    def remove(self, name: str) -> None:
        """Forget a saved account and its token."""
        profile = self.get(name)
        if profile.kept_in == "keyring":
            self._keyring_delete(name)
        else:
            self._edit(self._tokens, lambda doc: doc.pop(name, None))

        def change(doc: Any) -> None:
            doc["accounts"].pop(name, None)
            if doc.get("current") == name:
                doc.pop("current")

        self._edit(self._file, change)

    def get(self, name: str) -> Profile:
        """A saved account.

        Raises:
            ProfileError: There is none of this name.
        """
        found = {profile.name: profile for profile in self.all()}
        if name not in found:
            known = ", ".join(found) or "none yet"
            raise ProfileError(f"No saved account is named {name!r} (saved: {known}).")
        return found[name]

    def account(self, name: str, allow_hosts: frozenset[str] = frozenset()) -> Account:
        """A saved account with its token; hosts may be allowed beside its own.

        Raises:
            ProfileError: There is none of this name, or its token is gone.
        """
        profile = self.get(name)
        token = self._keyring_get(name) if profile.kept_in == "keyring" else str(self._read(self._tokens).get(name, ""))
        if not token:
            raise ProfileError(f"The token of account {name!r} is gone: add the account again.")
        return Account(profile.base_url, Secret(token), name, profile.allow_hosts | allow_hosts)

    @staticmethod
    def _read(path: Path) -> dict[str, Any]:
        try:
            with in_home(path.parent):
                return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProfileError(f"Cannot read {path}: {error}.", file=str(path)) from None

    @staticmethod
    def _edit(path: Path, change: Callable[[Any], object]) -> None:
        old = path.read_text("utf-8") if path.exists() else ""
        document = tomlkit.parse(old)
        change(document)
        write_private(path, tomlkit.dumps(document).encode())

    @staticmethod
    def _keyring_set(name: str, token: Secret) -> bool:
        import keyring  # noqa: PLC0415 - slow to import, and only saved accounts need it
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            keyring.set_password(KEYRING_SERVICE, name, token.reveal())
            return keyring.get_password(KEYRING_SERVICE, name) == token.reveal()
        except KeyringError:
            return False

    @staticmethod
    def _keyring_get(name: str) -> str:
        import keyring  # noqa: PLC0415 - slow to import, and only saved accounts need it
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            return keyring.get_password(KEYRING_SERVICE, name) or ""
        except KeyringError as error:
            raise ProfileError(f"The keyring does not give the token of {name!r}: {error}. Set LEAT_API_KEY.") from None

    @staticmethod
    def _keyring_delete(name: str) -> None:
        import keyring  # noqa: PLC0415 - slow to import, and only saved accounts need it
        from keyring.errors import KeyringError  # noqa: PLC0415

        with contextlib.suppress(KeyringError):
            keyring.delete_password(KEYRING_SERVICE, name)


def find_account(
    home: Path,
    name: str | None = None,
    *,
    allow_hosts: frozenset[str] = frozenset(),
    env: Mapping[str, str] = os.environ,
) -> Account:
    """The account to work with: the named one, else the environment's, else the saved one in use.

    Raises:
        ProfileError: There is none.
    """
    profiles = Profiles(home)
    if name is None and "LEAT_API_KEY" in env:
        return Account.from_env(env, allow_hosts=allow_hosts)
    chosen = name or profiles.current
    if chosen is None:
        raise ProfileError(
            "No account: set LEAT_API_KEY (and LEAT_BASE_URL), save one with `leatops account add NAME`, "
            "or start one to try things on with `leatops sandbox`."
        )
    return profiles.account(chosen, allow_hosts)
