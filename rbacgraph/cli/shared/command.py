"""Commands with their help in panels and their errors in a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from rbacgraph.cli.shared.error_handling import guarded, reader_may_leave
from rbacgraph.cli.shared.options import INPUT, LIVE


class Command(click.Command):
    """A command with its options in panels and its errors in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Answer."""
        with guarded():
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each panel."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                panels.setdefault(_panel(parameter), []).append(record)
        for title, records in panels.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _panel(parameter: click.Option) -> str:
    panels = {**dict.fromkeys(INPUT, "Input"), **dict.fromkeys(LIVE, "Live cluster")}
    return panels.get(parameter.name or "", "Options")


class CommandGroup(click.Group):
    """Commands in panels.

    ``panels``: the names of commands by the title of their panel.
    """

    def __init__(self, panels: Mapping[str, Sequence[str]], **settings: Any) -> None:
        super().__init__(**settings)
        self._panels = panels

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Parse the group's own options, which may print."""
        with reader_may_leave():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, which may print its help."""
        with reader_may_leave():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write each panel."""
        widest = max(map(len, self.commands))
        for title, names in self._panels.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(widest), self.commands[name].short_help or "") for name in names]
                )
