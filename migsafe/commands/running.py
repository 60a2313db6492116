"""From what was collected to a report, and from a report to what is printed: what the commands share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import click

from migsafe.assemble import Materials, assemble
from migsafe.baseline import Baseline, Compared, compared
from migsafe.cache import NO_CACHE, Cache, user_cache
from migsafe.check import Pipeline, together
from migsafe.config import NEWEST_KNOWN, Loaded, Settings, environment, load
from migsafe.errors import SetupError, did_you_mean
from migsafe.model.findings import Finding, Place, Severity
from migsafe.model.report import Report, TargetReport
from migsafe.model.text import Span
from migsafe.plans.writers import write_remedy
from migsafe.rules.base import Rule
from migsafe.rules.joining import joined
from migsafe.rules.ms007_internal_error import rule as internal_error
from migsafe.rules.ms206_integer_key_near_overflow import check as keys_that_end
from migsafe.rules.ms206_integer_key_near_overflow import keys_running_out
from migsafe.rules.ms720_schema_drift import finding as schema_drift
from migsafe.rules.registry import outlined
from migsafe.rules.selection import matching, select
from migsafe.rules.target import Target
from migsafe.setting_values import OLDEST_KNOWN, Value
from migsafe.sources.collect import Collected
from migsafe.sources.pending import Live
from migsafe.statistics.known import Known, known
from migsafe.suppressions import Rulebook, apply, at_most, suppressions
from migsafe.text.durations import in_words, seconds

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")


def settings_of(flags: Mapping[str, Value], *, config: Path | None, isolated: bool) -> Loaded:
    """The settings of a command, from its flags and its surroundings."""
    return load(flags, start=Path.cwd(), environment=environment(), file=config, isolated=isolated)


def known_of(settings: Settings, *, isolated: bool = False) -> Known:
    """Sizes, traffic and speeds as the settings name them; in isolation without the user's own calibration."""
    return known(settings, {} if isolated else environment(), datetime.now(tz=UTC))


def judge(collected: Collected, settings: Settings, live: Known | None = None) -> Report:
    """Run the pipeline over what was collected, and assemble its report. `live` is read here when it is not given."""
    live = known_of(settings) if live is None else live
    book = _book(settings)
    chosen = _chosen(settings)
    versions = tuple(min(version, NEWEST_KNOWN) for version in settings.target_version)
    pipeline = Pipeline(_asked(book, chosen, collected), _target(settings, live, versions[0]), versions)
    checked = zip(collected.histories, collected.bases, strict=True)
    judged = together([pipeline.check(history, base) for history, base in checked])
    rulebook = Rulebook(rule.info for rule in book)
    found = (*judged.findings, *_drift(collected))
    findings = apply(found, collected.focus, rulebook, datetime.now(tz=UTC).date())
    kept = joined(_kept(findings, settings, book, chosen))
    reported = {finding.relation for finding in kept if finding.code == keys_that_end.info.code}
    more = (*keys_running_out(live.statistics, reported), *_outlasting(kept))
    return assemble(judged, kept, _materials(collected, settings, live.replace(notes=(*live.notes, *more))))


def _asked(book: Sequence[Rule], chosen: Sequence[Rule], collected: Collected) -> tuple[Rule, ...]:
    """The rules that run: also those that are ignored, because what they explain stays explained. Advice that nobody
    has chosen explains nothing; it is asked for only where a comment suppresses it, which would else seem unused."""
    selected = {rule.info.code for rule in chosen}
    named = {word for migration in collected.focus for each in suppressions(migration) for word in each.codes}
    kept = {word.upper() for word in named} | named
    return tuple(
        rule
        for rule in book
        if rule.info.default or rule.info.code in selected or rule.info.code in kept or rule.info.name in kept
    )


def _target(settings: Settings, live: Known, version: int) -> Target:
    return Target(
        version=version,
        session_lock_timeout=settings.session_lock_timeout,
        session_statement_timeout=settings.session_statement_timeout,
        max_blocking=settings.max_blocking,
        growth=settings.growth,
        pool_size=settings.pool_size,
        statistics=live.statistics,
        constants=live.constants,
    )


def for_server(loaded: Loaded, known: Known) -> Settings:
    """The settings, with what the snapshot says of the server where they say nothing: its version, and the timeouts
    that every session of the database gets."""
    found = {**_version(known), **_timeouts(known)}
    origins = {key.replace("-", "_"): origin for key, origin in loaded.origins}
    return loaded.settings.replace(**{key: value for key, value in found.items() if origins[key] == "default"})


def _version(known: Known) -> dict[str, tuple[int, ...]]:
    major = known.statistics.server.version
    return {"target_version": (major,)} if major is not None and major >= OLDEST_KNOWN else {}


def _timeouts(known: Known) -> dict[str, float]:
    """Of ALTER DATABASE … SET. What single roles have is not told: which role deploys, nobody knows."""
    everybody = {each.name: each.value for each in known.statistics.server.role_settings if each.role is None}
    lengths = {name: seconds(everybody[name], unit="ms") for name in _TIMEOUTS if name in everybody}
    return {f"session_{name}": length for name, length in lengths.items() if length}


_TIMEOUTS = ("lock_timeout", "statement_timeout")


def live_of(known: Known, settings: Settings) -> Live:
    """What the snapshot says about the history: applied versions, and the schema when it has one."""
    if known.snapshot.catalog is None:
        return Live(known.statistics.applied)
    from migsafe.statistics.kept import schema_at_hand

    return Live(known.statistics.applied, partial(schema_at_hand, known.snapshot, cache_of(settings)))


def _drift(collected: Collected) -> Iterator[Finding]:
    members = {migration.key: migration for migration in collected.focus}
    for key, differences in collected.drift:
        yield schema_drift(differences, Place(members[key].path, Span(0, 0)), key)


def _outlasting(findings: Sequence[Finding]) -> Iterator[str]:
    """One sentence when transactions like those at capture run longer than a lock_timeout."""
    for finding in findings:
        wait = finding.impact.lock_wait if finding.impact is not None else None
        if wait is None or isinstance(wait.limit, bool) or wait.longest is None or wait.longest <= wait.limit:
            continue
        yield (
            f"The longest transaction at capture had run for {in_words(wait.longest)}: behind one like it the"
            f" lock_timeout strikes after {in_words(wait.limit)}, and the migration has to be tried again."
        )
        return


def _book(settings: Settings) -> tuple[Rule, ...]:
    return outlined(cache_of(settings))


def cache_of(settings: Settings) -> Cache:
    """The user's cache, or one that keeps nothing when the settings say so."""
    return user_cache(environment()) if settings.cache else NO_CACHE


def _chosen(settings: Settings) -> tuple[Rule, ...]:
    return select(_book(settings), only=settings.select, besides=settings.extend_select, ignored=settings.ignore)


def against_baseline(report: Report, baseline: Baseline, settings: Settings) -> Compared:
    """The report with what the baseline accepts marked, and a note on entries that nothing stands for any more."""
    result = compared(report, baseline, [rule.info.code for rule in _chosen(settings)])
    if not result.stale:
        return result
    which = "entry of the baseline no longer occurs" if len(result.stale) == 1 else "entries no longer occur"
    note = f"{len(result.stale)} {which}: take them out with migsafe baseline --prune."
    return result.replace(report=result.report.replace(notes=(*result.report.notes, note)))


def _kept(
    findings: Sequence[Finding], settings: Settings, known: Sequence[Rule], chosen: Sequence[Rule]
) -> tuple[Finding, ...]:
    """Without those of rules that do not run, in general or on their file."""
    codes = {rule.info.code for rule in chosen} | {internal_error.info.code}
    ignored = [
        (pattern, {code for word in words for code in matching(known, word)})
        for pattern, words in settings.per_file_ignores
    ]
    return tuple(
        at_most(finding, settings.per_file_severity)
        for finding in findings
        if finding.code in codes
        and not any(finding.code in rule_codes and fnmatch(finding.place.path, p) for p, rule_codes in ignored)
    )


def _materials(collected: Collected, settings: Settings, live: Known) -> Materials:
    newest = max(settings.target_version)
    notes = [*collected.notes, *live.notes]
    if newest > NEWEST_KNOWN:
        notes.append(f"PostgreSQL {newest} is newer than the newest known version and is treated as {NEWEST_KNOWN}.")
    version = ",".join(str(v) for v in settings.target_version)
    return Materials(
        histories=collected.histories,
        sources=collected.sources,
        target=TargetReport(settings.dialect, version, live.report),
        notes=tuple(notes),
        write=write_remedy,
    )


def emit(report: Report, formats: Sequence[str], *, quiet: bool = False) -> None:
    """Print the report or write it to files: each entry is FORMAT or FORMAT:FILE."""
    for entry in formats:
        name, _, file = entry.partition(":")
        if file:
            write_file(Path(file), render(report, name))
        elif not (quiet and report.verdict == "pass" and name in ("text", "concise")):
            click.echo(_for_terminal(report, name), nl=False)


def check_formats(formats: Sequence[str]) -> None:
    """Raises SetupError for an unknown format, before any work is done."""
    for entry in formats:
        name = entry.partition(":")[0]
        if name not in FORMATS:
            raise SetupError(f"there is no output format '{name}'", did_you_mean(name, FORMATS))


def write_file(path: Path, text: str) -> None:
    """Raises SetupError when the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}", "choose another file") from error


def render(report: Report, name: str) -> str:
    """The report in a format, without colour."""
    from importlib import import_module

    rendered: str = import_module(f"migsafe.outputs.{name}").render(report)
    return rendered


def _for_terminal(report: Report, name: str) -> str:
    if name != "text" or not sys.stdout.isatty():
        return render(report, name)
    import shutil

    from migsafe.outputs.text import render as plain
    from migsafe.outputs.text import render_colour

    width = shutil.get_terminal_size().columns
    return plain(report, width=width) if environment().get("NO_COLOR") else render_colour(report, width=width)


def exit_code(report: Report, fail_on: str) -> int:
    """2 when a step of migsafe failed, 1 when a finding at or above the limit counts, else 0."""
    if any(entry.finding.code == internal_error.info.code for entry in report.findings):
        return 2
    failing = {
        "error": (Severity.ERROR,),
        "warning": (Severity.ERROR, Severity.WARNING),
        "never": (),
    }[fail_on]
    return 1 if any(report.count(severity) for severity in failing) else 0
