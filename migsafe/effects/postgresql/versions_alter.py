"""Forms of ALTER TABLE that older versions do not parse."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model import operations as ops
from migsafe.model.definitions import Constraint, ForeignKey, GeneratedKind, PrimaryKey, Unique

# Action -> first major version and the word at which an older grammar stops.
_SINCE: dict[type[ops.TableAction], tuple[int, str]] = {
    ops.DropExpression: (13, "EXPRESSION"),
    ops.SetCompression: (14, "COMPRESSION"),
    ops.SetAccessMethod: (15, "ACCESS"),
    ops.SetExpression: (17, "EXPRESSION"),
    ops.AddNotNull: (18, "NOT"),
}


def refuse_newer_syntax(action: ops.TableAction, context: Context) -> None:
    """Refuse what the target's grammar does not know."""
    since, word = _SINCE.get(type(action), (0, ""))
    if context.version < since:
        _refuse(word, context)
    if isinstance(action, ops.DetachPartition) and (action.concurrently or action.finalize):
        _require(14, "CONCURRENTLY" if action.concurrently else "FINALIZE", context)
    if isinstance(action, ops.SetAccessMethod) and action.method is None:
        _require(17, "DEFAULT", context)
    if isinstance(action, ops.AlterConstraint) and (action.enforced is not None or action.inherit is not None):
        _require(18, "ENFORCED" if action.enforced is not None else "INHERIT", context)
    if isinstance(action, ops.AddColumn):
        _check_column(action, context)
    constraint = getattr(action, "constraint", None)
    if isinstance(constraint, Constraint):
        _check_constraint(constraint, context)


def _check_column(action: ops.AddColumn, context: Context) -> None:
    column = action.column
    if column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL:
        _require(18, "VIRTUAL", context)
    if column.compression is not None:
        _require(14, "COMPRESSION", context)
    if column.storage is not None:
        _require(16, "STORAGE", context)
    for constraint in column.constraints:
        _check_constraint(constraint, context)


def _check_constraint(constraint: Constraint, context: Context) -> None:
    if not constraint.enforced:
        _require(18, "ENFORCED", context)
    if isinstance(constraint, Unique) and constraint.nulls_not_distinct:
        _require(15, "NULLS", context)
    if isinstance(constraint, Unique | PrimaryKey) and constraint.without_overlaps:
        _require(18, "WITHOUT", context)
    if isinstance(constraint, ForeignKey) and constraint.on_delete_columns:
        _require(15, "(", context)
    if isinstance(constraint, ForeignKey) and constraint.period:
        _require(18, "PERIOD", context)


def _require(version: int, word: str, context: Context) -> None:
    if context.version < version:
        _refuse(word, context)


def _refuse(word: str, context: Context) -> None:
    context.builder.refuse(f'syntax error at or near "{word}"', "42601", "gram.y")
