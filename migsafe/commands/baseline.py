"""`migsafe baseline`: accept what is found today, so that only new findings are reported."""

from __future__ import annotations

from pathlib import Path

import click

from migsafe.baseline import FILE_NAME, Baseline, load, of_report, pruned, render
from migsafe.commands import options
from migsafe.commands.running import (
    against_baseline,
    cache_of,
    for_server,
    judge,
    known_of,
    live_of,
    settings_of,
    write_file,
)
from migsafe.config import Settings
from migsafe.model.report import Report
from migsafe.outputs.summary import counted
from migsafe.sources.collect import Request, collect


@click.command(epilog="Example: migsafe baseline migrations/")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@options.target
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"The file to write; default: the setting 'baseline', or {FILE_NAME}.",
)
@click.option("--prune", is_flag=True, help="Accept nothing new: only take out what no longer occurs.")
@options.configuration
def command(
    paths: tuple[str, ...],
    *,
    dialect: str | None,
    target_version: str | None,
    schema: str | None,
    output: Path | None,
    prune: bool,
    config: Path | None,
    isolated: bool,
) -> None:
    """Write the findings of today to a file; `migsafe check --baseline FILE` then reports new ones only.

    Findings are known by what they are about, not by their line. The file belongs into version control.
    """
    flags = {"dialect": dialect, "target_version": target_version, "schema": schema}
    loaded = settings_of(flags, config=config, isolated=isolated)
    live = known_of(loaded.settings, isolated=isolated)
    settings = for_server(loaded, live)
    file = output or Path(settings.baseline or FILE_NAME)
    known = load(file) if prune else None
    cache = cache_of(settings)
    report = judge(
        collect(Request(root=Path.cwd(), paths=paths), settings, cache, live_of(live, settings)), settings, live
    )
    kept = of_report(report) if known is None else _without_stale(known, report, settings)
    write_file(file, render(kept))
    click.echo(f"{file}: {_sentence(kept, known)}")
    if known is None and settings.baseline is None:
        click.echo(f'next     baseline = "{file}" in the settings, or migsafe check --baseline {file}')


def _without_stale(known: Baseline, report: Report, settings: Settings) -> Baseline:
    return pruned(known, against_baseline(report, known, settings).stale)


def _sentence(kept: Baseline, known: Baseline | None) -> str:
    accepted = f"{counted(len(kept.entries), 'finding')} accepted"
    if known is None:
        return f"{accepted}."
    gone = len(known.entries) - len(kept.entries)
    return f"{accepted}, {gone} taken out that no longer {'occurs' if gone == 1 else 'occur'}."
