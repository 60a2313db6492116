"""Sessions and models in a revision: which tables their work touches, as far as the text tells.

What an ORM sends depends on the objects that it loaded. Each step becomes the statement that it certainly is, with
placeholders for what only the run knows; `⟨…⟩` is no name that a server has.
"""

from __future__ import annotations

from typing import Final

from migsafe.sources.alembic.connection import BIND, execute
from migsafe.sources.alembic.constructs import SA
from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.payloads import Sent
from migsafe.sources.alembic.state import not_known, renderer
from migsafe.sources.interpreter import Call, Cause, Class, HostFunction, HostKind, HostObject, Instance, Unknown

load()
with no_plugins():
    from sqlalchemy.sql.elements import ColumnClause
    from sqlalchemy.sql.expression import TableClause

_VALUE: Final = "'⟨value⟩'"
_WHERE: Final = "⟨condition⟩"


def table_of(value: object, call: Call) -> str | None:
    """The table behind a model, an object of one, a table or a column; quoted as SQL. None when it is not known."""
    if isinstance(value, Instance):
        value = value.defined
    if isinstance(value, Class):
        return _of_model(value, call)
    if isinstance(value, HostObject):
        table = value.payload.table if isinstance(value.payload, ColumnClause) else value.payload
        return (
            renderer(call).dialect.identifier_preparer.format_table(table) if isinstance(table, TableClause) else None
        )
    return None


def _of_model(model: Class, call: Call) -> str | None:
    name = model.find("__tablename__")
    quote = renderer(call).dialect.identifier_preparer.quote
    if isinstance(name, str):
        arguments = model.find("__table_args__")
        options = arguments[-1] if isinstance(arguments, tuple) and arguments else arguments
        schema = options.get("schema") if isinstance(options, dict) else None
        return f"{quote(schema)}.{quote(name)}" if isinstance(schema, str) else quote(name)
    table = model.find("__table__")
    return table_of(table, call) if isinstance(table, HostObject) else None


class _Query:
    """A query that is being put together: the table that it is about, and whether it has a condition."""

    __slots__ = ("filtered", "table")

    def __init__(self, table: str | None, filtered: bool = False) -> None:
        self.table = table
        self.filtered = filtered


def _query(_: HostObject, call: Call) -> object:
    table = table_of(call.args[0], call) if call.args else None
    return HostObject(QUERY, _Query(table))


def _narrowed(owner: HostObject, _: Call) -> object:
    assert isinstance(owner.payload, _Query)
    return HostObject(QUERY, _Query(owner.payload.table, filtered=True))


def _same(owner: HostObject, _: Call) -> object:
    return owner


def _where(query: _Query) -> str:
    return f" WHERE {_WHERE}" if query.filtered else ""


def _read(owner: HostObject, call: Call) -> object:
    assert isinstance(owner.payload, _Query)
    if owner.payload.table is not None:
        call.record(Sent(f"SELECT * FROM {owner.payload.table}{_where(owner.payload)}"))
    return Unknown(Cause.DATABASE, call.site.words)


def _update(owner: HostObject, call: Call) -> object:
    query = owner.payload
    assert isinstance(query, _Query)
    values = call.args[0] if call.args else call.kwargs.get("values")
    columns = [_column_name(key) for key in values] if isinstance(values, dict) else ["⟨column⟩"]
    if query.table is None:
        not_known(call, "orm-session", "the table of this update is not known")
    else:
        changes = ", ".join(f"{name} = {_VALUE}" for name in columns)
        call.record(Sent(f"UPDATE {query.table} SET {changes}{_where(query)}"))
    return Unknown(Cause.DATABASE, call.site.words)


def _column_name(key: object) -> str:
    if isinstance(key, str):
        return '"' + key.replace('"', '""') + '"'
    name = getattr(key.payload, "name", None) if isinstance(key, HostObject) else None
    return '"' + str(name).replace('"', '""') + '"' if name else "⟨column⟩"


def _delete(owner: HostObject, call: Call) -> object:
    query = owner.payload
    assert isinstance(query, _Query)
    if query.table is None:
        not_known(call, "orm-session", "the table of this delete is not known")
    else:
        call.record(Sent(f"DELETE FROM {query.table}{_where(query)}"))
    return Unknown(Cause.DATABASE, call.site.words)


_CHAINED: Final = (
    "join",
    "outerjoin",
    "order_by",
    "options",
    "distinct",
    "group_by",
    "enable_eagerloads",
    "with_entities",
)
_MORE_CHAINED: Final = (
    "yield_per",
    "execution_options",
    "select_from",
    "populate_existing",
    "add_columns",
    "with_for_update",
)
_NARROWING: Final = ("filter", "filter_by", "where", "having", "limit", "offset", "slice", "with_parent")
_READING: Final = ("all", "first", "one", "one_or_none", "scalar", "count", "get", "exists", "scalars")

QUERY: Final = HostKind(
    name="a query",
    methods={
        **dict.fromkeys((*_CHAINED, *_MORE_CHAINED), _same),
        **dict.fromkeys(_NARROWING, _narrowed),
        **dict.fromkeys(_READING, _read),
        "update": _update,
        "delete": _delete,
    },
    element=lambda _: Unknown(Cause.DATABASE, "a row"),
)


def _add(_: HostObject, call: Call) -> object:
    for value in call.args:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            table = table_of(item, call)
            if table is None:
                not_known(call, "orm-session", "an object of an unknown table is written")
            else:
                call.record(Sent(f"INSERT INTO {table} SELECT {_VALUE}"))
    return None


def _remove(_: HostObject, call: Call) -> object:
    table = table_of(call.args[0], call) if call.args else None
    if table is None:
        not_known(call, "orm-session", "an object of an unknown table is deleted")
    else:
        call.record(Sent(f"DELETE FROM {table} WHERE {_WHERE}"))
    return None


def _bulk(_: HostObject, call: Call) -> object:
    """`bulk_insert_mappings`, `bulk_update_mappings`, `bulk_save_objects`."""
    table = table_of(call.args[0], call) if call.args else None
    if table is None:
        not_known(call, "orm-session", "objects of an unknown table are written")
    elif "update" in call.name:
        call.record(Sent(f'UPDATE {table} SET "⟨column⟩" = {_VALUE} WHERE {_WHERE}'))
    else:
        call.record(Sent(f"INSERT INTO {table} SELECT {_VALUE}"))
    return None


def _flush(_: HostObject, call: Call) -> object:
    """What was changed in loaded objects is sent here, and it cannot be known what that was."""
    del call
    return None


_QUIET: Final = (
    "commit",
    "rollback",
    "close",
    "expunge",
    "expunge_all",
    "expire_all",
    "expire",
    "refresh",
    "remove",
    "expire_on_commit",
)
SESSION: Final = HostKind(
    name="a session",
    methods={
        **dict.fromkeys(_QUIET, _flush),
        "flush": _flush,
        "execute": lambda _, call: execute(call),
        "scalar": lambda _, call: execute(call),
        "scalars": lambda _, call: execute(call),
        "query": _query,
        "add": _add,
        "add_all": _add,
        "merge": _add,
        "delete": _remove,
        "bulk_insert_mappings": _bulk,
        "bulk_update_mappings": _bulk,
        "bulk_save_objects": _bulk,
        "begin": lambda owner, _: owner,
        "begin_nested": lambda owner, _: owner,
        "get": lambda _, call: Unknown(Cause.DATABASE, call.site.words),
        "connection": lambda _, __: HostObject(BIND, "bind"),
        "get_bind": lambda _, __: HostObject(BIND, "bind"),
    },
    attributes={
        "bind": lambda _: HostObject(BIND, "bind"),
        "no_autoflush": lambda owner: owner,
        "is_active": lambda _: True,
    },
    enter=lambda owner, _: owner,
    sensitive=True,
)


def _open(_: Call) -> object:
    return HostObject(SESSION, "session")


FACTORY: Final = HostKind(
    name="a session factory",
    call=lambda _, call: _open(call),
    methods={"begin": lambda _, call: _open(call), "configure": lambda _, __: None},
)
ORM: Final[dict[str, object]] = {
    "Session": HostFunction("Session", _open),
    "sessionmaker": HostFunction("sessionmaker", lambda _: HostObject(FACTORY, "factory")),
    "scoped_session": HostFunction("scoped_session", lambda _: HostObject(FACTORY, "factory")),
}
BASE: Final = HostKind(name="a declarative base")


def declarative(_: Call) -> object:
    return HostObject(BASE, "base")


def table_attribute(defined: Class, columns: TableClause | None) -> object | None:
    """`Model.__table__`."""
    del defined
    return HostObject(SA, columns) if columns is not None else None
