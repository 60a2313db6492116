"""Dropping a foreign key blocks reads and writes of the table that it references.

What happens
    A foreign key has triggers on both tables. `DROP CONSTRAINT` of the key, `DROP COLUMN` of its column and a change
    of the column's type drop those triggers, which takes ACCESS EXCLUSIVE on the referenced table, too: that is more
    than adding the key took.

Why it hurts
    The referenced table is usually the busier one, and nobody expects it to be touched. It waits for every running
    query there, and everybody who comes after waits behind it.

Safer form
    Drop the key in a transaction of its own with a short lock_timeout, and try again when it strikes:

        SET LOCAL lock_timeout = '2s';
        ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;

    Drop the column or change its type afterwards. Alembic: `op.drop_constraint` in a revision of its own.
    Django: `AlterField` to `db_constraint=False` before the field is removed.

When it is fine
    When a lock_timeout limits the wait: then this is not reported. It is told as an info beside missing-lock-timeout,
    which is the warning.

Versions
    All supported versions.

Evidence
    `RemoveTriggerById` in trigger.c, `ATPostAlterTypeCleanup` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ForeignKey
from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import Lock, LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import AlterColumnType, DropColumn, DropConstraint, SetParameter
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import foreign_key_steps
from migsafe.rules.lock_limits import LOCK, is_limited
from migsafe.rules.steps import alone
from migsafe.rules.wording import listed
from migsafe.schema.objects import TableConstraint
from migsafe.schema.schema import Schema

Change = DropConstraint | DropColumn | AlterColumnType
_LIMIT = SetParameter(name=LOCK, value="2s", local=True)


@statement_rule(
    RuleInfo(code="MS111", name="lock-on-referenced-table", since="0.2.0"), DropConstraint, DropColumn, AlterColumnType
)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for a statement; none when its work is reported, which says who waits for it."""
    if is_limited(situation) or situation.executed.heavy_work:
        return
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, Change):
            continue
        keys = _keys(operation, situation)
        others = [lock for lock in situation.effect.locks if _is_elsewhere(lock, keys, operation, situation)]
        if others:
            yield _hit(number, operation, keys, others, situation.schema)
            return


def _keys(operation: Change, situation: StatementSituation) -> list[TableConstraint]:
    """The foreign keys of the table that the operation drops, or makes anew."""
    found = situation.schema.relation(operation.table).foreign_keys
    if isinstance(operation, DropConstraint):
        return [key for key in found if key.name == operation.name]
    return [key for key in found if operation.column in _definition(key).columns]


def _definition(key: TableConstraint) -> ForeignKey:
    assert isinstance(key.definition, ForeignKey)
    return key.definition


def _is_elsewhere(lock: Lock, keys: list[TableConstraint], operation: Change, situation: StatementSituation) -> bool:
    resolve = situation.schema.resolve
    tables = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)
    if lock.mode is not LockMode.ACCESS_EXCLUSIVE or lock.kind not in tables or situation.is_new(lock.relation):
        return False
    referenced = {resolve(_definition(key).referenced) for key in keys}
    return lock.relation in referenced - {resolve(operation.table)}


def _hit(number: int, operation: Change, keys: list[TableConstraint], others: list[Lock], schema: Schema) -> Hit:
    names: list[Name] = [lock.relation for lock in others]
    return Hit(
        severity=Severity.INFO,
        message=f"Reads and writes on {listed(names)} wait as well: the foreign key has triggers there.",
        why="Its triggers are dropped, which takes ACCESS EXCLUSIVE on the referenced table.",
        remedy=_remedy(operation, keys, schema),
        clause=number,
        relation=names[0],
    )


def _remedy(operation: Change, keys: list[TableConstraint], schema: Schema) -> Remedy:
    drops = [DropConstraint(table=operation.table, name=key.name) for key in keys]
    key_first = alone(_LIMIT, *drops)
    if isinstance(operation, DropConstraint):
        return Remedy("Drop the key by itself under a short lock_timeout, and retry when that strikes.", (key_first,))
    steps = [key_first, alone(_LIMIT, operation)]
    if isinstance(operation, AlterColumnType):
        definitions = [_definition(key).replace(name=key.name) for key in keys]
        steps += [step for one in definitions for step in foreign_key_steps(operation.table, one, schema)]
    return Remedy("Drop the key first, by itself and under a short lock_timeout.", tuple(steps))
