"""A column gets a type that cannot hold all of its values.

What happens
    Values that do not fit make `ALTER COLUMN … TYPE` fail (a shorter varchar, a smaller integer, an enum without the
    label), or they are changed without a word: fractions are rounded, a timestamp loses its time of day, and an
    explicit cast to varchar(n) in `USING` cuts what is longer.

Why it hurts
    A failure shows only in production, where the long values are. A silent change shows never, and there is no way
    back: the old type does not bring back what was cut.

Safer form
    Ask first, and limit new values with a CHECK while the type stays:

        ALTER TABLE users ADD CONSTRAINT users_email_check CHECK (length(email) <= 50) NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT users_email_check;

    Alembic: `op.execute` with these statements. Django: `AddConstraintNotValid`, then `ValidateConstraint`.

When it is fine
    When no value is affected: suppress the finding with the query that showed it.

Versions
    All supported versions.

Evidence
    Manual, 8.1 to 8.5 on each type; SQLSTATE 22001, 22003 and 22P02. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check, ForeignKey
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddForeignKey, AlterColumnType, DropConstraint
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import check_steps
from migsafe.rules.elsewhere import from_here, is_unknown_to_release, on, up_to_here
from migsafe.rules.narrowing import Harm, Narrowing, narrowing
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words
from migsafe.schema.columns import stored_type
from migsafe.text.identifiers import identifier


@statement_rule(RuleInfo(code="MS411", name="narrowing-type-change", since="0.1.0"), AlterColumnType)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, change in situation.clauses(AlterColumnType):
        table = situation.schema.resolve(change.table)
        known = situation.schema.relation(table).column(change.column)
        if is_unknown_to_release(situation, table) or known is None or known.type is None:
            continue
        new = stored_type(situation.schema, change.type)
        found = narrowing(known.type, new, change.using, situation.schema)
        if found is None or (found.harm is Harm.REFUSED and _follows_its_key(change, table, new, situation)):
            continue
        certain = found.harm is Harm.LOST
        yield Hit(
            severity=severity.of_loss(situation.statement) if certain else Severity.WARNING,
            message=_message(found, column_in_words(table, change.column)),
            why=_WHY[found.harm],
            remedy=_remedy(found, change, table, situation),
            clause=number,
            relation=table,
        )


def _follows_its_key(change: AlterColumnType, table: Name, new: TypeName, situation: StatementSituation) -> bool:
    """Whether the column is a foreign key whose referenced column has the new type already: no value can be outside
    of that. Tools drop the constraint for the change, and make it again afterwards."""
    if not any(True for _ in on(table, up_to_here(situation, DropConstraint), situation)):
        return False
    keys = (add.constraint for add in on(table, from_here(situation, AddForeignKey), situation))
    return any(key.columns == (change.column,) and _is_of_type(key, new, situation) for key in keys)


def _is_of_type(key: ForeignKey, new: TypeName, situation: StatementSituation) -> bool:
    referenced = situation.schema.relation(situation.schema.resolve(key.referenced))
    known = [referenced.column(column) for column in key.referenced_columns]
    return bool(known) and all(column is not None and column.type == new for column in known)


_WHY = {
    Harm.REFUSED: "Each value is converted; the first that does not fit ends the statement.",
    Harm.CHANGED: "The conversion rounds or cuts without an error.",
    Harm.LOST: "The new type has no place for it, and the old type does not bring it back.",
}


def _message(found: Narrowing, column: str) -> str:
    if found.harm is Harm.REFUSED:
        return f"This fails if {column} has {found.what}."
    if found.harm is Harm.CHANGED:
        return f"In {column}, {found.what} are rounded or cut without an error."
    return f"In {column}, {found.what} is lost."


def _remedy(found: Narrowing, change: AlterColumnType, table: Name, situation: StatementSituation) -> Remedy:
    look = by_hand(f"Look which rows of {table} are affected, and decide about them.", Slot.PRE_DEPLOY)
    if found.limit is not None:
        column = identifier(change.column)
        limit = Expression(f"length({column}) <= {found.limit}", columns=(change.column,))
        steps = check_steps(change.table, Check(expression=limit), situation.schema)
        return Remedy("Keep the type, and limit the length with a CHECK.", (look, *steps))
    if found.harm is Harm.REFUSED:
        return Remedy("Make sure that every value fits before.", (look,))
    keep = by_hand(f"Keep {change.column} beside the new column until its values are needed no more.", Slot.CLEANUP)
    return Remedy("Add a column of the new type, fill it, and keep the old one for a while.", (look, keep))
