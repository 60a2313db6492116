"""A change of a column's type rewrites the table, or its indexes, while nobody can read it.

What happens
    `ALTER COLUMN … TYPE` takes ACCESS EXCLUSIVE. Unless the old and the new type are stored alike, every row is
    copied into a new file and every index is built anew. Some changes keep the rows but rebuild the indexes on the
    column (a collation, timestamp and timestamptz in UTC), or read all rows to check a constraint again.

Why it hurts
    Reads and writes wait for all of it: minutes on tens of millions of rows, and the same amount of disk and WAL.

Safer form
    A new column, written together with the old one, filled in batches, then swapped in:

        ALTER TABLE orders ADD COLUMN id_new bigint;
        -- a trigger that copies id to id_new on INSERT and UPDATE
        -- UPDATE in batches where id_new IS NULL
        -- indexes CONCURRENTLY, constraints NOT VALID and then VALIDATE
        -- in one short transaction: rename id to id_old and id_new to id

    Alembic: `op.add_column`, the backfill outside of the migration, then `op.alter_column(new_column_name=…)`.
    Django: a second field, a data migration with `atomic = False`, then the swap in `SeparateDatabaseAndState`.

When it is fine
    On a small table. migsafe is silent where the server only changes its catalog: varchar to a longer varchar or to
    text, numeric to more digits at the same scale, cidr to inet, and other binary-coercible pairs.

Versions
    All supported versions; timestamp to timestamptz depends on the session's TimeZone.

Evidence
    Manual, ALTER TABLE, Notes; `ATColumnChangeRequiresRewrite` in tablecmds.c and `CheckIndexCompatible` in
    indexcmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.postgresql.column_types import facts_of, user_type
from migsafe.model.definitions import Check, ColumnDef, ForeignKey
from migsafe.model.effects import Work, WorkKind
from migsafe.model.expressions import TypeName
from migsafe.model.findings import Remedy, Severity, Slot, Step
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AlterColumnType,
    DropConstraint,
    SetParameter,
    ValidateConstraint,
)
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.column_copy import beside, copies, irreplaceable, retired
from migsafe.rules.constraint_steps import not_null_steps
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import work_in_words
from migsafe.schema.objects import Column, TableConstraint
from migsafe.schema.schema import Schema


@statement_rule(RuleInfo(code="MS103", name="rewriting-type-change", since="0.1.0"), AlterColumnType)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AlterColumnType):
        table = situation.schema.resolve(operation.table)
        level = severity.of_blocking_work(work, situation.statement, situation.target)
        harmless = _harmless_before(operation, situation.schema) or _between_strangers(operation, situation)
        yield Hit(
            severity=Severity.WARNING if harmless and level is Severity.ERROR else level,
            message=f"Reads and writes on {table} wait during {work_in_words(work)}{harmless}.",
            why=_main(work).reason,
            remedy=_unknown_type(operation, situation) or _remedy(operation, work, situation),
            clause=number,
            relation=table,
            explains=work,
        )
    for number, operation in situation.clauses(AlterColumnType):
        if not situation.work_of(number) and _depends_on_time_zone(operation, situation):
            yield _if_not_utc(number, operation, situation)


_TIMES = frozenset(("timestamp", "timestamptz"))


def _depends_on_time_zone(operation: AlterColumnType, situation: StatementSituation) -> bool:
    """Whether the session's zone, which nothing tells, decides on a rewrite: type_conversion takes it to be UTC."""
    schema = situation.schema
    known = schema.relation(operation.table).column(operation.column)
    if known is None or known.type is None or operation.using is not None or schema.time_zone is not None:
        return False
    changes = known.type.name != operation.type.name and {known.type.name, operation.type.name} <= _TIMES
    return changes and bool(situation.effect.locks) and not situation.is_new(schema.resolve(operation.table))


def _if_not_utc(number: int, operation: AlterColumnType, situation: StatementSituation) -> Hit:
    table = situation.schema.resolve(operation.table)
    zone = SetParameter(name="timezone", value="UTC", local=True)
    return Hit(
        severity=Severity.WARNING,
        message=f"If the session's time zone is not UTC, reads and writes on {table} wait while the table is "
        "rewritten.",
        why="The values are converted by the session's TimeZone; only with UTC they stay as they are stored.",
        remedy=Remedy("Say the time zone, if the values are meant in UTC.", (alone(zone, operation),)),
        clause=number,
        relation=table,
    )


_HARMLESS = {
    "varchar": ", unless {} was a varchar with no higher limit before",
    "text": ", unless {} was a varchar before",
    "numeric": ", unless {} was a numeric of the same scale with no more digits before",
    "varbit": ", unless {} was a varbit with no higher limit before",
    "inet": ", unless {} was a cidr before",
}


def _harmless_before(operation: AlterColumnType, schema: Schema) -> str:
    """From which types the change would be instant, where the old type is not known and may be one of them."""
    known = schema.relation(operation.table).column(operation.column)
    if (known is not None and known.type is not None) or operation.using is not None or operation.collation is not None:
        return ""
    return _HARMLESS.get(operation.type.name, "").format(operation.column)


def _between_strangers(operation: AlterColumnType, situation: StatementSituation) -> str:
    """Of a type that neither the server nor the history has, nobody knows what it is: it may be a domain over the
    other one, and a field of Django's whose class is not known has its class's name for a type."""
    known = situation.schema.relation(operation.table).column(operation.column)
    kinds = (known.type if known is not None else None, operation.type)
    strange = any(kind is not None and _is_strange(kind, situation) for kind in kinds)
    return f", unless {operation.column} is stored as {operation.type} already" if strange else ""


def _is_strange(kind: TypeName, situation: StatementSituation) -> bool:
    return facts_of(kind, situation.target.version) is None and user_type(kind, situation.schema) is None


def _unknown_type(operation: AlterColumnType, situation: StatementSituation) -> Remedy | None:
    """For a type that stands for a field whose column nobody knows: SQL with its name would run nowhere."""
    if situation.statement.written_as is None or not _is_strange(operation.type, situation):
        return None
    look = f"See with sqlmigrate which type {operation.column} gets. If the values have to be converted:"
    steps = ("add a column of that type,", "write both by a trigger,", "fill it in batches,", "then swap the names.")
    return Remedy("Look first whether the type changes at all.", (by_hand(f"{look} {' '.join(steps)}"),))


def _main(work: tuple[Work, ...]) -> Work:
    return next((w for w in work if w.kind is WorkKind.REWRITE), work[0])


def _remedy(operation: AlterColumnType, work: tuple[Work, ...], situation: StatementSituation) -> Remedy:
    schema = situation.schema
    checks = _checks_of(operation, schema)
    if checks and all(w.kind is WorkKind.SCAN and w.table == schema.resolve(operation.table) for w in work):
        return _checked_later(operation, checks)
    return _beside(operation, schema, situation.target.version)


def _checks_of(operation: AlterColumnType, schema: Schema) -> tuple[TableConstraint, ...]:
    """The table's CHECKs on the column, if they are the only constraints that are verified again."""
    relation = schema.relation(operation.table)
    keys = [c.definition for c in relation.foreign_keys]
    if any(isinstance(key, ForeignKey) and operation.column in key.columns for key in keys):
        return ()
    return tuple(c for c in relation.checks if operation.column in _columns(c))


def _columns(constraint: TableConstraint) -> tuple[str, ...]:
    return constraint.definition.expression.columns if isinstance(constraint.definition, Check) else ()


def _checked_later(operation: AlterColumnType, checks: tuple[TableConstraint, ...]) -> Remedy:
    table = operation.table
    drops = [DropConstraint(table=table, name=c.name) for c in checks]
    definitions = [(c.name, c.definition) for c in checks]
    adds = [
        AddCheck(table=table, constraint=check.replace(name=name, not_valid=True))
        for name, check in definitions
        if isinstance(check, Check)
    ]
    later = [alone(ValidateConstraint(table=table, name=c.name), slot=Slot.POST_DEPLOY) for c in checks if c.valid]
    advice = "Take the CHECK away for the change, put it back as NOT VALID, and validate it afterwards."
    return Remedy(advice, (alone(*drops, operation, *adds), *later))


def _beside(operation: AlterColumnType, schema: Schema, version: int) -> Remedy:
    old, new, table = operation.column, beside(operation.column), operation.table
    advice = "Add a column of the new type beside the old one, fill it in batches, then swap the names."
    column = ColumnDef(name=new, type=operation.type, collation=operation.collation)
    converted = f"{old} by the USING expression" if operation.using is not None else old
    reason = irreplaceable(table, old, schema)
    built = () if reason else tuple(copies(table, old, schema))
    known = schema.relation(schema.resolve(table)).column(old)
    required = known is not None and known.not_null and not reason
    steps = (
        by_hand(f"Add {new}, by hand because {reason}.") if reason else alone(AddColumn(table=table, column=column)),
        by_hand(f"Create a trigger that writes {new} whenever {old} is written."),
        by_hand(f"Fill {new} from {converted} in batches, each in its own transaction.", Slot.BACKGROUND),
        *built,
        *(() if _is_complete(operation, schema) and not reason else _unknown_rest(old, new)),
        *(not_null_steps(table, new, version, Slot.BACKGROUND) if required else ()),
        by_hand(_swap(known or old, built), Slot.POST_DEPLOY),
        by_hand(f"Drop the trigger and {retired(old)} when nothing reads it any more.", Slot.CLEANUP),
    )
    return Remedy(advice, steps)


def _is_complete(operation: AlterColumnType, schema: Schema) -> bool:
    """Whether all that the column has is known."""
    relation = schema.relation(schema.resolve(operation.table))
    return relation.known and relation.complete and relation.column(operation.column) is not None


def _unknown_rest(old: str, new: str) -> tuple[Step, ...]:
    return (
        by_hand(f"Build the indexes of {old} on {new} CONCURRENTLY.", Slot.BACKGROUND),
        by_hand(f"Add the constraints and the default of {old} to {new}: NOT VALID, then VALIDATE.", Slot.BACKGROUND),
    )


def _swap(column: Column | str, built: tuple[Step, ...]) -> str:
    """What happens at once: the column and all that was built for it."""
    old = column if isinstance(column, str) else column.name
    names = dict.fromkeys((old, *(step.instead_of for step in built if step.instead_of is not None)))
    renamed = ", ".join(f"{name} to {retired(name)}, {beside(name)} to {name}" for name in names)
    default = column.default if isinstance(column, Column) else None
    stated = f"; set its default {default.sql}" if default is not None else ""
    return f"In one short transaction rename {renamed}{stated}."
