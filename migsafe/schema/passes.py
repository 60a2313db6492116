"""The order in which the server runs the actions of one ALTER TABLE.

Source: src/backend/commands/tablecmds.c, `AlterTablePass` (until PostgreSQL 16 the AT_PASS_* constants), with the
pass of each action from `ATPrepCmd` and, for constraints, from `ATParseTransformCmd`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from migsafe.model import operations as ops
from migsafe.model.migration import Clause


class Pass(IntEnum):
    """The passes in the order of PostgreSQL 17; 12 to 16 add columns after they re-add constraints."""

    DROP = 0
    ALTER_TYPE = 1
    ADD_COLUMN = 2
    SET_EXPRESSION = 3
    OLD_INDEX = 4  # indexes that a type change dropped are re-added
    OLD_CONSTRAINT = 5  # constraints likewise
    ADD_CONSTRAINT = 6  # first look at new constraints; they move on to the passes below
    COLUMN_ATTRIBUTES = 7
    ADD_INDEX_CONSTRAINT = 8  # USING INDEX
    ADD_INDEX = 9
    ADD_OTHER_CONSTRAINT = 10
    MISC = 11


_PASS_OF: dict[type[ops.Operation], Pass] = {
    ops.DropColumn: Pass.DROP,
    ops.DropConstraint: Pass.DROP,
    ops.DropDefault: Pass.DROP,
    ops.DropNotNull: Pass.DROP,
    ops.DropExpression: Pass.DROP,
    ops.DropIdentity: Pass.DROP,
    ops.AlterColumnType: Pass.ALTER_TYPE,
    ops.AddColumn: Pass.ADD_COLUMN,
    ops.SetExpression: Pass.SET_EXPRESSION,
    ops.SetNotNull: Pass.COLUMN_ATTRIBUTES,
    ops.AddNotNull: Pass.COLUMN_ATTRIBUTES,
    ops.AddPrimaryKey: Pass.ADD_INDEX_CONSTRAINT,
    ops.AddUnique: Pass.ADD_INDEX_CONSTRAINT,
    ops.AddExclusion: Pass.ADD_INDEX_CONSTRAINT,
    ops.AddCheck: Pass.ADD_OTHER_CONSTRAINT,
    ops.AddForeignKey: Pass.ADD_OTHER_CONSTRAINT,
    ops.SetDefault: Pass.ADD_OTHER_CONSTRAINT,
    ops.AddIdentity: Pass.ADD_OTHER_CONSTRAINT,
}


def pass_of(operation: ops.Operation) -> Pass:
    """The pass in which ALTER TABLE runs the action."""
    return _PASS_OF.get(type(operation), Pass.MISC)


def in_pass_order(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The clauses as the server runs them: by pass if all are actions of one ALTER TABLE, else as written."""
    if len(clauses) < 2 or not is_alter_table(clauses):
        return tuple(clauses)
    return tuple(sorted(clauses, key=_pass_of_clause))


def is_alter_table(clauses: Sequence[Clause]) -> bool:
    """Whether the clauses are the actions of one ALTER TABLE (or ALTER INDEX, VIEW …)."""
    return all(isinstance(clause.operation, ops.TableAction) for clause in clauses)


def _pass_of_clause(clause: Clause) -> Pass:
    return pass_of(clause.operation)
