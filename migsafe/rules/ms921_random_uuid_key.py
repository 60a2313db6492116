"""A primary key is a random UUID.

What happens
    `gen_random_uuid()` and `uuid_generate_v4()` give values in no order, so that each new row lands on another page
    of the index.

Why it hurts
    When the index is larger than memory every INSERT reads a page, and each change writes a whole page to the WAL.

Safer form
    `uuidv7()`, which begins with the time, or a bigint identity with the UUID beside it:

        CREATE TABLE orders (id uuid DEFAULT uuidv7() PRIMARY KEY);  -- PostgreSQL 18

    Alembic and Django: a default of the application that makes version 7.

When it is fine
    For tables that stay small, and where keys must not tell their time. This rule is an opinion, and off unless it
    is selected.

Versions
    All supported versions. `uuidv7()` exists since PostgreSQL 18.

Evidence
    Manual, 9.14 "UUID Functions".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import PrimaryKey
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MadeColumn, made_columns
from migsafe.rules.steps import by_hand
from migsafe.text.identifiers import identifier

_RANDOM = frozenset({"gen_random_uuid", "uuid_generate_v4", "uuidv4"})
_ORDERED_SINCE = 18  # uuidv7()


@statement_rule(RuleInfo(code="MS921", name="random-uuid-key", since="0.1.0", default=False), CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if not _is_random(made) or not _is_key(made):
            continue
        native = situation.target.version >= _ORDERED_SINCE
        better = f"{identifier(made.name)} uuid DEFAULT uuidv7() PRIMARY KEY"
        instead = by_hand(better if native else "Let the application make UUIDs of version 7.")
        yield Hit(
            severity=Severity.INFO,
            message=f"Each new row lands on another page of the key's index: {made.words} is random.",
            why="An index that is larger than memory has to be read for every INSERT.",
            remedy=Remedy("Use values that grow with the time.", (instead,)),
            clause=made.clause,
            relation=made.table,
        )


def _is_random(made: MadeColumn) -> bool:
    default = made.definition.default if made.definition is not None else None
    return default is not None and any(call.function.name in _RANDOM for call in default.calls)


def _is_key(made: MadeColumn) -> bool:
    if made.definition is None or not isinstance(made.operation, CreateTable):
        return False
    keys = [c for c in (*made.operation.constraints, *made.definition.constraints) if isinstance(c, PrimaryKey)]
    return any(not key.columns or key.columns[0] == made.name for key in keys)
