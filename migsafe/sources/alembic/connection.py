"""What a revision sends by itself: `op.execute`, the connection behind `op.get_bind()`, and Alembic's context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.payloads import Autocommit, Sent
from migsafe.sources.alembic.state import not_known, send, send_statement
from migsafe.sources.alembic.values import HoleType, is_clause, literal, words
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values import Maybe

load()
with no_plugins():
    import sqlalchemy as sa
    from alembic.operations.schemaobj import SchemaObjects
    from sqlalchemy import schema
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.engine.mock import MockConnection
    from sqlalchemy.exc import ArgumentError
    from sqlalchemy.sql import dml
    from sqlalchemy.sql.elements import TextClause

_MOST_ROWS: Final = 500  # statements that one call with many sets of parameters is shown as


def execute(call: Call) -> object:
    """`op.execute(sql)`, `bind.execute(sql, parameters)`, `session.execute(…)`."""
    statement = call.args[0] if call.args else next(iter(call.kwargs.values()), None)
    parameters = [value for value in (*call.args[1:], *_named_parameters(call)) if value is not None]
    if isinstance(statement, str):
        statement = _of_text(statement, call, has_parameters=bool(parameters))
    if isinstance(statement, HostObject) and is_clause(statement.payload):
        for construct in _with_parameters(statement.payload, parameters, call):
            _send(construct, call)
    elif statement is not None:
        not_known(call, "dynamic-sql", f"the statement is {words(statement)}, which is not known")
    return Unknown(Cause.DATABASE, call.site.words)


def _named_parameters(call: Call) -> list[object]:
    first = {"statement", "sqltext", "sql", "object_", "clause"}
    given = [call.kwargs[key] for key in ("params", "parameters", "multiparams") if key in call.kwargs]
    others = {
        k: v
        for k, v in call.kwargs.items()
        if k not in {*first, "params", "parameters", "multiparams", "execution_options"}
    }
    return [*given, *([others] if others else [])]


def _of_text(sql: str, call: Call, *, has_parameters: bool) -> object:
    from migsafe.sources.alembic.constructs import SA

    if has_parameters or ":" in sql:
        return HostObject(SA, sa.text(sql))
    call.record(Sent(sql))
    return None


def raw(call: Call) -> object:
    """`exec_driver_sql`: the text goes to the driver as it is, with doubled percent signs only beside parameters."""
    sql = call.args[0] if call.args else call.kwargs.get("statement")
    if isinstance(sql, str):
        call.record(Sent(sql.replace("%%", "%") if len(call.args) > 1 else sql))
    else:
        not_known(call, "dynamic-sql", f"the statement is {words(sql)}, which is not known")
    return Unknown(Cause.DATABASE, call.site.words)


def _send(construct: object, call: Call) -> None:
    if isinstance(construct, schema.ExecutableDDLElement):
        send(call, lambda worker: worker.context.impl._exec(construct))  # noqa: SLF001  # what `execute` of Alembic calls
    else:
        send_statement(call, construct)


def _with_parameters(construct: object, parameters: Sequence[object], call: Call) -> list[object]:
    """The statement with its parameters in it, once for each set of them."""
    sets: list[object] = []
    for value in parameters:
        sets += list(value) if isinstance(value, (list, tuple)) else [value]
    if not sets:
        return [_open(construct, call)]
    return [_with_one(construct, value, call) for value in sets[:_MOST_ROWS]]


def _with_one(construct: object, values: object, call: Call) -> object:
    if isinstance(values, Maybe):
        values = values.value
    given = {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}
    try:
        if isinstance(construct, (dml.Insert, dml.Update)):
            columns = {key: literal(value, call) for key, value in given.items()}
            return construct.values(columns) if columns else construct
        if isinstance(construct, TextClause):
            return _bound(construct, given, call)
    except (ArgumentError, TypeError, AttributeError):
        return construct
    return construct


def _bound(text: TextClause, given: dict[str, object], call: Call) -> object:
    known: list[sa.BindParameter[object]] = []
    for name in text._bindparams:  # noqa: SLF001  # the names in the text; there is no other way to ask for them
        value = literal(given[name], call) if name in given else None
        if name not in given or is_clause(value) or isinstance(value, (dict, list, tuple, bytes)):
            known.append(
                sa.bindparam(name, f"'{call.hole(_parameter(given.get(name), name))}'", type_=HoleType("value"))
            )
        else:
            known.append(sa.bindparam(name, value))
    return text.bindparams(*known)


def _parameter(value: object, name: str) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(Cause.PARAMETER, name)


def _open(construct: object, call: Call) -> object:
    """A text with names for parameters that it is not given."""
    if not isinstance(construct, TextClause):
        return construct
    without = {name: None for name, bind in construct._bindparams.items() if bind.value is None and bind.required}  # noqa: SLF001  # no public way to its binds
    return _bound_only(construct, without, call) if without else construct


def _bound_only(text: TextClause, names: dict[str, None], call: Call) -> object:
    made = [
        sa.bindparam(name, f"'{call.hole(Unknown(Cause.PARAMETER, name))}'", type_=HoleType("value")) for name in names
    ]
    return text.bindparams(*made)


def send_ddl(payload: object, call: Call, *, create: bool) -> object:
    """`Table.create(bind)`, `Enum.drop(bind)`, `Index.create(bind)`, `Sequence.create(bind)`."""
    checked = call.kwargs.get("checkfirst", True) is not False
    for construct in _ddl(payload, create=create):
        guard = f"{'no' if create else 'a'} {_what(payload)} of this name exists" if checked else None
        _send_checked(construct, guard, call)
    if not _ddl(payload, create=create):
        not_known(call, "unknown-type", f"what {call.name} makes is not known")
    return None


def _send_checked(construct: object, guard: str | None, call: Call) -> None:
    from migsafe.sources.alembic.state import renderer

    try:
        sql = renderer(call).statement(construct)
    except Exception as refused:  # noqa: BLE001  # SQLAlchemy's errors for what cannot be written
        not_known(call, "raises", f"SQLAlchemy cannot write this statement: {type(refused).__name__}")
        return
    call.record(Sent(sql, guard))


def _what(payload: object) -> str:
    if isinstance(payload, sa.Table):
        return "table"
    if isinstance(payload, sa.Index):
        return "index"
    return "sequence" if isinstance(payload, sa.Sequence) else "type"


def _ddl(payload: object, *, create: bool) -> list[object]:
    if isinstance(payload, sa.Table):
        return _table_ddl(payload, create=create)
    if isinstance(payload, sa.Index):
        return [schema.CreateIndex(payload) if create else schema.DropIndex(payload)]
    if isinstance(payload, sa.Sequence):
        return [schema.CreateSequence(payload) if create else schema.DropSequence(payload)]
    if isinstance(payload, sa.Enum):
        return [_enum_ddl(payload, create=create)]
    return []


def _table_ddl(table: sa.Table, *, create: bool) -> list[object]:
    """What SQLAlchemy itself sends, with the enum types of the columns and the indexes."""
    if create:
        for key in table.foreign_keys:  # the tables that they name are in other metadata here, if anywhere
            SchemaObjects()._ensure_table_for_fk(table.metadata, key)  # noqa: SLF001  # as op.create_table does
    found: list[object] = []
    connection = MockConnection(postgresql.dialect(), lambda construct, *_, **__: found.append(construct))  # type: ignore[no-untyped-call]  # SQLAlchemy has no types here
    if create:
        table.create(connection, checkfirst=False)
    else:
        table.drop(connection, checkfirst=False)
    indexes = sorted(
        (one for one in found if isinstance(one, schema.CreateIndex)), key=lambda one: str(one.element.name)
    )
    return [one for one in found if not isinstance(one, schema.CreateIndex)] + list(indexes)


def _enum_ddl(kind: sa.Enum, *, create: bool) -> object:
    named = postgresql.ENUM(*kind.enums, name=kind.name or "enum", schema=kind.schema)
    return postgresql.CreateEnumType(named) if create else postgresql.DropEnumType(named)


def _unknown(_: HostObject, call: Call) -> object:
    return Unknown(Cause.DATABASE, call.site.words)


def _nothing(_: HostObject, __: Call) -> object:
    return None


def _itself(owner: HostObject, _: Call) -> object:
    return owner


INSPECTOR: Final = HostKind(
    name="an inspector",
    attribute=lambda _, name: HostFunction(name, lambda call: Unknown(Cause.DATABASE, call.site.words)),
)
DIALECT: Final = HostKind(
    name="the dialect",
    attributes={"name": lambda _: "postgresql"},
    methods={
        "has_table": _unknown,
        "has_index": _unknown,
        "has_sequence": _unknown,
        "has_schema": _unknown,
        "has_type": _unknown,
    },
)
BLOCK: Final = HostKind(
    name="a transaction",
    enter=lambda owner, _: owner,
    methods={"commit": _nothing, "rollback": _nothing, "close": _nothing, "start": _nothing, "__enter__": _itself},
)


def _committed(_: HostObject, call: Call) -> object:
    call.record(Sent("COMMIT"))
    return None


OTHER: Final = "another connection"
ALONE: Final = "a connection that commits each statement"


def _with_options(owner: HostObject, call: Call) -> object:
    """`execution_options(isolation_level="AUTOCOMMIT")` on a connection of its own."""
    if owner.payload == OTHER and call.kwargs.get("isolation_level") == "AUTOCOMMIT":
        return HostObject(BIND, ALONE)
    return owner


def _apart(owner: HostObject, call: Call, send_it: Callable[[Call], object]) -> object:
    """A statement of a connection that commits by itself is outside of the revision's transaction."""
    if owner.payload != ALONE:
        return send_it(call)
    call.record(Autocommit.APART)
    result = send_it(call)
    call.record(Autocommit.TOGETHER)
    return result


_NESTED: Final = BLOCK.replace(savepoint=True)


BIND: Final[HostKind] = HostKind(
    name="the connection",
    methods={
        "execute": lambda owner, call: _apart(owner, call, execute),
        "scalar": lambda owner, call: _apart(owner, call, execute),
        "scalars": lambda owner, call: _apart(owner, call, execute),
        "exec_driver_sql": lambda owner, call: _apart(owner, call, raw),
        "begin": lambda _, __: HostObject(BLOCK, "transaction"),
        "begin_nested": lambda _, __: HostObject(_NESTED, "transaction"),
        "connect": lambda _, __: HostObject(BIND, OTHER),
        "execution_options": _with_options,
        "get_transaction": lambda _, __: HostObject(BLOCK, "transaction"),
        "in_transaction": _unknown,
        "commit": _committed,
        "rollback": _nothing,
        "close": _nothing,
        "detach": _nothing,
        "invalidate": _nothing,
        "inspect": lambda _, __: HostObject(INSPECTOR, "inspector"),
    },
    attributes={
        "dialect": lambda _: HostObject(DIALECT, "dialect"),
        "engine": lambda _: HostObject(BIND, "bind"),
        "connection": lambda _: HostObject(BIND, "bind"),
    },
    truth=lambda _: True,
    enter=lambda owner, _: owner,
    sensitive=True,
)


def _autocommit(_: HostObject, __: Call) -> object:
    return HostObject(AUTOCOMMIT, "autocommit_block")


def _begin_autocommit(_: HostObject, call: Call) -> object:
    call.record(Autocommit.BEGIN)
    return None


def _end_autocommit(_: HostObject, call: Call) -> None:
    call.record(Autocommit.END)


AUTOCOMMIT: Final = HostKind(name="autocommit_block", enter=_begin_autocommit, leave=_end_autocommit)
_IMPL: Final = HostKind(
    name="the implementation",
    attributes={"dialect": lambda _: HostObject(DIALECT, "dialect"), "bind": lambda _: HostObject(BIND, "bind")},
    methods={"execute": lambda _, call: execute(call)},
    sensitive=True,
)
CONTEXT: Final = HostKind(
    name="the migration context",
    methods={
        "autocommit_block": _autocommit,
        "begin_transaction": lambda _, __: HostObject(BLOCK, "transaction"),
        "execute": lambda _, call: execute(call),
        "get_bind": lambda _, __: HostObject(BIND, "bind"),
        "get_context": lambda owner, _: owner,
        "is_offline_mode": lambda _, __: False,
        "get_x_argument": _unknown,
        "get_tag_argument": _unknown,
        "get_current_revision": _unknown,
    },
    attributes={
        "as_sql": lambda _: False,
        "bind": lambda _: HostObject(BIND, "bind"),
        "connection": lambda _: HostObject(BIND, "bind"),
        "dialect": lambda _: HostObject(DIALECT, "dialect"),
        "impl": lambda _: HostObject(_IMPL, "impl"),
    },
    sensitive=True,
)


def inspected(call: Call) -> object:
    """`sa.inspect(bind)`, `Inspector.from_engine(bind)`, `reflection.Inspector(bind)`."""
    del call
    return HostObject(INSPECTOR, "inspector")


INSPECTOR_CLASS: Final = HostKind(
    name="Inspector", methods={"from_engine": lambda _, call: inspected(call)}, call=lambda _, call: inspected(call)
)
