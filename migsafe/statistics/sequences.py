"""Sequences, the columns that they feed, and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, LiteralString, NamedTuple

from migsafe.model.names import Name
from migsafe.model.statistics import SequenceStatistics
from migsafe.statistics.definitions import Definitions, Item, Kind
from migsafe.statistics.raw import Oid, OwnedRow, SequenceRow, Structure
from migsafe.statistics.session import Session
from migsafe.statistics.sizes import Counters, Pace
from migsafe.statistics.structure import USER_SCHEMA

_LIMITS: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}

_SEQUENCES: Final[LiteralString] = f"""
SELECT s.seqrelid, s.seqmax, s.seqmin, s.seqincrement, d.adrelid, d.adnum,
  has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT ad.adrelid, ad.adnum FROM pg_depend p JOIN pg_attrdef ad ON ad.oid = p.objid
  WHERE p.classid = 'pg_attrdef'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = s.seqrelid
  ORDER BY 1, 2 LIMIT 1) d ON true
WHERE {USER_SCHEMA}"""


def read_sequences(session: Session) -> list[SequenceRow]:
    return [SequenceRow(*row) for row in session.rows(_SEQUENCES)]  # type: ignore[arg-type]  # rows of the query


def last_values(rows: Iterable[SequenceRow]) -> list[Item]:
    return [Item(Kind.LAST_VALUE, row.oid, frozenset({row.oid})) for row in rows if row.readable]


def sequence_statistics(
    rows: Iterable[SequenceRow], structure: Structure, definitions: Definitions, pace: Pace
) -> tuple[SequenceStatistics, ...]:
    """Values per second are taken from the rows inserted into the table that a sequence feeds."""
    view = _View(
        names={row.oid: Name(row.schema, row.name) for row in structure.relations},
        owners={row.sequence: row for row in structure.owned},
        columns={(row.relation, row.number): (row.name, row.type) for row in structure.columns},
    )
    return tuple(_sequence(row, view, definitions, pace) for row in rows if row.oid in view.names)


class _View(NamedTuple):
    names: Mapping[Oid, Name]
    owners: Mapping[Oid, OwnedRow]
    columns: Mapping[tuple[Oid, int], tuple[str, str]]


def _sequence(row: SequenceRow, view: _View, definitions: Definitions, pace: Pace) -> SequenceStatistics:
    table, number = _fed(row, view.owners)
    name, kind = view.columns.get((table, number), (None, ""))
    value = definitions.text(Kind.LAST_VALUE, row.oid)
    return SequenceStatistics(
        name=view.names[row.oid],
        last_value=int(value) if value is not None else None,
        limit=row.greatest if row.increment > 0 else row.least,
        increment=row.increment,
        table=view.names.get(table),
        column=name,
        column_limit=_LIMITS.get(kind),
        values_per_second=pace.rate(Counters.inserts, table) if table in view.names else None,
    )


def _fed(row: SequenceRow, owners: Mapping[Oid, OwnedRow]) -> tuple[Oid, int]:
    """The column whose default draws from the sequence, else the one that owns it (identity)."""
    if row.drawn_by is not None and row.column is not None:
        return row.drawn_by, row.column
    owner = owners.get(row.oid)
    return (owner.table, owner.column) if owner is not None else (0, 0)
