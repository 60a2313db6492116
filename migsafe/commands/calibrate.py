"""`migsafe calibrate`: measure how fast a server is, so that predicted times are this machine's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from migsafe.config import environment
from migsafe.errors import SetupError
from migsafe.model.constants import Constants
from migsafe.outputs import calibration as output
from migsafe.statistics.calibration import default_path, store


@click.command(epilog="Example: migsafe calibrate --output calibration.json")
@click.option("--pg-bin", type=click.Path(path_type=Path, file_okay=False), help="Folder with postgres and initdb.")
@click.option("--database-url-env", metavar="NAME", help="Measure in the database that this variable names instead.")
@click.option("--yes", is_flag=True, help="Do not ask before a schema is created in that database.")
@click.option(
    "--output",
    "output_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    *, pg_bin: Path | None, database_url_env: str | None, yes: bool, output_file: Path | None, quiet: bool
) -> int:
    """Measure the speeds that predicted times are made of, in under two minutes.

    A scratch server is started for it and removed at the end. With --database-url-env a schema is created in a
    database of yours, which works for a minute as hard as it can, and dropped at the end.
    """
    path = output_file or default_path(environment())
    if path is None:
        raise SetupError("there is no home directory to keep the calibration in", "name a file with --output")
    found = _measured(pg_bin, database_url_env, yes, _teller(quiet))
    store(found, path)
    if not quiet:
        use = "It is used from now on." if output_file is None else "Use it with --calibration FILE."
        click.echo(f"{output.render(found)}\nWritten to {path}. {use}\n", nl=False)
    return 0


def _measured(pg_bin: Path | None, url_env: str | None, yes: bool, say: Callable[[str], None]) -> Constants:
    from migsafe.verify.calibrating import database_name, in_database, on_scratch_server

    if url_env is None:
        return on_scratch_server(pg_bin, say)
    if pg_bin is not None:
        raise SetupError("--pg-bin and --database-url-env exclude each other", "name one of them")
    if not yes:
        _confirm(database_name(url_env, environment()))
    return in_database(url_env, say, environment())


def _confirm(database: str) -> None:
    """The default is no, and so is everything that is no terminal."""
    from migsafe.text.masking import printable

    if not sys.stdin.isatty():
        raise SetupError("a schema would be created in the database", "confirm with --yes")
    question = f"Create a schema in the database {printable(database)}, use it for about a minute and drop it?"
    click.confirm(question, abort=True, err=True)


def _teller(quiet: bool) -> Callable[[str], None]:
    def say(what: str) -> None:
        if not quiet:
            click.echo(f"{what} ...", err=True)

    return say
