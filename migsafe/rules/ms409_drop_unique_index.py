"""A unique index is dropped: duplicates can come in, and ON CONFLICT fails.

What happens
    A unique index is a guarantee. Without it duplicates are written, and `INSERT … ON CONFLICT (column)` of the
    running release has no index to go by: SQLSTATE 42P10. If it was the replica identity of a published table, every
    UPDATE and DELETE of the table is refused.

Why it hurts
    Upserts fail at once. As soon as a duplicate exists the index cannot be built again.

Safer form
    Build the new index first, then drop the old one:

        CREATE UNIQUE INDEX CONCURRENTLY users_email_key2 ON users (email);
        DROP INDEX CONCURRENTLY users_email_key;

    Alembic and Django: the same, in a migration without a transaction.

When it is fine
    When the guarantee is meant to go. Where another unique index holds the same columns there is no finding.

Versions
    All supported versions.

Evidence
    Manual, INSERT, "ON CONFLICT Clause"; ALTER TABLE, "REPLICA IDENTITY". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import DropIndex
from migsafe.rules import severity, way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here
from migsafe.rules.replacements import is_unique_besides
from migsafe.rules.steps import by_hand, outside
from migsafe.schema.objects import Index


@statement_rule(RuleInfo(code="MS409", name="drop-unique-index", since="0.1.0"), DropIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropIndex):
        index = situation.schema.index(drop.index)
        if index is None or not index.unique or not index.valid or situation.is_new(index.name):
            continue
        columns = frozenset(e.column or (e.expression.sql if e.expression else "") for e in index.elements)
        named = [e.column for e in index.elements if e.column is not None]
        if is_dropped_here(situation, index.table, named) or way_back.undoes_its_way_up(situation, drop):
            continue
        if is_unique_besides(columns, index.table, situation, besides=index.name.name):
            continue
        identity = _is_identity(index, situation)
        yield Hit(
            severity=severity.of_loss(situation.statement) if identity else Severity.WARNING,
            message=_IDENTITY.format(index.table) if identity else _message(index),
            why="The index is a guarantee; as soon as a duplicate exists it cannot be built again.",
            remedy=_remedy(drop),
            clause=number,
            relation=index.table,
        )


_IDENTITY = "Every UPDATE and DELETE on {} fails: it is published, and its replica identity goes with the index."


def _is_identity(index: Index, situation: StatementSituation) -> bool:
    table = situation.schema.relation(index.table)
    published = bool(situation.schema.publications_of(index.table))
    return published and table.replica_identity == "index" and table.replica_index == index.name.name


def _message(index: Index) -> str:
    columns = ", ".join(e.column or (e.expression.sql if e.expression else "") for e in index.elements)
    return f"Duplicates of ({columns}) can now come into {index.table}, and INSERT … ON CONFLICT ({columns}) fails."


def _remedy(drop: DropIndex) -> Remedy:
    steps = (
        by_hand("Release an application that does not rely on it, or build its successor first.", Slot.DEPLOY),
        outside(drop.replace(concurrently=True, cascade=False), slot=Slot.POST_DEPLOY),
    )
    return Remedy("Drop it when no release that relies on it runs any more.", steps)
