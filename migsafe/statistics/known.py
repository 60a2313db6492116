"""All that a run knows about the live database: snapshots, figures by hand, and the speed of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from migsafe.config import Settings
from migsafe.model.constants import DEFAULTS, Constants
from migsafe.model.record import KeywordRecord
from migsafe.model.report import StatisticsReport
from migsafe.model.statistics import NO_STATISTICS, Statistics
from migsafe.statistics.by_hand import with_given
from migsafe.statistics.snapshot import NO_SNAPSHOT, Snapshot
from migsafe.text.durations import in_words

_SHOWN = 3  # sentences about what the snapshot did not see


class Known(KeywordRecord):
    """`statistics` are those of the snapshot under the figures by hand. `report` is None when there is nothing."""

    snapshot: Snapshot = NO_SNAPSHOT
    statistics: Statistics = NO_STATISTICS
    constants: Constants = DEFAULTS
    report: StatisticsReport | None = None
    notes: tuple[str, ...] = ()


NOTHING = Known()


def known(settings: Settings, environment: Mapping[str, str], now: datetime) -> Known:
    """What the settings name, read. Raises SetupError for a file or a database that cannot be read."""
    snapshot = _snapshot(settings)
    statistics = with_given(snapshot.statistics, settings)
    if statistics is NO_STATISTICS:
        return NOTHING
    constants = _constants(settings, environment)
    return Known(
        snapshot=snapshot,
        statistics=statistics,
        constants=constants,
        report=_report(snapshot, statistics, constants, settings).replace(age_days=_age(statistics, now)),
        notes=tuple(_notes(snapshot, settings, now)),
    )


def _snapshot(settings: Settings) -> Snapshot:
    """Of the files and of the database; with neither nothing is loaded."""
    if not settings.stats and settings.database_url_env is None:
        return NO_SNAPSHOT
    from migsafe.statistics.file import load
    from migsafe.statistics.merge import merge

    if settings.database_url_env is None:
        return load(settings.stats)
    from migsafe.statistics.live import capture

    live = capture(settings.database_url_env)
    files = [load([path]) for path in settings.stats]
    earlier = [file for file in files if file.databases == live.databases]
    others = [file for file in files if file.databases != live.databases]
    return merge([*others, _up_to_date(merge(earlier), live) if earlier else live])


def _up_to_date(earlier: Snapshot, live: Snapshot) -> Snapshot:
    """What a file says of the same database is older: what is applied, and the schema, are the live ones. The file's
    figures stay while they hardly changed, so that a gate that looks at the database does not flap."""
    from migsafe.statistics.tidy import settled, tidy

    statistics = settled(earlier.statistics, tidy(live.statistics))
    return live.replace(statistics=statistics, files=earlier.files)


def _constants(settings: Settings, environment: Mapping[str, str]) -> Constants:
    """The calibration that is named, else the user's own, else the defaults."""
    from migsafe.statistics.calibration import default_path, load_constants

    if settings.calibration is not None:
        return load_constants(Path(settings.calibration))
    own = default_path(environment)
    return load_constants(own) if own is not None and own.is_file() else DEFAULTS


def _report(snapshot: Snapshot, statistics: Statistics, constants: Constants, settings: Settings) -> StatisticsReport:
    sources = [*snapshot.files]
    if settings.database_url_env is not None:
        sources.append(f"the database of ${settings.database_url_env}")
    if settings.tables or settings.small_tables:
        sources.append("settings")
    return StatisticsReport(
        captured_at=statistics.captured_at,
        sources=tuple(sources),
        databases=snapshot.databases,
        tables=len(statistics.tables),
        growth=settings.growth,
        max_blocking=settings.max_blocking,
        calibration=None if constants is DEFAULTS else (constants.machine.description or "a calibration"),
        unseen=statistics.unseen,
    )


def _age(statistics: Statistics, now: datetime) -> int | None:
    captured = _moment(statistics.captured_at)
    return None if captured is None else max((now - captured).days, 0)


def _notes(snapshot: Snapshot, settings: Settings, now: datetime) -> Iterator[str]:
    captured = _moment(snapshot.statistics.captured_at)
    if captured is not None and now - captured > timedelta(seconds=settings.stats_max_age):
        age = in_words(settings.stats_max_age)
        yield f"The sizes are of {captured:%Y-%m-%d}, more than {age} ago: take a new one with migsafe snapshot."
    unseen = snapshot.statistics.unseen
    yield from unseen[:_SHOWN]
    if len(unseen) > _SHOWN:
        yield f"{len(unseen) - _SHOWN} more things that the snapshot did not see; they count as unknown."


def _moment(text: str | None) -> datetime | None:
    """None for what is no date; a snapshot is not trusted."""
    try:
        found = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found is not None else None
