"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from migsafe.model.record import KeywordRecord
from migsafe.setting_values import Value

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


def sizes(command: F) -> F:
    """How big and how busy the tables are, and what that is held against."""
    return _applied(
        command,
        click.option("--stats", multiple=True, metavar="FILE", help="Sizes from 'migsafe snapshot'; may be repeated."),
        click.option(
            "--database-url-env", metavar="NAME", help="Take the sizes of the database whose URL this variable holds."
        ),
        click.option("--growth", type=float, metavar="N", help="How many times its size a table may reach (3)."),
        click.option("--max-blocking", metavar="TIME", help="How long reads or writes may be blocked, such as 500ms."),
        click.option("--calibration", metavar="FILE", help="Speeds from 'migsafe calibrate'."),
    )


class Sizes(KeywordRecord):
    """The values of the options of `sizes`."""

    stats: tuple[str, ...]
    database_url_env: str | None
    growth: float | None
    max_blocking: str | None
    calibration: str | None

    @property
    def flags(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in self.fields}


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
