"""A table is named without its schema.

What happens
    The server looks for the name along the search_path, and creates it in the first schema of the path.

Why it hurts
    With another role, or after a changed setting, the migration creates or changes a table in another schema.

Safer form
    With the schema:

        CREATE TABLE public.orders (id bigint PRIMARY KEY);

    Alembic: `schema=`. Django: a fixed search_path in the connection's options.

When it is fine
    In a database with one schema. A search_path that the file sets is seen. This rule is an opinion, and off unless
    it is selected.

Versions
    All supported versions.

Evidence
    Manual, 5.10.3 "The Schema Search Path".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.definitions import Persistence
from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import (
    CreateMaterializedView,
    CreateTable,
    CreateTableAs,
    CreateView,
    DropTable,
    Operation,
    SetParameter,
    TableAction,
)
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand


@migration_rule(RuleInfo(code="MS933", name="name-without-schema", since="0.1.0", default=False))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for a migration, at its first such name: whoever wants schemas wants them everywhere."""
    found = [] if situation.undoes is not None else list(_unqualified(situation))
    if not found:
        return
    executed, clause, name = found[0]
    others = len({each.name for _, _, each in found}) - 1
    more = f", and {others} more" if others else ""
    yield Hit(
        severity=Severity.INFO,
        message=f"Which {name}{more} is meant depends on the search_path of the session.",
        why="A name without a schema is looked for along the path.",
        remedy=Remedy("Name the schema.", (by_hand(f"Write {Name(situation.schema.creation_schema, name.name)}."),)),
        clause=clause,
        at=executed,
    )


def _unqualified(situation: MigrationSituation) -> Iterator[tuple[Executed, int, Name]]:
    """Up to the first statement that sets the path."""
    for executed in situation.run:
        for clause, operation in enumerate(executed.statement.operations):
            if isinstance(operation, SetParameter) and operation.name == "search_path":
                return
            name = _named(operation)
            if name is not None and name.schema is None:
                yield executed, clause, name


def _named(operation: Operation) -> Name | None:
    match operation:
        case CreateTable() | CreateTableAs() | CreateView() if operation.persistence is Persistence.TEMPORARY:
            return None
        case CreateView() | CreateMaterializedView():
            return operation.view
        case CreateTable() | CreateTableAs() | DropTable() | TableAction():
            return operation.table
    return None
