"""`migsafe check`: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from migsafe.baseline import load
from migsafe.commands import options
from migsafe.commands.running import (
    FORMATS,
    against_baseline,
    cache_of,
    check_formats,
    emit,
    exit_code,
    for_server,
    judge,
    known_of,
    live_of,
    settings_of,
)
from migsafe.config import Settings
from migsafe.outputs.settings import render as render_settings
from migsafe.sources.collect import Request, collect, list_files
from migsafe.statistics.known import Known


@click.command(epilog="Example: migsafe check migrations/ --target-version 16")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@options.target
@options.sizes
@click.option("--since", metavar="REV", help="Judge the migrations that changed since this git revision.")
@click.option("--select", multiple=True, metavar="RULE", help="Run these rules only: code, prefix or name.")
@click.option("--extend-select", multiple=True, metavar="RULE", help="Run these rules as well.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Do not run these rules.")
@click.option(
    "--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Leave out the findings that this file accepts."
)
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="Least severity for exit code 1.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--output-format", multiple=True, metavar="FORMAT[:FILE]", help=f"{', '.join(FORMATS)}; may be repeated.")
@click.option("--stdin-filename", metavar="NAME", help="The name of what '-' reads.")
@click.option(
    "--transaction",
    type=click.Choice(["file", "none"]),
    help="Whether each file runs in one transaction, where its tool does not tell.",
)
@click.option(
    "--jobs", type=click.IntRange(min=0), metavar="N", help="Processes that read files; one is best on few processors."
)
@click.option(
    "--render",
    metavar="PYTHON",
    help="Judge what 'alembic upgrade --sql' or 'manage.py sqlmigrate' prints when this interpreter runs it for the "
    "migrations in focus. This executes code of the project: env.py or settings, models, migrations.",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
@click.option("--show-settings", is_flag=True, help="Print every setting with its origin, and stop.")
@click.option("--show-files", is_flag=True, help="Print the migrations in order, and stop.")
@options.configuration
@click.option("-q", "--quiet", is_flag=True, help="Print nothing when nothing was found.")
@click.option("-v", "--verbose", is_flag=True, help="Print every note about files that were left out.")
def command(
    paths: tuple[str, ...],
    *,
    dialect: str | None,
    target_version: str | None,
    schema: str | None,
    stats: tuple[str, ...],
    database_url_env: str | None,
    growth: float | None,
    max_blocking: str | None,
    calibration: str | None,
    since: str | None,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: str | None,
    fail_on: str | None,
    exit_zero: bool,
    output_format: tuple[str, ...],
    stdin_filename: str | None,
    transaction: str | None,
    jobs: int | None,
    render: str | None,
    no_cache: bool,
    show_settings: bool,
    show_files: bool,
    config: Path | None,
    isolated: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Say what the migrations in PATHS will do, and what to do instead.

    PATHS are files, folders or ids of migrations; '-' reads one file from standard input. Without them the
    migration folders of the project are found.
    """
    sizes = options.Sizes(
        stats=stats,
        database_url_env=database_url_env,
        growth=growth,
        max_blocking=max_blocking,
        calibration=calibration,
    )
    flags = {
        **sizes.flags,
        "dialect": dialect,
        "target_version": target_version,
        "schema": schema,
        "select": select,
        "extend_select": extend_select,
        "ignore": ignore,
        "baseline": baseline,
        "fail_on": fail_on,
        "output_format": output_format,
        "transaction": transaction,
        "jobs": jobs,
        "cache": False if no_cache else None,
    }
    loaded = settings_of(flags, config=config, isolated=isolated)
    settings = loaded.settings
    if show_settings:
        click.echo(render_settings(loaded), nl=False)
        return 0
    check_formats(settings.output_format)
    request = Request(
        root=Path.cwd(), paths=paths, since=since, stdin_filename=stdin_filename, verbose=verbose, render=render
    )
    if show_files:
        click.echo(list_files(request, settings), nl=False)
        return 0
    live = known_of(settings, isolated=isolated)
    return _check(request, for_server(loaded, live), live, quiet=quiet, exit_zero=exit_zero)


def _check(request: Request, settings: Settings, live: Known, *, quiet: bool, exit_zero: bool) -> int:
    cache = cache_of(settings)
    accepted = load(Path(settings.baseline)) if settings.baseline is not None else None
    report = judge(collect(request, settings, cache, live_of(live, settings)), settings, live)
    if accepted is not None:
        report = against_baseline(report, accepted, settings).report
    emit(report, settings.output_format, quiet=quiet)
    return 0 if exit_zero else exit_code(report, settings.fail_on)
