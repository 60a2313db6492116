"""`migsafe snapshot`: the only command that reads a live database without being asked for another job."""

from __future__ import annotations

from pathlib import Path

import click

from migsafe.outputs.progress import progress
from migsafe.outputs.snapshot import render
from migsafe.statistics.file import FILE_NAME, existing, save, written


@click.command(epilog="Example: migsafe snapshot --database-url-env DATABASE_URL")
@click.option(
    "--database-url-env",
    metavar="NAME",
    help="The environment variable that holds the URL of the database. Without it libpq's own settings count: "
    "PGHOST and its kin, the service file, the password file.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False),
    default=FILE_NAME,
    show_default=True,
    metavar="FILE",
    help="The file to write or to bring up to date; '-' is standard output.",
)
@click.option(
    "--sample",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Take reads and writes per second from two looks this far apart, not from since the statistics were reset.",
)
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Only this schema; may be repeated.")
def command(*, database_url_env: str | None, output: str, sample: float | None, schemas: tuple[str, ...]) -> int:
    """Write down how large and how busy the tables of a live PostgreSQL database are, with its schema.

    Catalogs and statistics are read, never the rows of a table (the version table of the migration tool
    excepted). Nothing waits for a lock: what is locked is left out and said. A role that may only connect is
    enough; pg_read_all_stats shows more.
    """
    from migsafe.statistics.live import capture

    to_file = output != "-"
    earlier = existing(Path(output)) if to_file else None  # a wrong file is said before the work, not after it
    with progress("snapshot") as heard:
        snapshot = capture(database_url_env, schemas=schemas, sample=sample, progress=heard)
    if to_file:
        save(Path(output), snapshot, earlier)
    else:
        click.echo(written(snapshot), nl=False)
    click.echo(render(snapshot, output), nl=False, err=not to_file)
    return 0
