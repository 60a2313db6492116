"""New names for relations, indexes, columns, types and functions, with everything that refers to them following."""

from __future__ import annotations

from migsafe.model.definitions import ForeignKey
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.schema import links as kinds
from migsafe.schema.column_renaming import Renamer, renamed_column
from migsafe.schema.columns import next_value
from migsafe.schema.dropping import drop_index, drop_relation
from migsafe.schema.editing import edit, edit_constraint, learnt
from migsafe.schema.objects import Column, Relation, TableConstraint
from migsafe.schema.schema import Schema


def rename_relation(schema: Schema, old: Name, new: Name) -> None:
    """Give a table, view or sequence another name or schema. A name that is taken changes nothing."""
    if old == new or not _made_free(schema, new):
        return
    record = learnt(schema, old)
    indexes = schema.indexes_of(old)
    dependants = _dependants(schema, old)
    schema.move_age(old, new)
    schema.forget(old)
    schema.relations[new] = _with_own_name(record, old, new)
    for index in indexes:
        schema.indexes[index.name] = index.replace(table=new)
    for name in dependants:
        _follow_relation(schema, name, old, new)
    for statistics in tuple(schema.statistics.values()):
        if statistics.table == old:
            schema.statistics[statistics.name] = statistics.replace(table=new)


def _made_free(schema: Schema, name: Name) -> bool:
    """Whether a relation may take the name. What is only perhaps there gives way: history shows that it was not."""
    occupant, index = schema.relations.find(name), schema.indexes.find(name)
    if index is not None and index.known:
        return False
    if occupant is not None and occupant.known and occupant.complete:
        return False
    if occupant is not None:
        drop_relation(schema, name)
    if index is not None:
        drop_index(schema, name)
    return True


def _dependants(schema: Schema, name: Name) -> tuple[Name, ...]:
    """The other relations whose records name this one."""
    found = (
        link[0]
        for kind in (kinds.REFERENCE, kinds.CHILD, kinds.VIEW, kinds.SEQUENCE, kinds.NEXT_VALUE)
        for link in schema.links.to(kind, name)
    )
    return tuple(other for other in dict.fromkeys(found) if other != name)


def _follow_relation(schema: Schema, dependant: Name, old: Name, new: Name) -> None:
    schema.relations[dependant] = _with_reference(schema.relations[dependant], old, new)


def _with_own_name(record: Relation, old: Name, new: Name) -> Relation:
    return _with_reference(record, old, new).replace(name=new)


def _with_reference(record: Relation, old: Name, new: Name) -> Relation:
    """The record with a related relation's name replaced in keys, parents, query, owner and defaults."""
    query = record.query
    if query is not None and old in query.reads:
        query = query.replace(reads=_swapped(query.reads, old, new))
    owner = record.owned_by
    return record.replace(
        constraints=tuple(_constraint_with(c, old, new) for c in record.constraints),
        columns=tuple(_column_with(c, old, new) for c in record.columns),
        inherits=_swapped(record.inherits, old, new),
        partition_of=new if record.partition_of == old else record.partition_of,
        owned_by=(new, owner[1]) if owner is not None and owner[0] == old else owner,
        query=query,
        reads=tuple(r.replace(relation=new) if r.relation == old else r for r in record.reads),
    )


def _swapped(names: tuple[Name, ...], old: Name, new: Name) -> tuple[Name, ...]:
    return tuple(new if name == old else name for name in names)


def _constraint_with(constraint: TableConstraint, old: Name, new: Name) -> TableConstraint:
    definition = constraint.definition
    if not isinstance(definition, ForeignKey) or definition.referenced != old:
        return constraint
    return constraint.replace(definition=definition.replace(referenced=new))


def _column_with(column: Column, old: Name, new: Name) -> Column:
    """A default draws from the sequence itself, not from its name."""
    return column.replace(default=next_value(new)) if kinds.next_value_of(column) == old else column


def rename_index(schema: Schema, old: Name, new: Name) -> Name:
    """Give an index another name, and its constraint with it (RenameRelationInternal). Returns its name."""
    index = schema.indexes.find(old)
    if index is None or old == new or not _made_free(schema, new):
        return old
    children = schema.index_children(old)
    schema.move_age(old, new)
    schema.forget(old)
    schema.indexes[new] = index.replace(name=new, constraint=index.constraint and new.name)
    for child in children:
        schema.indexes[child.name] = child.replace(parent=new)
    _follow_index(schema, schema.relation(index.table), old, new, index.constraint)
    return new


def _follow_index(schema: Schema, table: Relation, old: Name, new: Name, constraint: str | None) -> None:
    changes: dict[str, object] = {}
    if table.clustered_on == old.name:
        changes["clustered_on"] = new.name
    if table.replica_index == old.name:
        changes["replica_index"] = new.name
    if changes:
        edit(schema, table.name, **changes)
    if constraint is not None and table.constraint(constraint) is not None:
        edit_constraint(schema, table.name, constraint, index=new)
        _rename_constraint_record(schema, table.name, constraint, new.name)


def rename_constraint(schema: Schema, table: Name, old: str, new: str) -> None:
    """Give a constraint another name, in the partitions that inherited it too; its index follows."""
    relation = learnt(schema, table)
    if relation.constraint(new) is not None:
        return
    constraint = relation.constraint(old)
    if constraint is None:
        _rename_not_null(schema, relation, old, new)
        return
    if constraint.index is not None:
        rename_index(schema, constraint.index, Name(constraint.index.schema, new))
        return
    _rename_constraint_record(schema, relation.name, old, new)
    for child in schema.children_of(relation.name):
        inherited = child.constraint(old)
        if inherited is not None and inherited.parent == old:
            edit_constraint(schema, child.name, old, parent=new)
            rename_constraint(schema, child.name, old, new)


def _rename_constraint_record(schema: Schema, table: Name, old: str, new: str) -> None:
    relation = learnt(schema, table)
    constraint = relation.constraint(old)
    if constraint is None:
        return
    definition = constraint.definition.replace(name=new)
    edit_constraint(schema, table, old, name=new, definition=definition)
    for child in schema.children_of(table):
        for other in child.constraints:
            if other.parent == old and other.index is not None:
                edit_constraint(schema, child.name, other.name, parent=new)


def _rename_not_null(schema: Schema, relation: Relation, old: str, new: str) -> None:
    columns = tuple(c.replace(not_null_name=new) if c.not_null_name == old else c for c in relation.columns)
    if columns != relation.columns:
        edit(schema, relation.name, columns=columns)


def rename_column(schema: Schema, table: Name, old: str, new: str) -> None:
    """Rename a column of one relation; indexes, keys that point at it, owned sequences and statistics follow."""
    relation = learnt(schema, table)
    if relation.column(new) is not None:
        return
    renamer = Renamer(old, new)
    for index in schema.indexes_of(relation.name):
        schema.indexes[index.name] = renamer.index(index)
    for sequence in schema.sequences_owned_by(relation.name, old):
        edit(schema, sequence.name, owned_by=(relation.name, new))
    schema.relations[relation.name] = renamer.relation(relation)
    for referencing, key in schema.referencing(relation.name):
        _follow_referenced_column(schema, schema.relation(referencing.name), key, renamer)
    for view in schema.views_on(relation.name):
        edit(schema, view.name, reads=renamed_column(view.reads, relation.name, old, new))
    for statistics in schema.statistics_on(relation.name):
        schema.statistics[statistics.name] = statistics.replace(columns=renamer.names(statistics.columns))


def _follow_referenced_column(schema: Schema, referencing: Relation, key: str, renamer: Renamer) -> None:
    constraint = referencing.constraint(key)
    if constraint is None or not isinstance(constraint.definition, ForeignKey):
        return
    columns = renamer.names(constraint.definition.referenced_columns)
    definition = constraint.definition.replace(referenced_columns=columns)
    edit_constraint(schema, referencing.name, key, definition=definition)


def rename_type(schema: Schema, old: Name, new: Name) -> None:
    """Give a type another name or schema; columns, domains and composite types made of it follow."""
    record = schema.types.find(old)
    if record is None or old == new or new in schema.types:
        return
    users = schema.links.to(kinds.TYPE, old)
    for table in schema.tables_of_type(old):
        edit(schema, table.name, of_type=new)
    schema.types.discard(old)
    schema.types[new] = record.replace(name=new)
    for user, column in users:
        if column:
            _retype_columns(schema, user, old, new)
        elif user in schema.types:
            _retype_parts(schema, user, old, new)


def _retype_columns(schema: Schema, table: Name, old: Name, new: Name) -> None:
    columns = (c.replace(type=_type_with(c.type, old, new)) for c in schema.relations[table].columns)
    edit(schema, table, columns=tuple(columns))


def _retype_parts(schema: Schema, user: Name, old: Name, new: Name) -> None:
    record = schema.types[user]
    attributes = tuple((name, _type_with(kind, old, new) or kind) for name, kind in record.attributes)
    schema.types[user] = record.replace(base=_type_with(record.base, old, new), attributes=attributes)


def _type_with(written: TypeName | None, old: Name, new: Name) -> TypeName | None:
    if written is None or Name(written.schema, written.name) != old:
        return written
    return written.replace(schema=new.schema, name=new.name)


def rename_function(schema: Schema, old: Name, new: Name) -> None:
    """Give all overloads of a function another name or schema; triggers follow."""
    overloads = schema.functions.find(old)
    if overloads is None or old == new:
        return
    triggers = schema.triggers_calling(old)
    schema.functions.discard(old)
    moved = tuple(f.replace(name=new) for f in overloads)
    schema.functions[new] = (*(schema.functions.find(new) or ()), *moved)
    for relation, _ in triggers:
        current = schema.relation(relation.name)
        changed = (t.replace(function=new) if t.function == old else t for t in current.triggers)
        edit(schema, current.name, triggers=tuple(changed))
