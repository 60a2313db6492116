"""A primary key is an integer of four bytes.

What happens
    `integer` and `serial` end at 2,147,483,647. Rolled back INSERTs and ON CONFLICT use up numbers as well.

Why it hurts
    On the day of the last number every INSERT fails, and the change to bigint copies the table and every table that
    references it.

Safer form
    bigint from the beginning; it costs four bytes:

        CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

    Alembic: `sa.BigInteger()`. Django: `DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"`.

When it is fine
    For small lists. This rule is an opinion, and off unless it is selected. That a key is about to overflow is a
    hazard of its own.

Versions
    All supported versions.

Evidence
    Manual, 8.1.1 "Integer Types".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import PrimaryKey
from migsafe.model.operations import CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MadeColumn, made_columns, type_advice

_WIDER = {"int2": "int8", "int4": "int8", "smallserial": "bigserial", "serial": "bigserial"}
_WIDER |= {"serial2": "bigserial", "serial4": "bigserial"}


@statement_rule(RuleInfo(code="MS903", name="integer-key", since="0.1.0", default=False), CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name in _WIDER and not made.type.dimensions and _is_the_key(made):
            message = f"Column {made.words} ends at 2,147,483,647: then every INSERT fails."
            why = "A later change to bigint copies the table and every table that references it."
            yield type_advice(made, message, why, made.type.replace(name=_WIDER[made.type.name]))


def _is_the_key(made: MadeColumn) -> bool:
    if made.definition is None or not isinstance(made.operation, CreateTable):
        return False
    if any(isinstance(c, PrimaryKey) for c in made.definition.constraints):
        return True
    return any(isinstance(c, PrimaryKey) and c.columns == (made.name,) for c in made.operation.constraints)
