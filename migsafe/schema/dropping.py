"""Taking objects out, with what the server drops along with them.

A drop without CASCADE that finds dependants is refused by the server; if history contains it, the dependants were
not there. Either way nothing that depends on the object is left behind.
"""

from __future__ import annotations

from migsafe.model.definitions import Check, Constraint, Exclusion, ForeignKey, IndexElement, PrimaryKey, Unique
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.schema import links as kinds
from migsafe.schema.editing import edit, edit_column, edit_constraint, learnt
from migsafe.schema.objects import Column, Index, Relation, TableConstraint
from migsafe.schema.query_columns import Dependence, views_depending_on
from migsafe.schema.schema import Presence, Schema


def drop_relation(schema: Schema, name: Name) -> None:
    """Drop a table, view or sequence: partitions, indexes, owned sequences, views and foreign keys go with it."""
    waiting, seen = [name], {name}
    while waiting:
        current = waiting.pop()
        also = _goes_along(schema, current)
        _cut_ties(schema, current)
        schema.forget(current)
        waiting.extend(other for other in also if other not in seen)
        seen.update(also)


def _goes_along(schema: Schema, name: Name) -> tuple[Name, ...]:
    """The relations that cannot stay when this one goes."""
    kinds_of_dependants = (kinds.CHILD, kinds.VIEW, kinds.SEQUENCE)
    return tuple(link[0] for kind in kinds_of_dependants for link in schema.links.to(kind, name))


def _cut_ties(schema: Schema, name: Name) -> None:
    for index in schema.indexes_of(name):
        schema.forget(index.name)
    for referencing, key in schema.referencing(name):
        if referencing.name != name:
            _remove_constraint_record(schema, referencing.name, key)
    for table, column in schema.drawing_from(name):
        _drop_default(schema, table.name, column)
    for statistics in schema.statistics_on(name):
        schema.statistics.discard(statistics.name)
    for publication in tuple(schema.publications.values()):
        if name in publication.tables:
            tables = tuple(t for t in publication.tables if t != name)
            schema.publications[publication.name] = publication.replace(tables=tables)


def _drop_default(schema: Schema, table: Name, column: str) -> None:
    current = schema.relation(table)
    columns = (c.replace(default=None) if c.name == column else c for c in current.columns)
    edit(schema, table, columns=tuple(columns))


def drop_index(schema: Schema, name: Name) -> None:
    """Drop an index and the partitions' indexes attached to it, with the constraint that it serves."""
    index = schema.indexes.find(name)
    if index is None:
        schema.presence[name] = Presence.GONE
        return
    for child in schema.index_children(name):
        drop_index(schema, child.name)
    schema.forget(name)
    if index.constraint is not None:
        drop_constraint(schema, index.table, index.constraint)
    _forget_index_settings(schema, index)


def _forget_index_settings(schema: Schema, index: Index) -> None:
    table = schema.relations.find(index.table)
    if table is None:
        return
    if table.clustered_on == index.name.name:
        edit(schema, table.name, clustered_on=None)
    if table.replica_index == index.name.name:  # the server then logs nothing of old rows
        edit(schema, table.name, replica_index=None)


def drop_constraint(schema: Schema, table: Name, name: str, *, only: bool = False) -> None:
    """Drop a constraint with its index and the foreign keys that lean on it; where it was inherited, too.

    With ONLY the children keep theirs as their own.
    """
    relation = learnt(schema, table)
    constraint = relation.constraint(name)
    if constraint is None:
        _drop_not_null(schema, relation, name)
        return
    _remove_constraint_record(schema, relation.name, name)
    for child in schema.children_of(relation.name):
        for inherited in child.constraints:
            if inherited.parent != name or type(inherited.definition) is not type(constraint.definition):
                continue
            if only or inherited.local:
                edit_constraint(schema, child.name, inherited.name, parent=None, local=True)
            else:
                drop_constraint(schema, child.name, inherited.name)
    if constraint.index is not None and constraint.index in schema.indexes:
        drop_index(schema, constraint.index)
    if isinstance(constraint.definition, PrimaryKey | Unique):
        _drop_keys_leaning_on(schema, relation.name, constraint.definition.columns)


def _drop_keys_leaning_on(schema: Schema, table: Name, columns: tuple[str, ...]) -> None:
    """Foreign keys that point at these columns, unless another key of the table still serves them."""
    remaining = (c.definition for c in schema.relation(table).constraints)
    if any(isinstance(d, PrimaryKey | Unique) and set(d.columns) == set(columns) for d in remaining):
        return
    for referencing, key in schema.referencing(table):
        constraint = referencing.constraint(key)
        if constraint is None or not isinstance(constraint.definition, ForeignKey):
            continue
        if set(constraint.definition.referenced_columns) == set(columns):
            drop_constraint(schema, referencing.name, key)


def _drop_not_null(schema: Schema, relation: Relation, name: str) -> None:
    """DROP CONSTRAINT of a NOT NULL constraint (PostgreSQL 18)."""
    columns = tuple(nullable(c) if c.not_null_name == name else c for c in relation.columns)
    if any(c.not_null_name == name for c in relation.columns):
        edit(schema, relation.name, columns=columns)


def nullable(column: Column) -> Column:
    return column.replace(not_null=False, not_null_valid=True, not_null_name=None, not_null_inherits=True)


def _remove_constraint_record(schema: Schema, table: Name, name: str) -> None:
    current = schema.relation(table)
    edit(schema, table, constraints=tuple(c for c in current.constraints if c.name != name))


def drop_column(schema: Schema, table: Name, column: str, *, only: bool = False) -> None:
    """Drop a column here and in the children that inherited it, with what names it, views included."""
    relation = learnt(schema, table)
    for generated in _generated_from(relation, column):
        _drop_one_column(schema, relation.name, generated, only=only)
    _drop_one_column(schema, relation.name, column, only=only)


def _generated_from(relation: Relation, column: str) -> tuple[str, ...]:
    """The generated columns that read the column; they cannot read each other."""
    return tuple(
        c.name
        for c in relation.columns
        if c.generated is not None and c.name != column and column in c.generated.expression.columns
    )


def _drop_one_column(schema: Schema, table: Name, column: str, *, only: bool) -> None:
    _drop_what_names(schema, schema.relation(table), column)
    current = schema.relation(table)
    edit(schema, current.name, columns=tuple(c for c in current.columns if c.name != column))
    for child in schema.children_of(current.name):
        inherited = child.column(column)
        if inherited is None or not inherited.inherited:
            continue
        if only or inherited.local:
            edit_column(schema, child.name, column, inherited=False, local=True)
        else:
            drop_column(schema, child.name, column)


def _drop_what_names(schema: Schema, relation: Relation, column: str) -> None:
    _drop_views_on_column(schema, relation, column)
    for index in schema.indexes_of(relation.name):
        if index.constraint is None and index_names(index, column):
            drop_index(schema, index.name)
    for constraint in relation.constraints:
        if constraint_names(constraint, column):
            drop_constraint(schema, relation.name, constraint.name)
    for referencing, key in schema.referencing(relation.name):
        _drop_key_on_column(schema, referencing, key, column)
    for sequence in schema.sequences_owned_by(relation.name, column):
        drop_relation(schema, sequence.name)
    for statistics in schema.statistics_on(relation.name):
        if column in statistics.columns:
            schema.statistics.discard(statistics.name)
    _drop_triggers_and_policies(schema, relation.name, column)


def _drop_views_on_column(schema: Schema, relation: Relation, column: str) -> None:
    for view in views_depending_on(schema, relation.name, column, Dependence.CERTAIN):
        drop_relation(schema, view.name)
    for view in views_depending_on(schema, relation.name, column, Dependence.POSSIBLE):
        edit(schema, view.name, complete=False)
        schema.presence[view.name] = Presence.UNCERTAIN


def _drop_key_on_column(schema: Schema, referencing: Relation, key: str, column: str) -> None:
    constraint = referencing.constraint(key)
    if constraint is None or not isinstance(constraint.definition, ForeignKey):
        return
    if column in constraint.definition.referenced_columns:
        drop_constraint(schema, referencing.name, key)


def _drop_triggers_and_policies(schema: Schema, table: Name, column: str) -> None:
    current = schema.relation(table)
    triggers = tuple(t for t in current.triggers if column not in (*t.update_columns, *t.when_columns))
    policies = tuple(p for p in current.policies if column not in p[1])
    if len(triggers) != len(current.triggers) or len(policies) != len(current.policies):
        edit(schema, table, triggers=triggers, policies=policies)


def index_names(index: Index, column: str) -> bool:
    """Whether the index's keys, INCLUDE list, expressions or predicate name the column."""
    return column in index.include or _names(index.predicate, column) or _element_names(index.elements, column)


def _element_names(elements: tuple[IndexElement, ...], column: str) -> bool:
    return any(e.column == column or _names(e.expression, column) for e in elements)


def _names(expression: Expression | None, column: str) -> bool:
    return expression is not None and column in expression.columns


def constraint_names(constraint: TableConstraint, column: str) -> bool:
    """Whether the constraint goes when the column goes."""
    return definition_names(constraint.definition, column)


def definition_names(definition: Constraint, column: str) -> bool:
    if isinstance(definition, Check):
        return column in definition.expression.columns
    if isinstance(definition, Unique | PrimaryKey):
        return column in definition.columns or column in definition.include
    if isinstance(definition, ForeignKey):
        return column in definition.columns
    if isinstance(definition, Exclusion):
        return _element_names(definition.elements, column) or _names(definition.predicate, column)
    return False


def drop_type(schema: Schema, name: Name) -> None:
    """Drop a type, the columns of that type, the tables OF it and the types made of it."""
    for table in schema.tables_of_type(name):
        drop_relation(schema, table.name)
    users = schema.links.to(kinds.TYPE, name)
    schema.types.discard(name)
    for user, column in users:
        if column:
            drop_column(schema, user, column)
        elif user in schema.types:
            drop_type(schema, user)


def drop_function(schema: Schema, name: Name, arguments: int | None) -> None:
    """Drop the overloads with that number of arguments (all when None), and triggers once none is left."""
    overloads = schema.functions.find(name) or ()
    left = tuple(f for f in overloads if arguments is not None and len(f.arguments) != arguments)
    if left:
        schema.functions[name] = left
        return
    schema.functions.discard(name)
    for relation, trigger in schema.triggers_calling(name):
        current = schema.relation(relation.name)
        edit(schema, current.name, triggers=tuple(t for t in current.triggers if t.name != trigger))
