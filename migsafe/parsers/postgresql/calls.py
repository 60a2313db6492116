"""Function calls that are statements in disguise: set_config, and the schema changes of well-known extensions."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.names import Name
from migsafe.model.operations import ExtensionCall, Operation, SetParameter
from migsafe.parsers.postgresql.tree import (
    Node,
    body_of,
    child,
    children,
    flag,
    kind_of,
    name_of,
    names,
    number,
    text,
)
from migsafe.parsers.postgresql.walk import Walk
from migsafe.text.lexer import TokenKind, tokens

_SCHEMAS = {"cron": "pg_cron", "partman": "pg_partman", "pglogical": "pglogical", "pgmq": "pgmq"}
_FUNCTIONS = {
    "timescaledb": (
        "create_hypertable create_distributed_hypertable add_dimension set_chunk_time_interval "
        "set_integer_now_func add_retention_policy remove_retention_policy add_compression_policy "
        "remove_compression_policy add_columnstore_policy remove_columnstore_policy add_reorder_policy "
        "remove_reorder_policy add_continuous_aggregate_policy remove_continuous_aggregate_policy compress_chunk "
        "decompress_chunk convert_to_columnstore convert_to_rowstore drop_chunks reorder_chunk move_chunk "
        "attach_tablespace detach_tablespace detach_tablespaces enable_chunk_skipping disable_chunk_skipping "
        "attach_chunk detach_chunk"
    ),
    "citus": (
        "create_distributed_table create_distributed_table_concurrently create_reference_table undistribute_table "
        "alter_distributed_table alter_table_set_access_method citus_add_local_table_to_metadata "
        "create_distributed_function truncate_local_data_after_distributing_table create_time_partitions "
        "drop_old_time_partitions rebalance_table_shards citus_schema_distribute citus_schema_undistribute "
        "remove_local_tables_from_metadata update_distributed_table_colocation"
    ),
    "postgis": (
        "addgeometrycolumn dropgeometrycolumn dropgeometrytable updategeometrysrid populate_geometry_columns "
        "addrasterconstraints droprasterconstraints addoverviewconstraints"
    ),
    "pg_partman": (
        "create_parent create_sub_parent create_partition create_partition_time create_partition_id undo_partition "
        "partition_data_time partition_data_id drop_partition_time drop_partition_id"
    ),
}
_EXTENSION_OF = {function: extension for extension, all_ in _FUNCTIONS.items() for function in all_.split()}
_TABLE_ARGUMENTS = frozenset({"relation", "table_name", "p_parent_table", "hypertable", "main_table", "set_name"})


def called_operations(walk: Walk, select: Node) -> tuple[Operation, ...]:
    """What the calls of a SELECT amount to; empty when they are calls like any other."""
    settings = tuple(_settings(select))
    if settings and len(settings) == len(children(select, "targetList")) and not walk.reads:
        return settings
    return tuple(_extension_calls(walk))


def _settings(select: Node) -> Iterator[Operation]:
    for target in children(select, "targetList"):
        value = child(body_of(target), "val")
        found = _setting(body_of(value)) if kind_of(value) == "FuncCall" else None
        if found is not None:
            yield found


def _setting(call: Node) -> Operation | None:
    """`set_config(name, value, is_local)` with constants."""
    function = name_of(names(call, "funcname"))
    arguments = [_constant(argument) for argument in children(call, "args")]
    if function.name != "set_config" or function.schema not in (None, "pg_catalog") or len(arguments) != 3:
        return None
    name, value, local = arguments
    if name is None or value is None or local is None:
        return None
    is_local = flag(child(local, "boolval"), "boolval") or _string(local).lower() in ("t", "true", "on", "1")
    return SetParameter(
        name=_string(name).lower(),
        value=None if flag(value, "isnull") else _string(value),
        local=is_local,
    )


def _constant(wrapped: Node) -> Node | None:
    while kind_of(wrapped) in ("TypeCast", "NamedArgExpr"):
        wrapped = child(body_of(wrapped), "arg")
    return body_of(wrapped) if kind_of(wrapped) == "A_Const" else None


def _string(const: Node) -> str:
    if "sval" in const:
        return text(child(const, "sval"), "sval")
    if "ival" in const:
        return str(number(child(const, "ival"), "ival"))
    return text(child(const, "fval"), "fval")


def _extension_calls(walk: Walk) -> Iterator[Operation]:
    for call in walk.call_nodes:
        function = name_of(names(call, "funcname"))
        extension = _SCHEMAS.get(function.schema or "") or _EXTENSION_OF.get(function.name)
        if extension is not None:
            table = None if extension == "pg_cron" else _table(call, extension)
            yield ExtensionCall(function=str(function), extension=extension, table=table)


def _table(call: Node, extension: str) -> Name | None:
    """The table that a literal argument names: the one called so, else the first."""
    arguments = children(call, "args")
    for argument in arguments:
        if kind_of(argument) == "NamedArgExpr" and text(body_of(argument), "name") in _TABLE_ARGUMENTS:
            return _regclass(_constant(argument))
    if extension == "postgis":
        has_column = names(call, "funcname")[-1] != "dropgeometrytable"
        return _postgis_table(arguments, 1 if has_column else 0)
    return _regclass(_constant(arguments[0])) if arguments else None


def _postgis_table(arguments: list[Node], columns: int) -> Name | None:
    """AddGeometryColumn([[catalog,] schema,] table, column, srid, …): the strings before the first number."""
    leading: list[str] = []
    for argument in arguments:
        constant = _constant(argument)
        if constant is None or "sval" not in constant:
            break
        leading.append(_string(constant))
    dotted = tuple(leading[: len(leading) - columns])
    return name_of(dotted[-2:]) if dotted else None


def _regclass(const: Node | None) -> Name | None:
    if const is None or "sval" not in const:
        return None
    return name_from_text(_string(const))


def name_from_text(written: str) -> Name | None:
    """A dotted name in a string, folded as regclass input folds it; None when it is no name."""
    parts: list[str] = []
    for token in tokens(written):
        piece = written[token.start : token.end]
        if token.kind is TokenKind.WORD:
            parts.append(piece.lower())
        elif token.kind is TokenKind.QUOTED_WORD:
            parts.append(piece[1:-1].replace('""', '"'))
        elif piece != ".":
            return None
    return name_of(tuple(parts)) if parts else None
