"""Whether an index survives a change of its column's type with its file.

Source: indexcmds.c, `CheckIndexCompatible`: same operator class, same collation, no expressions and no predicate;
operator classes for arrays, enums and ranges want the very same type.
"""

from __future__ import annotations

from migsafe.effects.postgresql.column_types import base_type, catalog_name, user_type
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import default_operator_class, index_survives, type_facts
from migsafe.model.definitions import IndexElement
from migsafe.model.expressions import TypeName
from migsafe.schema.objects import Index, TypeForm


def reuses_file(index: Index, column: str, old: TypeName, new: TypeName, context: Context, *, recollated: bool) -> bool:
    """Whether the index can keep its file although the column changes from `old` to `new` without a rewrite."""
    if index.predicate is not None or any(element.expression is not None for element in index.elements):
        return False
    if not index.valid:
        return False
    keys = tuple(element for element in index.elements if element.column == column)
    return all(
        _fits(key, index.method, old, new, context) and not (recollated and key.collation is None) for key in keys
    )


def lacks_operator_class(method: str, kind: TypeName, context: Context) -> bool:
    """Whether an index of that method on a column of the type certainly needs an operator class to be named."""
    name = _lookup_name(kind, context)
    known = name.startswith("any") or type_facts(name, context.version) is not None
    extensions = bool(context.schema.extensions) or not context.schema.closed
    return known and default_operator_class(method, name, context.version, extensions=extensions) is None


def _fits(key: IndexElement, method: str, old: TypeName, new: TypeName, context: Context) -> bool:
    named = None if key.operator_class is None else key.operator_class.name
    before, after = (_lookup_name(kind, context) for kind in (old, new))
    survives = index_survives(method, before, after, context.version, named)
    return before == after if survives is None else survives


def _lookup_name(kind: TypeName, context: Context) -> str:
    """The name by which operator classes are found: the base type's, `anyenum` for the user's enums."""
    base = base_type(kind, context.schema)
    own = None if base.dimensions else user_type(base, context.schema)
    if own is not None and own.form in {TypeForm.ENUM, TypeForm.RANGE}:
        return f"any{own.form}"
    return catalog_name(base)
