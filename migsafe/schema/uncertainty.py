"""What can still be said when nobody knows whether a guarded block ran."""

from __future__ import annotations

from typing import TypeVar

from migsafe.schema.objects import Column, ColumnsRead, Index, Relation, TableConstraint

T = TypeVar("T")


def same_but_for_age(without: Relation | Index | None, having: Relation | Index | None) -> bool:
    """Whether the block left the object alone; that a migration began in it and made things old is no change."""
    if without is None or having is None:
        return without is having
    return without == having.replace(new=without.new)


def either_relation(without: Relation | None, having: Relation | None) -> Relation | None:
    """The relation if the block did not run, or did: what both agree on, marked as incomplete."""
    if without is None:
        return None if having is None else having.replace(known=False, complete=False, new=False)
    if having is None:
        return without.replace(complete=False)
    return without.replace(
        complete=False,
        new=without.new and having.new,
        filled=without.filled or having.filled,
        columns=_either_columns(without.columns, having.columns),
        constraints=_either_constraints(without.constraints, having.constraints),
        triggers=_in_both(without.triggers, having.triggers),
        policies=_in_both(without.policies, having.policies),
        rules=_in_both(without.rules, having.rules),
        reads=_either_reads(without.reads, having.reads),
        inherits=_in_both(without.inherits, having.inherits),
        populated=without.populated and having.populated,
        row_security=without.row_security or having.row_security,
    )


def either_index(without: Index | None, having: Index | None) -> Index | None:
    """The index as one branch has it, not known for sure."""
    held = without or having
    if held is None:
        return None
    both_valid = without is None or having is None or (without.valid and having.valid)
    return held.replace(known=False, new=False, valid=held.valid and both_valid)


def _in_both(first: tuple[T, ...], second: tuple[T, ...]) -> tuple[T, ...]:
    return first if first == second else tuple(item for item in first if item in second)


def _either_reads(without: tuple[ColumnsRead, ...], having: tuple[ColumnsRead, ...]) -> tuple[ColumnsRead, ...]:
    """What a view perhaps depends on when it is not known which of two definitions it has."""
    if without == having:
        return without
    return tuple(
        r.replace(columns=(), perhaps=tuple(dict.fromkeys((*r.columns, *r.perhaps)))) for r in (*without, *having)
    )


def _either_columns(without: tuple[Column, ...], having: tuple[Column, ...]) -> tuple[Column, ...]:
    if without == having:
        return without
    other = {column.name: column for column in having}
    return tuple(_either_column(c, other[c.name]) for c in without if c.name in other)


def _either_column(without: Column, having: Column) -> Column:
    if without == having:
        return without
    return without.replace(
        type=without.type if without.type == having.type else None,
        not_null=without.not_null and having.not_null,
        not_null_valid=without.not_null_valid and having.not_null_valid,
        default=without.default if without.default == having.default else None,
        generated=without.generated if without.generated == having.generated else None,
        identity=without.identity if without.identity == having.identity else None,
    )


def _either_constraints(
    without: tuple[TableConstraint, ...], having: tuple[TableConstraint, ...]
) -> tuple[TableConstraint, ...]:
    other = {constraint.name: constraint for constraint in having}
    return tuple(
        c.replace(valid=c.valid and other[c.name].valid, enforced=c.enforced and other[c.name].enforced)
        for c in without
        if c.name in other
    )
