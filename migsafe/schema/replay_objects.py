"""Functions, schemas, extensions, publications, statistics, and the objects without a class of their own."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.names import Name
from migsafe.schema.cascades import doubt_foreign_tables, drop_uses_of_collation, drop_uses_of_function
from migsafe.schema.columns import stored_type
from migsafe.schema.dropping import drop_function, drop_index, drop_relation, drop_type
from migsafe.schema.editing import edit, learnt
from migsafe.schema.generated_names import choose_name, joined_columns, truncated
from migsafe.schema.objects import Function, OtherObject, Publication, StatisticsObject
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.renaming import rename_function, rename_index, rename_relation, rename_type
from migsafe.schema.resolve import clipped
from migsafe.schema.schema import Schema, other_key
from migsafe.schema.scope_columns import stored_query

_ROUTINES = frozenset({"function", "procedure", "routine", "aggregate"})
_TYPES = frozenset({"type", "domain"})

_IN_NO_SCHEMA = frozenset(
    {"cast", "access method", "server", "foreign data wrapper", "event trigger", "language", "role"}
)

without_effect(ops.CommentOn, ops.SecurityLabel, ops.Grant, ops.AlterDependsOnExtension)


@replays(ops.CreateObject)
def create_object(schema: Schema, operation: ops.CreateObject) -> None:
    name = clipped(operation.name)
    if name.schema is None and operation.kind not in _IN_NO_SCHEMA:
        name = Name(schema.creation_schema, name.name)
    key = other_key(operation.kind, name)
    held = schema.others.find(key)
    functions = () if operation.function is None else (schema.resolve_function(operation.function),)
    schema.others[key] = OtherObject(
        kind=operation.kind,
        name=name,
        functions=tuple(dict.fromkeys((*(held.functions if held is not None else ()), *functions))),
        types=tuple(stored_type(schema, kind) for kind in operation.types),
        context=operation.context,
        method=operation.method,
    )


@replays(ops.CreateFunction)
def create_function(schema: Schema, operation: ops.CreateFunction) -> None:
    bare = clipped(operation.function)
    name = bare if bare.schema is not None else Name(schema.creation_schema, bare.name)
    function = Function(
        name=name,
        arguments=tuple(stored_type(schema, argument) for argument in operation.arguments),
        language=operation.language,
        volatility=operation.volatility,
        body=operation.body,
        procedure=operation.procedure,
        returns=operation.returns and stored_type(schema, operation.returns),
        strict=operation.strict,
        never_inlined=operation.never_inlined,
        reads=tuple(read for scope in operation.scopes for read in stored_query(schema, scope, ()).reads),
    )
    held = schema.functions.find(name) or ()
    others = tuple(f for f in held if f.arguments != function.arguments)
    schema.functions[name] = (*others, function)


@replays(ops.CreateSchema)
def create_schema(schema: Schema, operation: ops.CreateSchema) -> None:
    name = truncated(operation.schema)
    schema.schemas.add(name)
    schema.dropped_schemas.discard(name)


@replays(ops.DropSchema)
def drop_schema(schema: Schema, operation: ops.DropSchema) -> None:
    name = truncated(operation.schema)
    for relation in [r for r in schema.relations if r.schema == name]:
        drop_relation(schema, relation)
    for index in [i for i in schema.indexes if i.schema == name]:
        drop_index(schema, index)
    for user_type in [t for t in schema.types if t.schema == name]:
        drop_type(schema, user_type)
    for function in [f for f in schema.functions if f.schema == name]:
        drop_function(schema, function, None)
    schema.schemas.discard(name)
    schema.dropped_schemas.add(name)


@replays(ops.RenameSchema)
def rename_schema(schema: Schema, operation: ops.RenameSchema) -> None:
    old, new = truncated(operation.schema), truncated(operation.new_name)
    if old == new or new in schema.schemas:
        return
    for relation in [r for r in schema.relations if r.schema == old]:
        rename_relation(schema, relation, Name(new, relation.name))
    for index in [i for i in schema.indexes if i.schema == old]:
        rename_index(schema, index, Name(new, index.name))
    for user_type in [t for t in schema.types if t.schema == old]:
        rename_type(schema, user_type, Name(new, user_type.name))
    for function in [f for f in schema.functions if f.schema == old]:
        rename_function(schema, function, Name(new, function.name))
    schema.schemas.discard(old)
    schema.schemas.add(new)
    schema.dropped_schemas.add(old)
    schema.dropped_schemas.discard(new)


@replays(ops.CreateExtension)
def create_extension(schema: Schema, operation: ops.CreateExtension) -> None:
    schema.extensions.add(operation.extension)


@replays(ops.CreateStatistics)
def create_statistics(schema: Schema, operation: ops.CreateStatistics) -> None:
    table = learnt(schema, operation.table).name
    written = operation.name or Name(table.schema, _statistics_name(schema, table, operation.columns))
    name = written if written.schema is not None else Name(schema.creation_schema, written.name)
    if name not in schema.statistics:
        schema.statistics[name] = StatisticsObject(name=name, table=table, columns=operation.columns)


def _statistics_name(schema: Schema, table: Name, columns: tuple[str, ...]) -> str:
    """`table_a_b_stat` (ChooseExtendedStatisticName)."""
    middle = joined_columns(columns or ("expr",))
    return choose_name(table.name, middle, "stat", lambda name: Name(table.schema, name) in schema.statistics)


@replays(ops.AlterPublication)
def alter_publication(schema: Schema, operation: ops.AlterPublication) -> None:
    tables = tuple(schema.resolve(table) for table in operation.tables)
    columns = tuple((schema.resolve(table), names) for table, names in operation.columns)
    held = schema.publications.find(operation.publication) or Publication(name=operation.publication)
    if operation.creates or operation.action == "set":
        keeps_nothing = held.replace(
            tables=tables, columns=columns, schemas=operation.schemas, all_tables=operation.all_tables
        )
        schema.publications[held.name] = keeps_nothing
    elif operation.action == "add":
        schema.publications[held.name] = held.replace(
            tables=tuple(dict.fromkeys((*held.tables, *tables))),
            columns=(*(c for c in held.columns if c[0] not in tables), *columns),
            schemas=tuple(dict.fromkeys((*held.schemas, *operation.schemas))),
        )
    elif operation.action == "drop":
        schema.publications[held.name] = held.replace(
            tables=tuple(t for t in held.tables if t not in tables),
            columns=tuple(c for c in held.columns if c[0] not in tables),
            schemas=tuple(s for s in held.schemas if s not in operation.schemas),
        )


@replays(ops.AlterObject)
def alter_object(schema: Schema, operation: ops.AlterObject) -> None:
    if operation.kind in _TYPES:
        old = schema.resolve_type(operation.name)
        rename_type(schema, old, _new_name(old, operation))
    elif operation.kind in _ROUTINES:
        old = schema.resolve_function(operation.name)
        rename_function(schema, old, _new_name(old, operation))
    elif operation.kind == "publication" and operation.new_name is not None:
        _rename_publication(schema, operation.name.name, operation.new_name)
    elif operation.kind == "statistics":
        _rename_statistics(schema, operation)
    elif operation.kind == "extension" and operation.table is not None:
        member = operation.name.name if operation.action == "add" else None
        edit(schema, learnt(schema, operation.table).name, extension=member)


def _new_name(old: Name, operation: ops.AlterObject) -> Name:
    schema = operation.new_schema or old.schema
    return clipped(Name(schema, operation.new_name or old.name))


def _rename_publication(schema: Schema, old: str, new: str) -> None:
    held = schema.publications.find(old)
    if held is not None and new not in schema.publications:
        schema.publications.discard(old)
        schema.publications[new] = held.replace(name=new)


def _rename_statistics(schema: Schema, operation: ops.AlterObject) -> None:
    old = schema.resolve_statistics(operation.name)
    held = schema.statistics.find(old)
    new = _new_name(old, operation)
    if held is not None and new not in schema.statistics:
        schema.statistics.discard(old)
        schema.statistics[new] = held.replace(name=new)


@replays(ops.ReassignOwned)
def reassign_owned(schema: Schema, operation: ops.ReassignOwned) -> None:
    for relation in tuple(schema.relations.values()):
        if relation.owner in operation.owners:
            edit(schema, relation.name, owner=operation.new_owner)


@replays(ops.DropObject)
def drop_object(schema: Schema, operation: ops.DropObject) -> None:
    held = schema.other(operation.kind, operation.name)
    if held is not None:
        schema.others.discard(other_key(held.kind, held.name))
    if operation.kind in _TYPES:
        drop_type(schema, schema.resolve_type(operation.name))
    elif operation.kind in _ROUTINES:
        _drop_routine(schema, schema.resolve_function(operation.name), operation)
    elif operation.kind == "statistics":
        schema.statistics.discard(schema.resolve_statistics(operation.name))
    elif operation.kind == "publication":
        schema.publications.discard(operation.name.name)
    elif operation.kind == "extension":
        _drop_extension(schema, operation)
    elif operation.cascade and operation.kind == "collation":
        drop_uses_of_collation(schema, operation.name)
    elif operation.cascade and operation.kind == "server":
        doubt_foreign_tables(schema)


def _drop_routine(schema: Schema, name: Name, operation: ops.DropObject) -> None:
    arguments = None if operation.arguments is None else len(operation.arguments)
    if operation.cascade and len(schema.functions.find(name) or ()) <= 1:  # else which overload is called is open
        drop_uses_of_function(schema, name)
    drop_function(schema, name, arguments)


def _drop_extension(schema: Schema, operation: ops.DropObject) -> None:
    """With CASCADE every column of the extension's types goes, and which those are is not known."""
    schema.extensions.discard(operation.name.name)
    if operation.cascade:
        schema.doubt_everything()
