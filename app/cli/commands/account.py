"""`leatops account`: flags and help; the work is in `accounts`."""

from __future__ import annotations

import click

from app.cli.parameters import account_argument, examples
from app.cli.session import Session, pass_session, reaching, shared


@click.group(
    "account",
    no_args_is_help=False,
    epilog=examples(
        "leatops account add shop",
        "leatops account list",
        "leatops account use shop",
    ),
)
@shared
def command() -> None:
    """Save, list, choose and forget accounts.

    A token is kept in the keyring of this machine, else in a file that only you can read. LEAT_API_KEY and
    LEAT_BASE_URL go before the account in use; --account goes before both.
    """


@command.command(
    "add",
    epilog=examples(
        "leatops account add shop",
        "pass show leat | leatops account add shop --token-stdin",
    ),
)
@click.argument("name")
@click.option("--base-url", metavar="URL", default="https://api.piggy.eu", show_default=True, help="The server.")
@click.option("--token-stdin", is_flag=True, help="Read the token from stdin instead of asking for it.")
@click.option("--no-check", is_flag=True, help="Save it without asking the server whether the token is good.")
@shared
@reaching
@pass_session
def add(session: Session, /, name: str, *, base_url: str, token_stdin: bool, no_check: bool) -> int:
    """Save an account; its token is asked for, never given on the command line."""
    from app.cli.accounts import add as save  # noqa: PLC0415 - loads the engine

    return save(session, name, base_url, token_stdin=token_stdin, check=not no_check)


@command.command(
    "list",
    epilog=examples(
        "leatops account list --json",
    ),
)
@shared
@pass_session
def list_accounts(session: Session) -> int:
    """List the saved accounts; tokens are never shown."""
    from app.cli.accounts import listed  # noqa: PLC0415 - loads the engine

    return listed(session)


@command.command(
    "use",
    epilog=examples(
        "leatops account use shop",
    ),
)
@account_argument
@shared
@pass_session
def use(session: Session, /, name: str) -> int:
    """Choose the account that commands work with."""
    from app.cli.accounts import use as choose  # noqa: PLC0415 - loads the engine

    return choose(session, name)


@command.command(
    "remove",
    epilog=examples(
        "leatops account remove shop",
    ),
)
@account_argument
@shared
@pass_session
def remove(session: Session, /, name: str) -> int:
    """Forget an account and its token; nothing changes on the server."""
    from app.cli.accounts import remove as forget  # noqa: PLC0415 - loads the engine

    return forget(session, name)
