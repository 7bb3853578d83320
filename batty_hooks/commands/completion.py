"""batty-hooks completion: what a shell needs to complete the commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from batty_hooks.errors import OUR_BUG, FatalError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    In ~/.bashrc, say: eval "$(batty-hooks completion bash)"
    """
    script = get_completion_class(shell)
    if script is None:
        raise FatalError(
            f"click knows no completion for {shell}", "batty-hooks completion bash  (or zsh, or fish)", OUR_BUG
        )
    root = context.find_root().command
    click.echo(script(root, {}, "batty-hooks", "_BATTY_HOOKS_COMPLETE").source())
