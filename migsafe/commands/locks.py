"""`migsafe locks "SQL"`: what a statement would do, without a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from migsafe.commands import options
from migsafe.commands.running import for_server, judge, known_of, live_of, render, settings_of
from migsafe.model.report import Report
from migsafe.outputs import locks as output
from migsafe.sources.collect import Request, collect_text


@click.command(epilog='Example: migsafe locks "ALTER TABLE users ALTER COLUMN email SET NOT NULL"')
@click.argument("sql")
@options.target
@options.sizes
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.configuration
def command(
    sql: str,
    *,
    dialect: str | None,
    target_version: str | None,
    schema: str | None,
    stats: tuple[str, ...],
    database_url_env: str | None,
    growth: float | None,
    max_blocking: str | None,
    calibration: str | None,
    output_format: str,
    config: Path | None,
    isolated: bool,
) -> int:
    """Show which locks SQL takes, who waits, and what work is done under them.

    Each statement is looked at by itself; '-' reads the SQL from standard input.
    """
    sizes = options.Sizes(
        stats=stats,
        database_url_env=database_url_env,
        growth=growth,
        max_blocking=max_blocking,
        calibration=calibration,
    )
    target = {"dialect": dialect, "target_version": target_version, "schema": schema}
    flags = {**target, **sizes.flags, "transaction": "none"}
    loaded = settings_of(flags, config=config, isolated=isolated)
    live = known_of(loaded.settings, isolated=isolated)
    settings = for_server(loaded, live)
    text = sys.stdin.read() if sql == "-" else sql
    report = judge(collect_text(text, Request(root=Path.cwd()), settings, live_of(live, settings)), settings, live)
    click.echo(_shown(report, output_format), nl=False)
    return _code(report)


def _shown(report: Report, output_format: str) -> str:
    return render(report, "json") if output_format == "json" else output.render(report)


def _code(report: Report) -> int:
    """2 when there is nothing to show, because the SQL could not be read; this command judges nothing."""
    return 2 if not report.statements else 0
