"""A column is dropped and one of the same type is added: a rename that loses every value.

What happens
    Migration generators cannot see a rename. They write `DROP COLUMN name` and `ADD COLUMN full_name` with the same
    type, and the new column starts empty.

Why it hurts
    What was meant as a new name deletes the values of every row, and the deploy looks as if it had worked.

Safer form
    If it is a rename, rename it, or copy the values before the old column goes:

        ALTER TABLE users ADD COLUMN full_name text;
        UPDATE users SET full_name = name WHERE id BETWEEN 1 AND 1000;  -- and so on, each range committed
        -- a later release
        ALTER TABLE users DROP COLUMN name;

    Alembic: `op.alter_column("users", "name", new_column_name="full_name")` in the place of `drop_column` and
    `add_column`. Django: answer the question "Was the field renamed?" of `makemigrations` with yes.

When it is fine
    When the new column has nothing to do with the old one: suppress the finding with that reason.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "DROP COLUMN": the values are gone. Measured on 12 to 18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, DropColumn, Update
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import anywhere, is_unknown_to_release, on
from migsafe.rules.required import is_required
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words

_EVERYWHERE = ("id", "is", "at", "on", "by", "new", "old", "date", "time", "datetime", "timestamp", "type")
"""Words that say no more than the type does."""

_EVERYWHERE = ("id", "is", "at", "on", "by", "new", "old", "date", "time", "datetime", "timestamp", "type")
"""Words that say no more than the type does."""


@statement_rule(RuleInfo(code="MS404", name="rename-as-drop-and-add", since="0.1.0"), DropColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropColumn):
        table = situation.schema.resolve(drop.table)
        if is_unknown_to_release(situation, table) or way_back.undoes_its_way_up(situation, drop):
            continue
        successor = _successor(drop, table, situation)
        if successor is None:
            continue
        old, new = column_in_words(table, drop.column), successor.column.name
        yield Hit(
            severity=Severity.WARNING,
            message=f"If {new} is meant as the new name of {old}, the values of every row are lost.",
            why="A column of the same type is added in the same migration, and nothing copies the values.",
            remedy=_remedy(drop, successor),
            clause=number,
            relation=table,
        )


def _successor(drop: DropColumn, table: Name, situation: StatementSituation) -> AddColumn | None:
    """The only column of the same type that the migration adds to the table and does not fill."""
    known = situation.schema.relation(table).column(drop.column)
    if known is None or known.type is None:
        return None
    added = list(on(table, anywhere(situation, AddColumn), situation))
    dropped = list(on(table, anywhere(situation, DropColumn), situation))
    alike = [add for add in added if add.column.type.replace(schema=None) == known.type.replace(schema=None)]
    if len(added) > 1 or len(dropped) > 1:
        alike = [add for add in alike if _belongs_to(drop, add, dropped)]
    if len(alike) != 1 or alike[0].column.name == drop.column or is_required(alike[0].column):
        return None
    return None if _is_filled(alike[0], table, situation) else alike[0]


def _belongs_to(drop: DropColumn, add: AddColumn, dropped: list[DropColumn]) -> bool:
    """Whether of all columns that go this one, and no other, has to do with the new one by its name."""
    return [other for other in dropped if _share_a_word(add.column.name, other.column)] == [drop]


def _share_a_word(one: str, other: str) -> bool:
    """`userId` and `user_id`, `name` and `full_name`: of several columns that come and go, which belong together."""
    return not _words(one).isdisjoint(_words(other))


def _words(column: str) -> frozenset[str]:
    found = (word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", column))
    return frozenset(word for word in found if word not in _EVERYWHERE)


def _is_filled(add: AddColumn, table: Name, situation: StatementSituation) -> bool:
    """Whether something else gives the new column its values: an UPDATE, an expression, or an identity."""
    if add.column.generated is not None or add.column.identity is not None:
        return True
    updates = (update for update in anywhere(situation, Update) if situation.schema.resolve(update.table) == table)
    return any(add.column.name in update.columns for update in updates)


def _remedy(drop: DropColumn, successor: AddColumn) -> Remedy:
    old, new = drop.column, successor.column.name
    steps = (
        by_hand(f"Cheapest: keep {old}, and let the application call it {new}."),
        by_hand(f"Or add {new}, and keep {old}."),
        by_hand(f"Copy {old} into {new} in batches, and write both until no release reads {old}.", Slot.BACKGROUND),
        by_hand(f"Drop {old}.", Slot.CLEANUP),
    )
    return Remedy("Copy the values before the old column goes.", steps)
