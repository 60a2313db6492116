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

from migsafe.model.definitions import Persistence
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateTable, CreateView, DropTable, SetParameter, TableAction
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import up_to_here
from migsafe.rules.steps import by_hand

_ABOUT = (CreateTable, CreateView, DropTable, TableAction)


@statement_rule(RuleInfo(code="MS933", name="name-without-schema", since="0.1.0", default=False), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for a statement."""
    if situation.undoes is not None or _sets_path(situation):
        return
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, _ABOUT) or getattr(operation, "persistence", None) is Persistence.TEMPORARY:
            continue
        name = operation.view if isinstance(operation, CreateView) else operation.table
        if name.schema is not None:
            continue
        full = by_hand(f"Write {situation.schema.resolve(name)}.")
        yield Hit(
            severity=Severity.INFO,
            message=f"Which {name} is meant depends on the search_path of the session.",
            why="A name without a schema is looked for along the path.",
            remedy=Remedy("Name the schema.", (full,)),
            clause=number,
            relation=situation.schema.resolve(name),
        )
        return


def _sets_path(situation: StatementSituation) -> bool:
    return any(parameter.name == "search_path" for parameter in up_to_here(situation, SetParameter))
