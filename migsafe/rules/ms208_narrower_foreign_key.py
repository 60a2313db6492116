"""A foreign key's column is of a smaller integer type than the column that it references.

What happens
    The server accepts it: the two types can be compared. When the referenced key grows beyond what the referencing
    column can hold, rows that reference it can no longer be written: "integer out of range".

Why it hurts
    It comes without a warning, for all new rows at once, and the way out is a change of type that rewrites the table.

Safer form
    The same type as the referenced column:

        ALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users (id);

    Alembic: `sa.BigInteger()`. Django takes the type from the referenced model.

When it is fine
    When the referenced table will never have more keys than the smaller type holds.

Versions
    All supported versions.

Evidence
    Manual, 8.1.1 "Integer Types". Shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.expressions import TypeName
from migsafe.model.findings import Remedy, Severity
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.foreign_key_uses import AddedKey, added_keys, pairs
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words
from migsafe.schema.objects import Column
from migsafe.schema.schema import Schema

_BYTES = {
    **dict.fromkeys(("int2", "smallserial", "serial2"), 2),
    **dict.fromkeys(("int4", "serial", "serial4"), 4),
    **dict.fromkeys(("int8", "bigserial", "serial8"), 8),
}
_SPOKEN = {2: "smallint", 4: "integer", 8: "bigint"}


@migration_rule(RuleInfo(code="MS208", name="narrower-foreign-key", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    for added in added_keys(situation):
        for own, referenced in pairs(added, situation.schema):
            here, there = _bytes(own.type), _bytes(referenced.type)
            if here is not None and there is not None and here < there:
                yield _hit(added, own, referenced, situation.schema)


def _bytes(type_: TypeName | None) -> int | None:
    plain = type_ is not None and type_.dimensions == 0 and type_.schema in (None, "pg_catalog")
    return _BYTES.get(type_.name) if plain and type_ is not None else None


def _hit(added: AddedKey, own: Column, referenced: Column, schema: Schema) -> Hit:
    here, there = _SPOKEN[_bytes(own.type) or 0], _SPOKEN[_bytes(referenced.type) or 0]
    target = column_in_words(schema.resolve(added.key.referenced), referenced.name)
    column = column_in_words(added.table.name, own.name)
    step = by_hand(f"Make {column} a {there}, as {target} is.")
    return Hit(
        severity=Severity.WARNING,
        message=f"The column {column} is {here} and cannot hold every value of {target}, which is {there}.",
        why="The server compares the two types, and refuses a row only when the value is too large.",
        remedy=Remedy("Use the type of the referenced column.", (step,)),
        clause=added.clause,
        relation=added.table.name,
        at=added.executed,
    )
