"""A group whose commands are imported when they run, and not before, so that `kinpay --help` is quick."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.exceptions import NoSuchCommand


class Later(NamedTuple):
    """Where a command is, and what the group's help says of it."""

    module: str
    name: str
    help: str


class LazyGroup(click.Group):
    """Takes `later`, commands by name, and `sections` of the help, which name every command once, in order."""

    def __init__(
        self, *args: Any, later: Mapping[str, Later], sections: Mapping[str, Sequence[str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._later = later
        self._sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, nothing imported."""
        return [name for names in self._sections.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now; None when there is none of that name."""
        later = self._later.get(cmd_name)
        if later is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(later.module), later.name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion that knows all names."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand:
            raise NoSuchCommand(str(args[0]), possibilities=self.list_commands(ctx), ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of the help, nothing imported."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:{width}}", self._help_of(ctx, name)) for name in names])

    def _help_of(self, ctx: click.Context, name: str) -> str:
        later = self._later.get(name)
        if later is not None:
            return later.help
        command = super().get_command(ctx, name)
        return command.get_short_help_str(100) if command else ""
