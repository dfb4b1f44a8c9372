"""Options that several commands have. What is heavy is imported when a command runs."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kinpay_server.config import Settings

Function = Callable[..., Any]

config_file = click.option(
    "-c",
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="INI file; without it, settings come from the environment alone.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
limit = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many."
)


def with_settings(command: Function) -> Function:
    """Gives a command the option `-c`, and what is configured as its first argument."""

    @config_file
    @functools.wraps(command)
    def configured(config_file: Path | None, **more: Any) -> Any:
        return command(settings(config_file), **more)

    return configured


def settings(config_file: Path | None, *, read_seed: bool = True) -> Settings:
    """What is configured; `read_seed` as `config.load` has it. Wrong configuration ends the command with status 1."""
    from kinpay_server import config

    try:
        return config.load(config_file, os.environ, read_seed=read_seed)
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from None
