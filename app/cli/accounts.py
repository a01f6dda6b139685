"""`leatops account`: saved accounts, whose tokens are read from a masked prompt or from stdin.

Where a token is kept is decided in the engine.
"""

from __future__ import annotations

import asyncio
import sys

import click

from app.cli.exits import ExitCode
from app.cli.session import Session
from ops.errors import ProfileError
from ops.leat.client import Timeouts, Wiring
from ops.leat.pace import DEFAULT_RATE, Pace
from ops.leat.profile import Account, Profile, Profiles, Secret
from ops.leat.reader import Reader
from ops.leat.requests import Ping


def add(session: Session, name: str, base_url: str, *, token_stdin: bool, check: bool) -> ExitCode:
    """Save an account, once the server has taken its token."""
    hosts = frozenset(session.allow_hosts)
    # Built first, so that nobody types a token for a server it may not go to.
    Account(base_url, Secret("not yet known"), name, hosts)
    token = _token(name, from_stdin=token_stdin)
    session.secrets.add(token.reveal())
    account = Account(base_url, token, name, hosts)
    if check:
        asyncio.run(_ping(account, session.timeouts()))
    saved = Profiles(session.home).add(Profile(name, account.base_url, hosts), token)
    place = "the keyring" if saved.kept_in == "keyring" else f"{session.home / 'tokens.toml'}, which only you can read"
    session.out.say(f"Saved {saved.name} ({saved.base_url}); its token is in {place}.")
    if session.json:
        session.out.document(_document(saved, Profiles(session.home).current))
    return ExitCode.DONE


def _token(name: str, *, from_stdin: bool) -> Secret:
    if from_stdin:
        return Secret(sys.stdin.readline())
    if not sys.stdin.isatty():
        raise ProfileError("There is no terminal to ask for the token on: give it on stdin, with --token-stdin.")
    return Secret(click.prompt(f"Token of {name}", hide_input=True, err=True))


async def _ping(account: Account, timeouts: Timeouts) -> None:
    async with Reader(Wiring(account, Pace(DEFAULT_RATE), timeouts)) as reader:
        await reader.ask(Ping())


def _document(profile: Profile, current: str | None) -> dict[str, object]:
    return {
        "name": profile.name,
        "base_url": profile.base_url,
        "allow_hosts": sorted(profile.allow_hosts),
        "kept_in": profile.kept_in,
        "in_use": profile.name == current,
    }


def listed(session: Session) -> ExitCode:
    """The saved accounts, without their tokens."""
    profiles = Profiles(session.home)
    found = [_document(profile, profiles.current) for profile in profiles.all()]
    if session.json:
        session.out.document({"accounts": found})
    elif found:
        session.out.table(
            (str(one["name"]), str(one["base_url"]), f"token in {one['kept_in']}", "in use" if one["in_use"] else "")
            for one in found
        )
    else:
        session.out.say("No saved accounts; add one with ", session.command("account", "add", "NAME"), whole=True)
    return ExitCode.DONE


def use(session: Session, name: str) -> ExitCode:
    """Choose the account that commands work with."""
    profiles = Profiles(session.home)
    profiles.use(name)
    session.out.say(f"Account {name} is in use.")
    if session.json:
        session.out.document(_document(profiles.get(name), profiles.current))
    return ExitCode.DONE


def remove(session: Session, name: str) -> ExitCode:
    """Forget an account and its token."""
    Profiles(session.home).remove(name)
    session.out.say(f"Account {name} and its token are forgotten.")
    if session.json:
        session.out.document({"removed": name})
    return ExitCode.DONE
