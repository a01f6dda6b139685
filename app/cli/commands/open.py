"""`leatops [FILE]`: the terminal app; the work is in `opening`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.session import Session, pass_session, reaching, shared


@click.command("open", hidden=True)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@shared
@reaching
@pass_session
def command(session: Session, file: Path | None) -> int:
    """The terminal app, on a file when one is given."""
    from app.cli.opening import open_app  # noqa: PLC0415 - loads the engine

    return open_app(session, file)
