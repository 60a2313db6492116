"""DROP of schemas, types, functions, extensions and other objects, and what CASCADE reaches.

Without relations of their own these statements lock only tables and views that use what is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from migsafe.effects.postgresql.column_types import shown_type
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.dropping import Drop, noun_of
from migsafe.effects.postgresql.existence import refuse_unknown_collation
from migsafe.effects.postgresql.facts import volatility
from migsafe.model.definitions import Constraint
from migsafe.model.expressions import Call, Expression, Query
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import DropObject, DropSchema
from migsafe.schema.objects import Index, Relation


@effect_of(DropSchema)
def drop_schema(operation: DropSchema, context: Context) -> None:
    schema = context.schema
    name = operation.schema
    absent = name in schema.dropped_schemas or (schema.closed and name not in schema.schemas)
    if absent and operation.if_exists:
        return
    if absent:
        context.builder.refuse(f'schema "{name}" does not exist', "3F000", "namespace.c, get_namespace_oid")
    inside = tuple(r for r in schema.relations.values() if r.name.schema == name)
    drop = Drop((r.name for r in inside) if operation.cascade else (), f"schema {name}", operation.cascade, context)
    for relation in inside:
        drop.depends(relation.name)
        drop.drop(relation.name)
    for user_type in tuple(schema.types.values()):
        if user_type.name.schema == name:
            _drop_columns_of(user_type.name, drop, context)
    for function in tuple(schema.functions):
        if function.schema == name:
            _drop_users_of_function(function, drop, context)
    if not schema.closed:
        context.builder.assume(f"nothing else is in the schema {name}, and nothing elsewhere depends on it")


@effect_of(DropObject)
def drop_object(operation: DropObject, context: Context) -> None:
    what = _what(operation)
    drop = Drop((), what, operation.cascade, context)
    dropper = _DROPPERS.get(operation.kind)
    if dropper is None:
        if operation.cascade:
            context.builder.assume(f"no table or view depends on the {what}")
        return
    dropper(operation, drop, context)


def _what(operation: DropObject) -> str:
    kind = "type" if operation.kind == "domain" else operation.kind
    arguments = "" if operation.arguments is None else f"({', '.join(map(shown_type, operation.arguments))})"
    return f"{kind} {operation.name.name}{arguments}"


def _drop_type(operation: DropObject, drop: Drop, context: Context) -> None:
    full = context.schema.resolve_type(operation.name)
    if context.schema.types.find(full) is None:
        _refuse_row_type(operation, context)
        _missing(operation, context)
        return
    for user_type in tuple(context.schema.types.values()):
        parts = (user_type.base, *(kind for _, kind in user_type.attributes))
        if any(part is not None and Name(part.schema, part.name) == full for part in parts):
            drop.depends(user_type.name)
    for relation in tuple(context.schema.relations.values()):
        if relation.of_type == full:
            drop.depends(relation.name)
            drop.drop(relation.name)
    _drop_columns_of(full, drop, context)


def _refuse_row_type(operation: DropObject, context: Context) -> None:
    relation = context.schema.relation(operation.name)
    if relation.known:
        name = operation.name.name
        message = f"cannot drop type {name} because {noun_of(relation.kind)} {name} requires it"
        context.builder.refuse(message, "2BP01", "dependency.c, findDependentObjects")


def _drop_columns_of(full: Name, drop: Drop, context: Context) -> None:
    """Columns of the type or of a domain over it go; those of a composite type with an attribute of it stay."""
    for table, column in context.schema.type_users(full):
        if _made_of(table, column, full, context):
            drop.depends(table.name)
            drop.drop_column(table, column)


def _made_of(table: Relation, column: str, full: Name, context: Context) -> bool:
    found = table.column(column)
    current = None if found is None else found.type
    while current is not None:
        name = Name(current.schema, current.name)
        if name == full:
            return True
        known = context.schema.types.find(name)
        current = None if known is None else known.base
    return False


def _missing(operation: DropObject, context: Context) -> None:
    if context.schema.closed and not operation.if_exists:
        context.builder.refuse(f"{_what(operation)} does not exist", "42704", "dropcmds.c")
    if not context.schema.closed:
        context.builder.assume(f"nothing depends on the {_what(operation)}")


def _drop_function(operation: DropObject, drop: Drop, context: Context) -> None:
    overloads = context.schema.functions_named(operation.name)
    if not overloads:
        _refuse_missing_function(operation, context)
        if operation.cascade:
            context.builder.assume(f"nothing depends on the {_what(operation)}")
        return
    _drop_users_of_function(overloads[0].name, drop, context)


def _refuse_missing_function(operation: DropObject, context: Context) -> None:
    schema = context.schema
    name = operation.name
    built_in = volatility(name.name, context.version) is not None
    if operation.kind == "aggregate" or operation.if_exists or built_in or not schema.closed or schema.extensions:
        return
    if operation.arguments is None:
        message = f'could not find a {operation.kind} named "{name}"'
    else:
        message = f"{operation.kind} {name}({', '.join(map(shown_type, operation.arguments))}) does not exist"
    context.builder.refuse(message, "42883", "parse_func.c, LookupFuncWithArgs")


def _drop_language(operation: DropObject, drop: Drop, context: Context) -> None:
    """The functions in a language go with it, and with the extension that brought it."""
    for name, overloads in tuple(context.schema.functions.items()):
        if any(function.language.lower() == operation.name.name for function in overloads):
            drop.depends(name)
            _drop_users_of_function(name, drop, context)
    if operation.cascade and operation.kind == "extension" and operation.name.name != "plpgsql":
        context.builder.assume(f"no column, index or function uses what the extension {operation.name.name} brought")


def _drop_users_of_function(function: Name, drop: Drop, context: Context) -> None:
    schema = context.schema
    for table, trigger in schema.triggers_calling(function):
        drop.depends(table.name)
        drop.lock(table.name, f"The trigger {trigger} calls the function and is dropped.")
    for relation in tuple(schema.relations.values()):
        if _relation_calls(relation, lambda call: _is(call, function, context)):
            _drop_caller(relation, drop)
        for index in schema.indexes_of(relation.name):
            if _index_calls(index, lambda call: _is(call, function, context)):
                drop.depends(relation.name)
                drop.lock(relation.name, f"Its index {index.name} calls the function and is dropped.")
                drop.lock(index.name, "It calls the function and is dropped.")


def _drop_caller(relation: Relation, drop: Drop) -> None:
    if relation.query is not None:
        drop.remove_view(relation)
        return
    drop.depends(relation.name)
    drop.lock(relation.name, "A default, constraint or column that calls the function is dropped.")


Test = Callable[[Call], bool]


def _is(call: Call, function: Name, context: Context) -> bool:
    if call.function.name != function.name:
        return False
    return context.schema.resolve_function(call.function) == function


def _relation_calls(relation: Relation, test: Test) -> bool:
    columns = relation.columns
    expressions = [c.default for c in columns] + [c.generated.expression for c in columns if c.generated is not None]
    constraints = [_expression_of(c.definition) for c in relation.constraints]
    return _query_calls(relation.query, test) or any(_calls(e, test) for e in (*expressions, *constraints))


def _expression_of(constraint: Constraint) -> Expression | None:
    expression = getattr(constraint, "expression", None)
    return expression if isinstance(expression, Expression) else None


def _query_calls(query: Query | None, test: Test) -> bool:
    return query is not None and any(map(test, query.calls))


def _calls(expression: Expression | None, test: Test) -> bool:
    return expression is not None and any(map(test, expression.calls))


def _index_calls(index: Index, test: Test) -> bool:
    return _calls(index.predicate, test) or any(_calls(e.expression, test) for e in index.elements)


def _drop_statistics(operation: DropObject, _drop: Drop, context: Context) -> None:
    """statscmds.c, RemoveStatisticsById."""
    schema = context.schema
    bare = operation.name.name
    found = (s for s in schema.statistics.values() if s.name.name == bare)
    statistics = next((s for s in found if operation.name.schema in (None, s.name.schema)), None)
    if statistics is None:
        if not schema.closed:
            context.builder.assume(f"the table of the statistics {operation.name} is locked as well")
        elif not operation.if_exists:
            message = f'statistics object "{operation.name}" does not exist'
            context.builder.refuse(message, "42704", "dropcmds.c")
        return
    reason = "Its extended statistics are dropped."
    source = "statscmds.c, RemoveStatisticsById"
    context.builder.lock(statistics.table, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, source)


def _drop_collation(operation: DropObject, drop: Drop, context: Context) -> None:
    if not operation.if_exists:
        refuse_unknown_collation(operation.name, context)
    for relation in tuple(context.schema.relations.values()):
        for column in relation.columns:
            if column.collation is not None and column.collation.name == operation.name.name:
                drop.depends(relation.name)
                drop.drop_column(relation, column.name)


def _drop_server(operation: DropObject, drop: Drop, context: Context) -> None:
    """Which server a foreign table belongs to is not kept: each of them may be of this one."""
    if not operation.cascade:
        return
    for relation in tuple(context.schema.relations.values()):
        if relation.kind is RelationKind.FOREIGN_TABLE:
            drop.drop(relation.name)
            context.builder.assume(f"the foreign table {relation.name} belongs to {operation.name.name}")


_DROPPERS: dict[str, Callable[[DropObject, Drop, Context], None]] = {
    "type": _drop_type,
    "domain": _drop_type,
    "function": _drop_function,
    "procedure": _drop_function,
    "routine": _drop_function,
    "aggregate": _drop_function,
    "extension": _drop_language,
    "language": _drop_language,
    "server": _drop_server,
    "foreign data wrapper": _drop_server,
    "statistics": _drop_statistics,
    "collation": _drop_collation,
}
