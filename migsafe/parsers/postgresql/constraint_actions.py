"""The actions of ALTER TABLE on constraints."""

from __future__ import annotations

from collections.abc import Callable

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    NotNull,
    PrimaryKey,
    Unique,
)
from migsafe.model.operations import (
    AddCheck,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterConstraint,
    DropConstraint,
    Opaque,
    Operation,
    ValidateConstraint,
)
from migsafe.parsers.postgresql.actions import Action, action
from migsafe.parsers.postgresql.constraints import table_constraint
from migsafe.parsers.postgresql.tree import (
    cascades,
    flag,
    text,
)

# Which operation adds which constraint; `constraint` has the type that the operation declares.
_ADDITIONS: dict[type[Constraint | None], Callable[..., Operation]] = {
    Check: AddCheck,
    NotNull: AddNotNull,
    ForeignKey: AddForeignKey,
    Unique: AddUnique,
    PrimaryKey: AddPrimaryKey,
    Exclusion: AddExclusion,
}


@action("AddConstraint")
def _add_constraint(found: Action) -> Operation:
    constraint = table_constraint(found.definition, found.source)
    build = _ADDITIONS.get(type(constraint))
    if constraint is None or build is None:
        return Opaque(reason=f"a constraint of the kind {text(found.definition, 'contype')} is not analysed")
    return build(constraint=constraint, **found.target)


@action("ValidateConstraint")
def _validate_constraint(found: Action) -> Operation:
    return ValidateConstraint(name=found.name, **found.target)


@action("DropConstraint")
def _drop_constraint(found: Action) -> Operation:
    dropped = cascades(found.body)
    return DropConstraint(name=found.name, constraint_if_exists=found.missing_ok, cascade=dropped, **found.target)


@action("AlterConstraint")
def _alter_constraint(found: Action) -> Operation:
    written = found.definition
    deferrability = flag(written, "alterDeferrability")
    return AlterConstraint(
        name=text(written, "conname"),
        deferrable=flag(written, "deferrable") if deferrability else None,
        initially_deferred=flag(written, "initdeferred") if deferrability else None,
        enforced=flag(written, "is_enforced") if flag(written, "alterEnforceability") else None,
        inherit=not flag(written, "noinherit") if flag(written, "alterInheritability") else None,
        **found.target,
    )
