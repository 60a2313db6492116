"""The only reader of a live database: catalogs and statistics views, read-only, without waiting for any table.

The order is the promise: what needs no lock of a user's relation comes first, then definition texts in small batches
(`definitions.py`), then the version tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from migsafe.errors import SetupError
from migsafe.model.names import Name
from migsafe.model.statistics import Statistics
from migsafe.statistics.activity import Activity, granted, read_activity
from migsafe.statistics.assemble import catalog_of, wanted
from migsafe.statistics.definitions import Definitions, held_relations, read_definitions
from migsafe.statistics.programs import Programs, read_programs
from migsafe.statistics.raw import SequenceRow, Structure
from migsafe.statistics.selection import selected, selected_structure
from migsafe.statistics.sequences import last_values, read_sequences, sequence_statistics
from migsafe.statistics.session import LockedError, RefusedError, Session, connected
from migsafe.statistics.sizes import (
    Pace,
    Sizes,
    read_column_statistics,
    read_counters,
    table_statistics,
)
from migsafe.statistics.snapshot import Snapshot
from migsafe.statistics.structure import read_structure
from migsafe.statistics.versions import Applied, read_applied

Progress = Callable[[str, int, int], None]
"""Hears what is done, how many of how many steps of it are done; (…, 0, 0) when that is not counted."""

_LISTED: Final = 20  # names in one sentence about what was not seen


def no_progress(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def capture(
    url_env: str | None = None,
    *,
    schemas: tuple[str, ...] = (),
    sample: float | None = None,
    progress: Progress = no_progress,
    environment: Mapping[str, str] | None = None,
) -> Snapshot:
    """A snapshot of the database that the environment variable `url_env` or libpq's own settings name.

    `schemas` leaves out all others; `sample` takes rates from two looks that many seconds apart, instead of from
    the beginning of the statistics. Raises SetupError when there is no psycopg, no connection, or no answer.
    """
    with connected(url_env, environment) as session:
        try:
            return _captured(session, schemas, sample, progress)
        except LockedError as error:
            raise SetupError("somebody holds a lock on the server's catalogs", "try again later") from error
        except RefusedError as error:
            raise SetupError(f"the server did not answer: {error}", "try again, or with another role") from error


class _Findings(NamedTuple):
    structure: Structure
    programs: Programs
    sequences: list[SequenceRow]
    definitions: Definitions
    pace: Pace


def _captured(session: Session, schemas: tuple[str, ...], sample: float | None, progress: Progress) -> Snapshot:
    captured_at = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    progress("counters", 0, 0)
    first, started = (read_counters(session), time.monotonic()) if sample is not None else (None, 0.0)
    held = held_relations(session)
    structure = selected_structure(read_structure(session, lambda what: progress(what, 0, 0)), schemas)
    progress("types and functions", 0, 0)
    programs = read_programs(session)
    sequences = read_sequences(session)
    activity = read_activity(session)
    definitions = _definitions(session, structure, programs, sequences, progress)
    applied = read_applied(session)
    if sample is not None:
        _wait(started + sample, progress)
    pace = Pace(first, read_counters(session))
    found = _Findings(structure, programs, sequences, definitions._replace(held=definitions.held | held), pace)
    statistics = _statistics(session, found, activity, applied).replace(captured_at=captured_at)
    catalog = selected(catalog_of(structure, programs, definitions), schemas)
    return Snapshot(databases=(session.database,), statistics=statistics, catalog=catalog)


def _wait(until: float, progress: Progress) -> None:
    while (left := until - time.monotonic()) > 0:
        progress("waiting for the second sample", 0, 0)
        time.sleep(min(left, 0.5))


def _definitions(
    session: Session, structure: Structure, programs: Programs, sequences: list[SequenceRow], progress: Progress
) -> Definitions:
    items = [*wanted(structure, programs), *last_values(sequences)]
    finished = 0

    def done(count: int) -> None:
        nonlocal finished
        finished += count
        progress("definitions", min(finished, len(items)), len(items))

    return read_definitions(session, items, done)


def _statistics(session: Session, found: _Findings, activity: Activity, applied: Applied) -> Statistics:
    unseen: list[str] = []
    columns = granted(lambda: read_column_statistics(session), "The statistics of columns", unseen) or {}
    held = found.definitions.held
    tables = table_statistics(Sizes(found.structure, found.pace, columns, held, session.version))
    unseen += [*activity.unseen, *applied.unseen, *_locked(found), *_unreadable(found)]
    if found.pace.seconds is None or all(table.writes_per_second is None for table in tables):
        unseen.append("Reads and writes per second are unknown: take them from two samples with --sample SECONDS.")
    return Statistics(
        server=activity.server,
        tables=tables,
        sequences=sequence_statistics(found.sequences, found.structure, found.definitions, found.pace),
        applied=applied.versions,
        unseen=tuple(unseen),
    )


def _locked(found: _Findings) -> list[str]:
    structure, definitions = found.structure, found.definitions
    names = {row.oid: Name(row.schema, row.name) for row in structure.relations}
    names |= {row.oid: Name(row.schema, row.name) for row in structure.indexes}
    held = {str(names[oid]) for oid in definitions.held if oid in names}
    missed = {str(names[oid]) for item in definitions.missed for oid in item.relations if oid in names}
    return [
        *_sentences("Locked exclusively at capture", held),
        *_sentences("Not read in full, because it or what it names was locked or was changing", missed),
    ]


def _unreadable(found: _Findings) -> list[str]:
    names = {row.oid: Name(row.schema, row.name) for row in found.structure.relations}
    tables = {str(names[row.oid]) for row in found.structure.relations if row.kind in "rpm" and not row.readable}
    sequences = {str(names[row.oid]) for row in found.sequences if not row.readable and row.oid in names}
    return [
        *_sentences("Tables whose column statistics this role may not read", tables),
        *_sentences("Sequences whose value this role may not read", sequences),
    ]


def _sentences(what: str, names: set[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(sorted(names)[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [f"{what}: {shown}{more}."]
