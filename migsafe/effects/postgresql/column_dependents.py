"""What depends on a column, and what DROP COLUMN therefore takes with it or stumbles over.

Source: the manual, 5.15 "Dependency Tracking"; dependency.c. Indexes, constraints and statistics of the table go
with the column; views, policies, triggers with UPDATE OF, rules and foreign keys of other tables need CASCADE.
"""

from __future__ import annotations

from migsafe.effects.postgresql.expressions import constraint_columns, index_columns
from migsafe.model.definitions import ForeignKey, NotNull, PrimaryKey, Unique
from migsafe.model.record import KeywordRecord
from migsafe.schema.objects import Column, Index, Relation, TableConstraint
from migsafe.schema.query_columns import Dependence, views_depending_on
from migsafe.schema.schema import Schema


class Dependents(KeywordRecord):
    """`indexes` and `constraints` belong to the table; all other parts hinder a drop without CASCADE.

    `possible_views` may depend on the column: nothing tells.
    """

    indexes: tuple[Index, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    sequences: tuple[Relation, ...] = ()
    referencing: tuple[tuple[Relation, ForeignKey, str], ...] = ()
    views: tuple[Relation, ...] = ()
    possible_views: tuple[Relation, ...] = ()
    policies: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    generated: tuple[Column, ...] = ()
    publications: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @property
    def hindrances(self) -> tuple[str, ...]:
        """What RESTRICT stumbles over, as the server's DETAIL names it; generated columns depend on the version."""
        return (
            *(f"constraint {name} on table {relation.name.name}" for relation, _, name in self.referencing),
            *(f"view {view.name.name}" for view in self.views),
            *(f"policy {name}" for name in self.policies),
            *(f"trigger {name}" for name in self.triggers),
            *(f"publication {name}" for name in self.publications),
            *(f"rule {name}" for name in self.rules),
            *(f"function {name}" for name in self.functions),
        )


def dependents_of(schema: Schema, relation: Relation, column: str) -> Dependents:
    indexes = tuple(i for i in schema.indexes_of(relation.name) if column in index_columns(i))
    constraints = tuple(
        c
        for c in relation.constraints
        if column in constraint_columns(c.definition) and not isinstance(c.definition, NotNull)
    )
    return Dependents(
        indexes=indexes,
        constraints=constraints,
        sequences=schema.sequences_owned_by(relation.name, column),
        referencing=_referencing(schema, relation, column),
        views=views_depending_on(schema, relation.name, column, Dependence.CERTAIN),
        possible_views=views_depending_on(schema, relation.name, column, Dependence.POSSIBLE),
        policies=tuple(name for name, columns in relation.policies if column in columns),
        triggers=tuple(t.name for t in relation.triggers if column in t.update_columns or column in t.when_columns),
        generated=tuple(
            other for other in relation.columns if other.generated and column in other.generated.expression.columns
        ),
        publications=tuple(
            p.name
            for p in schema.publications_of(relation.name)
            for table, columns in p.columns
            if table == relation.name and column in columns
        ),
        rules=relation.rules if column in relation.rule_columns else (),
        functions=tuple(str(f.name) for f in schema.functions_reading(relation.name, column)),
    )


def referenced_columns(schema: Schema, key: ForeignKey) -> tuple[str, ...]:
    """The columns that a foreign key points at: those it names, or the primary key's."""
    if key.referenced_columns:
        return key.referenced_columns
    constraints = schema.relation(schema.resolve(key.referenced)).constraints
    return next((c.definition.columns for c in constraints if isinstance(c.definition, PrimaryKey)), ())


def _referencing(schema: Schema, relation: Relation, column: str) -> tuple[tuple[Relation, ForeignKey, str], ...]:
    found = []
    for other, name in schema.referencing(relation.name):
        constraint = other.constraint(name)
        if constraint is None or not isinstance(constraint.definition, ForeignKey):
            continue
        if column in referenced_columns(schema, constraint.definition):
            found.append((other, constraint.definition, name))
    return tuple(found)


def keys_resting_on(
    schema: Schema, relation: Relation, constraint: TableConstraint | None
) -> tuple[tuple[Relation, ForeignKey, str], ...]:
    """The foreign keys that rest on this unique or primary key constraint: the same set of columns."""
    if constraint is None or not isinstance(constraint.definition, Unique | PrimaryKey):
        return ()
    columns = frozenset(constraint.definition.columns)
    primary = isinstance(constraint.definition, PrimaryKey)
    return tuple(
        (other, key, name)
        for other, key, name in _all_referencing(schema, relation)
        if frozenset(referenced_columns(schema, key)) == columns and (key.referenced_columns or primary)
    )


def _all_referencing(schema: Schema, relation: Relation) -> tuple[tuple[Relation, ForeignKey, str], ...]:
    pairs = ((other, other.constraint(name)) for other, name in schema.referencing(relation.name))
    return tuple(
        (other, constraint.definition, constraint.name)
        for other, constraint in pairs
        if constraint is not None and isinstance(constraint.definition, ForeignKey)
    )
