"""`op.*` and `batch_op.*`: each call is made on Alembic's own object, and what that sends is recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Final, cast

from migsafe.sources.alembic.connection import BIND, CONTEXT, execute
from migsafe.sources.alembic.constructs import SA, build, wrapped
from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.renderer import Renderer
from migsafe.sources.alembic.state import not_known, renderer, send, send_statement
from migsafe.sources.alembic.values import Fill, HoleType, UnbuildableError, literal, real, words
from migsafe.sources.interpreter import Call, HostFunction, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values import Maybe, Rest

load()
with no_plugins():
    import sqlalchemy as sa
    from alembic.operations import BatchOperations, Operations
    from sqlalchemy.sql.expression import TableClause

_DDL: Final = (
    *("add_column", "alter_column", "create_check_constraint", "create_exclude_constraint", "create_foreign_key"),
    *("create_index", "create_primary_key", "create_table", "create_table_comment", "create_unique_constraint"),
    *("drop_column", "drop_constraint", "drop_index", "drop_table", "drop_table_comment", "rename_table"),
)
_BATCH: Final = (
    *("add_column", "alter_column", "create_check_constraint", "create_exclude_constraint", "create_foreign_key"),
    *("create_index", "create_primary_key", "create_table_comment", "create_unique_constraint", "drop_column"),
    *("drop_constraint", "drop_index", "drop_table_comment"),
)
_NAMES: Final = frozenset(
    (
        *("table_name", "column_name", "constraint_name", "index_name", "name", "schema", "source_table"),
        *("referent_table", "old_table_name", "new_table_name", "new_column_name", "comment", "columns", "local_cols"),
        *("remote_cols", "source_schema", "referent_schema", "postgresql_using", "postgresql_tablespace"),
        *("postgresql_include", "elements"),
    )
)
_EXPRESSIONS: Final = frozenset(("server_default", "condition", "sqltext", "postgresql_where"))
_IGNORED: Final = frozenset(
    (
        *("existing_server_default", "existing_comment", "existing_autoincrement", "autoincrement", "info"),
        *("existing_nullable", "mysql_length", "mysql_using", "sqlite_where", "mysql_prefix", "sqlite_on_conflict"),
    )
)
_OF_KEYS: Final = frozenset(("ondelete", "onupdate", "deferrable", "initially", "match", "use_alter"))
"""Parts of a foreign key that change neither its lock nor its work: without one the statement has a hole."""
_RENAMED: Final[Mapping[str, str]] = {  # argument names before Alembic 0.8, which it took until 1.0
    "type": "type_",
    "tablename": "table_name",
    "name": "constraint_name",
    "source": "source_table",
    "referent": "referent_table",
    "column": "column_name",
    "cols": "columns",
}
NO_NAME: Final = HostObject(HostKind(name="no value"))


@lru_cache(maxsize=128)
def _parameters(kind: type, name: str) -> tuple[tuple[str, bool], ...]:
    """The parameters of an operation without `self`: their names, and whether one takes all that follow."""
    found = list(inspect.signature(getattr(kind, name)).parameters.values())[1:]
    return tuple((p.name, p.kind is p.VAR_POSITIONAL) for p in found if p.kind is not p.VAR_KEYWORD)


def _fill(parameter: str) -> Fill:
    if parameter in _NAMES:
        return Fill.NAME
    if parameter in _EXPRESSIONS:
        return Fill.EXPRESSION
    return Fill.TYPE if parameter in ("type_", "existing_type") else Fill.NOTHING


def _arguments(call: Call, kind: type, name: str) -> tuple[list[object], dict[str, object]]:
    """The call's arguments as real values. Raises UnbuildableError for one that has to be known."""
    if call.more is not None:
        raise UnbuildableError(words(call.more))
    parameters = _parameters(kind, name)
    args = [_argument(name, _parameter(parameters, at), value, call) for at, value in enumerate(call.args)]
    kwargs: dict[str, object] = {}
    known = {parameter for parameter, _ in parameters}
    for key, value in call.kwargs.items():
        renamed = key if key in known else _RENAMED.get(key, key)
        if renamed not in known and key in known:
            renamed = key
        if _is_needless(renamed, value):
            continue
        if renamed in _OF_KEYS and isinstance(value, Unknown):
            renderer(call).incomplete = True
            continue
        kwargs[renamed if renamed in known else key] = _argument(name, renamed, value, call)
    return args, kwargs


def _is_needless(parameter: str, value: object) -> bool:
    """Arguments that say how something was before, or what another database needs: not in PostgreSQL's SQL."""
    if parameter == "existing_type":
        return isinstance(value, Unknown)
    return parameter in _IGNORED or parameter.startswith(("mysql_", "sqlite_", "mssql_", "oracle_", "mariadb_"))


def _parameter(parameters: tuple[tuple[str, bool], ...], at: int) -> str:
    if at < len(parameters) and not any(rest for _, rest in parameters[:at]):
        return parameters[at][0]
    return next((name for name, rest in parameters if rest), "")


def _argument(operation: str, parameter: str, value: object, call: Call) -> object:
    if operation == "create_table" and parameter == "columns":
        return _element(value, call)
    if parameter == "column" and isinstance(value, Unknown):
        return sa.Column(call.hole(value), HoleType("type"))
    return real(value, call, _fill(parameter))


def _element(value: object, call: Call) -> object:
    """A column or a constraint of a table."""
    if isinstance(value, Maybe):
        return _element(value.value, call)
    if isinstance(value, Rest):
        value = value.reason
    return sa.Column(call.hole(value), HoleType("type")) if isinstance(value, Unknown) else real(value, call)


def _operation(name: str) -> Callable[[HostObject, Call], object]:
    def run(_: HostObject, call: Call) -> object:
        return operate(call, name)

    return run


def operate(call: Call, name: str) -> object:
    """Make the call on Alembic's operations object."""

    def action(worker: Renderer) -> object:
        args, kwargs = _arguments(call, Operations, name)
        return getattr(worker.operations, name)(*args, **kwargs)

    result = send(call, action)
    return (
        wrapped(result)
        if isinstance(result, TableClause)
        or (name == "create_table" and result is not None and not isinstance(result, Unknown))
        else None
    )


def _batch_operation(name: str) -> Callable[[HostObject, Call], object]:
    def run(owner: HostObject, call: Call) -> object:
        batch = owner.payload
        if isinstance(batch, Unknown):
            not_known(call, "unknown-value", f"batch_op.{name} is on a table that is not known")
            return None
        assert isinstance(batch, BatchOperations)

        def action(_: Renderer) -> object:
            args, kwargs = _arguments(call, BatchOperations, name)
            getattr(batch, name)(*args, **kwargs)
            _flushed(batch)
            return None

        send(call, action)
        return None

    return run


def _flushed(batch: BatchOperations) -> None:
    """Send at once what Alembic sends at the end of the block, in the same order: without a copy of the table nothing
    is put together (`BatchOperationsImpl.flush`)."""
    waiting = batch.impl.batch
    entries, waiting[:] = list(waiting), []
    for name, args, kwargs in entries:
        getattr(batch.impl.operations.impl, name)(*args, **kwargs)


def _any_operation(owner: HostObject, name: str) -> object:
    """An operation that Alembic does not have: one that a library or the project registers."""

    def run(call: Call) -> object:
        not_known(call, "custom-op", f"{owner.kind.name}.{name} is no operation of Alembic's, so its SQL is not known")
        return call.unknown()

    return HostFunction(f"{owner.kind.name}.{name}", run, sensitive=True)


def _batch_alter_table(_: HostObject, call: Call) -> object:
    worker = renderer(call)
    try:
        args, kwargs = _arguments(call, Operations, "batch_alter_table")
        recreate = kwargs.get("recreate", "auto")
        if recreate == "always":
            table = args[0] if args else ""
            detail = f"recreate='always' replaces {table} by a copy: rows that are written meanwhile are lost"
            not_known(call, "batch-recreate", detail)
            kwargs["recreate"] = "never"
        kept = {
            key: value
            for key, value in kwargs.items()
            if key in ("schema", "recreate", "table_name", "naming_convention")
        }
        begin = cast("Callable[..., AbstractContextManager[BatchOperations]]", worker.operations.batch_alter_table)
        manager = begin(*args, **kept)
        return HostObject(BATCH_BLOCK, manager.__enter__())
    except Exception:  # noqa: BLE001  # arguments that Alembic refuses, or that are not known
        return HostObject(BATCH_BLOCK, call.unknown())


BATCH: Final = HostKind(
    name="batch_op",
    methods={
        **{name: _batch_operation(name) for name in _BATCH},
        "f": lambda _, call: call.args[0],
        "execute": lambda _, call: execute(call),
    },
    attribute=_any_operation,
    sensitive=True,
)
BATCH_BLOCK: Final = HostKind(
    name="batch_alter_table", enter=lambda owner, _: HostObject(BATCH, owner.payload), sensitive=True
)


def _bulk_insert(_: HostObject, call: Call) -> object:
    """One INSERT for each row, as offline; a value that is not known is a placeholder."""
    table = call.args[0] if call.args else call.kwargs.get("table")
    rows = call.args[1] if len(call.args) > 1 else call.kwargs.get("rows")
    target = table.payload if isinstance(table, HostObject) else None
    if not isinstance(target, TableClause) or not isinstance(rows, (list, tuple)):
        not_known(call, "data-loop", "the rows or the table of bulk_insert are not known")
        return None
    for row in rows:
        _send_row(target, row, call)
    return None


def _send_row(target: TableClause, row: object, call: Call) -> None:
    try:
        send_statement(call, _insert(target, row, call))
    except UnbuildableError as unknown:
        not_known(call, "data-loop", f"a row of bulk_insert is {unknown}, which is not known")


def _insert(target: TableClause, row: object, call: Call) -> object:
    if isinstance(row, Maybe):
        row = row.value
    if not isinstance(row, dict):
        raise UnbuildableError(words(row))
    return target.insert().inline().values({str(key): literal(value, call) for key, value in row.items()})


def _named(_: HostObject, call: Call) -> object:
    """`op.f(name)`: a name that the naming convention leaves alone."""
    try:
        return (
            HostObject(SA, renderer(call).operations.f(str(real(call.args[0], call, Fill.NAME)))) if call.args else None
        )
    except UnbuildableError:
        return call.unknown()


def _inline_literal(_: HostObject, call: Call) -> object:
    return build(renderer(call).operations.inline_literal, call)


OP: Final = HostKind(
    name="op",
    methods={
        **{name: _operation(name) for name in _DDL},
        "batch_alter_table": _batch_alter_table,
        "bulk_insert": _bulk_insert,
        "execute": lambda _, call: execute(call),
        "f": _named,
        "get_bind": lambda _, __: HostObject(BIND, "bind"),
        "get_context": lambda _, __: HostObject(CONTEXT, "context"),
        "inline_literal": _inline_literal,
    },
    attributes={"migration_context": lambda _: HostObject(CONTEXT, "context")},
    attribute=_any_operation,
    sensitive=True,
)


def functions() -> Iterator[tuple[str, object]]:
    """`from alembic.op import add_column`."""
    owner = HostObject(OP, "op")
    for name, method in OP.methods.items():
        yield name, HostFunction(name, lambda call, method=method: method(owner, call), sensitive=True)  # type: ignore[misc]  # the default binds it
