"""`leatops completion`: the shell's script, made by click."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from app.cli import COMPLETE
from app.cli.parameters import examples
from app.cli.session import Session, pass_session, shared


@click.command(
    "completion",
    epilog=examples(
        "leatops completion bash >> ~/.bashrc",
        "leatops completion zsh >> ~/.zshrc",
        "leatops completion fish > ~/.config/fish/completions/leatops.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@shared
@pass_session
def command(session: Session, /, shell: str) -> int:
    """Print the script that completes commands in your shell.

    Commands, flags, jobs, runs and saved accounts are completed.
    """
    kind = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}.")
    script = kind(root, {}, "leatops", COMPLETE).source()
    if session.json:
        session.out.document({"shell": shell, "script": script})
    else:
        click.echo(script)
    return 0
