"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])


def target(command: F) -> F:
    """What the predictions are for."""
    return _applied(
        command,
        click.option("--dialect", type=click.Choice(["postgresql"]), help="The database."),
        click.option("--target-version", metavar="N[,N]", help="Major version of the server, such as 16 or 14,17."),
        click.option(
            "--schema",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="SQL script that builds the schema before the first migration.",
        ),
    )


def configuration(command: F) -> F:
    """Where settings come from."""
    return _applied(
        command,
        click.option(
            "--config", type=click.Path(path_type=Path, dir_okay=False), help="Read settings from this file only."
        ),
        click.option("--isolated", is_flag=True, help="Read no configuration file and no MIGSAFE_ variables."),
    )


def _applied(command: F, *options: Callable[[F], F]) -> F:
    for option in reversed(options):
        command = option(command)
    return command
