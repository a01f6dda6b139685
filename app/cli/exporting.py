"""`leatops export`: from flags to a file, and what a person is told about it.

How the account is read and the file written is decided in the engine.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from app.cli.exits import ExitCode
from app.cli.progress import Watch
from app.cli.session import Session
from app.cli.words import count
from ops.errors import OptionError
from ops.export import Export, ExportOptions, export_contacts, export_giftcards, format_of


@dataclass(frozen=True, slots=True)
class ExportFlags:
    """The flags of `leatops export`, as click parsed them."""

    rate: float
    program: str | None = None
    created_after: str | None = None
    created_before: str | None = None


def export(session: Session, what: str, file: Path, flags: ExportFlags) -> ExitCode:
    """Write the file and say what is in it."""
    check(what, flags)
    format_of(file)
    account = session.account()
    with Watch(session.out, "Reading the account") as watch:
        options = ExportOptions(flags.rate, session.timeouts(), watch.reads)
        if what == "contacts":
            made = asyncio.run(
                export_contacts(
                    file,
                    account,
                    created_after=flags.created_after,
                    created_before=flags.created_before,
                    options=options,
                )
            )
        else:
            made = asyncio.run(export_giftcards(file, account, program=flags.program, options=options))
    _tell(session, made, account.name or account.base_url)
    if session.json:
        session.out.document(made.document())
    return ExitCode.DONE


def check(what: str, flags: ExportFlags) -> None:
    """See that each filter is one that this list has.

    Raises:
        OptionError: It is not.
    """
    if what == "contacts" and flags.program is not None:
        raise OptionError("--program is for gift cards: contacts belong to no programme.", option="program")
    for name, given in (("created-after", flags.created_after), ("created-before", flags.created_before)):
        if what == "giftcards" and given is not None:
            raise OptionError(
                f"--{name} is for contacts: the account cannot list gift cards by date. Leave it out.", option=name
            )


def _tell(session: Session, made: Export, account: str) -> None:
    things = count(made.rows, "contact" if made.what == "contacts" else "gift card")
    session.out.say(("Exported", "bold"), f" {things} of {account} with {count(made.requests, 'request')}.")
    if made.walks > 1:
        session.out.say(f"  Their list changed meanwhile and was read {made.walks} times.")
    session.out.say(("Saved", "bold"), f" {made.path}", whole=True)
    if made.what == "contacts" and made.rows:
        plan = session.command("plan", "contacts.upsert", str(made.path))
        session.out.say("  Edit it, then plan it: ", plan, whole=True)
