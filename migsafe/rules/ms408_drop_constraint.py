"""A constraint is dropped: what it guaranteed is no longer true, and the way back may be closed.

What happens
    `DROP CONSTRAINT` is instant, under ACCESS EXCLUSIVE; for a foreign key the other table is locked as well. From
    then on rows can come in that the constraint would have refused. With a unique constraint its index goes.

Why it hurts
    As soon as one such row exists the constraint cannot be added again. Without the unique index,
    `INSERT … ON CONFLICT (column)` of the running release is an error, and queries that used the index read the table.

Safer form
    Drop it only when no release that relies on it runs any more. To replace one, add the new one first (NOT VALID,
    then VALIDATE; a unique index CONCURRENTLY), then drop the old one, in the same migration.

    Alembic: `op.drop_constraint` in the release after. Django: remove the constraint in the release after.

When it is fine
    When the guarantee is meant to go. A constraint that is replaced by an equal one in the same migration is not
    reported, nor one whose column or table goes as well.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "DROP CONSTRAINT"; INSERT, "ON CONFLICT Clause"; SQLSTATE 42P10. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check, Constraint, ForeignKey, PrimaryKey, Unique
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name, quoted
from migsafe.model.operations import DropConstraint
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here, is_unknown_to_release
from migsafe.rules.lock_limits import is_limited
from migsafe.rules.replacements import is_replaced, key_columns
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS408", name="drop-constraint", since="0.1.0"), DropConstraint)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropConstraint):
        table = situation.schema.resolve(drop.table)
        if (
            is_unknown_to_release(situation, table)
            or not situation.effect.locks
            or way_back.undoes_its_way_up(situation, drop)
        ):
            continue
        held = situation.schema.relation(table).constraint(drop.name)
        if held is None or _is_no_loss(held.definition, table, situation):
            continue
        unique = isinstance(held.definition, Unique | PrimaryKey)
        yield Hit(
            severity=Severity.WARNING if unique else Severity.INFO,
            message=_message(held.definition, table, situation),
            why="As soon as such a row exists, the constraint cannot be added again.",
            remedy=_remedy(drop),
            clause=number,
            relation=table,
        )


def _is_no_loss(constraint: Constraint, table: Name, situation: StatementSituation) -> bool:
    relation = situation.schema.relation(table)
    columns = key_columns(constraint, relation, situation.schema)
    if is_dropped_here(situation, table, columns) or is_replaced(constraint, table, situation):
        return True
    if isinstance(constraint, ForeignKey):
        return is_dropped_here(situation, situation.schema.resolve(constraint.referenced))
    if not isinstance(constraint, Check) or not constraint.expression.proves_not_null:
        return False
    proved = (relation.column(name) for name in constraint.expression.proves_not_null)
    return all(column is not None and column.not_null for column in proved)


def _message(constraint: Constraint, table: Name, situation: StatementSituation) -> str:
    if isinstance(constraint, ForeignKey):
        other = situation.schema.resolve(constraint.referenced)
        locked = f" {other} is locked as well." if other != table and is_limited(situation) else ""  # else: MS111
        return f"Rows of {table} can now name rows of {other} that do not exist.{locked}"
    if isinstance(constraint, Unique | PrimaryKey):
        relation = situation.schema.relation(table)
        columns = ", ".join(quoted(c) for c in key_columns(constraint, relation, situation.schema))
        return f"Duplicates of ({columns}) can now come into {table}, and INSERT … ON CONFLICT ({columns}) fails."
    return f"Rows can now come into {table} that {_kind(constraint)} would have refused."


def _kind(constraint: Constraint) -> str:
    return f"the constraint {listed([quoted(constraint.name)])}" if constraint.name else "the constraint"


def _remedy(drop: DropConstraint) -> Remedy:
    steps = (
        by_hand("Release an application that does not rely on it.", Slot.DEPLOY),
        alone(drop.replace(cascade=False), slot=Slot.POST_DEPLOY),
    )
    return Remedy("Drop it when no release that relies on it runs any more.", steps)
