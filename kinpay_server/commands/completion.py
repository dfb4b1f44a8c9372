"""`kinpay completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what SHELL needs to complete kinpay's commands and options.

    \b
    Examples:
      bash: echo 'eval "$(kinpay completion bash)"' >> ~/.bashrc
      zsh:  echo 'eval "$(kinpay completion zsh)"' >> ~/.zshrc
      fish: kinpay completion fish > ~/.config/fish/completions/kinpay.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"this click knows nothing of {shell}")
    click.echo(kind(context.find_root().command, {}, "kinpay", "_KINPAY_COMPLETE").source())
