"""A new column rewrites the table while nobody can read it.

What happens
    `ADD COLUMN` is instant when the value for existing rows is the same for all of them: none, a constant, or a
    stable expression such as `now()`. It copies every row under ACCESS EXCLUSIVE when each row needs a value of its
    own: a volatile default (`gen_random_uuid()`, `clock_timestamp()`, `nextval()`), serial, GENERATED … AS IDENTITY,
    GENERATED … STORED, or a domain with constraints.

Why it hurts
    Reads and writes wait while the table and all its indexes are written anew.

Safer form
    Add the column without the default, set the default for new rows, fill the old rows in batches:

        ALTER TABLE orders ADD COLUMN token uuid;
        ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
        -- UPDATE orders SET token = gen_random_uuid() WHERE token IS NULL, in batches

    Alembic: `op.add_column` without `server_default`, then `op.alter_column(server_default=…)`.
    Django: `AddField(null=True)`, then a data migration with `atomic = False`.
    Instead of GENERATED … STORED: a plain column with a trigger, or from PostgreSQL 18 a virtual column.

When it is fine
    On a small or a new table.

Versions
    All supported versions. Virtual generated columns (18) rewrite nothing.

Evidence
    Manual, ALTER TABLE, Notes; `ATExecAddColumn` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ColumnDef, NotNull
from migsafe.model.effects import WorkKind
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, AddIdentity, CreateSequence, DropDefault, SetDefault
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import not_null_steps
from migsafe.rules.steps import alone, by_hand, fill
from migsafe.rules.wording import work_in_words
from migsafe.schema.generated_names import make_object_name
from migsafe.schema.objects import TypeForm
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import literal, relation

_SERIAL = {
    "smallserial": "int2",
    "serial2": "int2",
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
}


@statement_rule(RuleInfo(code="MS104", name="rewriting-add-column", since="0.1.0"), AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddColumn):
        rewrite = next((w for w in work if w.kind is WorkKind.REWRITE), None)
        if rewrite is None:
            continue
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait during {work_in_words(work)}.",
            why=rewrite.reason,
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: AddColumn, situation: StatementSituation) -> Remedy:
    column = operation.column
    if column.generated is not None:
        return _computed(operation)
    steps = [alone(operation.replace(column=_bare(column, situation.schema)))]
    steps += _values(operation, situation.schema)
    if _is_required(column):
        steps += not_null_steps(operation.table, column.name, situation.target.version, Slot.POST_DEPLOY)
    if column.identity is not None:
        always = column.identity == "always"
        identity = AddIdentity(table=operation.table, column=column.name, always=always)
        steps += [
            alone(DropDefault(table=operation.table, column=column.name), identity, slot=Slot.CLEANUP),
            by_hand("Set the identity's sequence beyond the largest value.", Slot.CLEANUP),
        ]
    if any(not isinstance(c, NotNull) for c in column.constraints) or _domain(column, situation.schema):
        steps.append(by_hand("Add its other constraints NOT VALID, then VALIDATE them.", Slot.POST_DEPLOY))
    return Remedy("Add the column empty, give new rows their value, fill the old rows in batches.", tuple(steps))


def _computed(operation: AddColumn) -> Remedy:
    column = operation.column
    plain = column.replace(generated=None, constraints=())
    steps = (
        alone(operation.replace(column=plain)),
        by_hand(f"Create a trigger that computes {column.name} for new and changed rows."),
        by_hand(f"Fill {column.name} of the existing rows in batches, each committed.", Slot.BACKGROUND),
    )
    return Remedy("Use a plain column that a trigger computes, and fill the old rows in batches.", steps)


def _bare(column: ColumnDef, schema: Schema) -> ColumnDef:
    """The column without anything that needs a value for each row."""
    base = _domain(column, schema)
    plain = TypeName(_SERIAL[column.type.name]) if column.type.name in _SERIAL else base or column.type
    return column.replace(type=plain, default=None, identity=None, constraints=())


def _domain(column: ColumnDef, schema: Schema) -> TypeName | None:
    """What a domain is made of; None for other types."""
    known = schema.type_of(Name(column.type.schema, column.type.name))
    return known.base if known is not None and known.form is TypeForm.DOMAIN else None


def _is_required(column: ColumnDef) -> bool:
    return column.not_null or column.identity is not None or column.type.name in _SERIAL


def _values(operation: AddColumn, schema: Schema) -> Iterator[Step]:
    """Steps that give new rows and then old ones their value."""
    table, column = operation.table, operation.column
    default = column.default
    if column.identity is not None or column.type.name in _SERIAL:
        sequence = Name(table.schema, make_object_name(table.name, column.name, "seq"))
        default = Expression(f"nextval({literal(relation(sequence))})")
        yield alone(CreateSequence(sequence=sequence, owned_by=(table, column.name)))
    if default is None:
        yield by_hand(f"Fill {column.name} of the existing rows in batches, each committed.", Slot.BACKGROUND)
        return
    yield alone(SetDefault(table=table, column=column.name, default=default))
    yield fill(table, column.name, default, schema)
