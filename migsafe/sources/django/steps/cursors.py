"""Stand-ins for connections, cursors and the schema editor: the SQL that a step sends is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from migsafe.sources.django.discovery.configured import DATABASE
from migsafe.sources.django.objects.sql_values import with_places
from migsafe.sources.django.steps.model_options import TABLE, read
from migsafe.sources.django.steps.records import Asked, note_block, note_editor, note_sql
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostKind, HostObject, Reason, Unknown
from migsafe.sources.interpreter.handlers import restoring
from migsafe.sources.interpreter.values_defined import Function, Method, Partial
from migsafe.text.holes import END, START


def _sql(_: HostObject, call: Call) -> object:
    text = call.args[0] if call.args else call.kwargs.get("sql", call.kwargs.get("query"))
    if isinstance(text, HostObject) and isinstance(text.payload, Asked):
        note_editor(call, text.payload)
        return None
    send(call, text, with_values=len(call.args) > 1 or "params" in call.kwargs or "vars" in call.kwargs)
    return Unknown(Cause.DATABASE, call.site.words)


def send(call: Call, text: object, *, with_values: bool) -> None:
    """Record a text that is sent, with places for values if it has them."""
    known = _LISTED.sub(_from_somewhere, text) if isinstance(text, str) else None
    if known is not None and with_values:
        known = with_places(known)
    note_sql(call, known)


_LISTED: Final = re.compile(rf"(?<=\))\s*VALUES\s*{START}[^{END}]*{END}(?=\s*;?\s*\Z)", re.IGNORECASE)
"""`INSERT INTO name (columns) VALUES …` with all of the rows put together at run time."""


def _from_somewhere(found: re.Match[str]) -> str:
    """As many rows as it gives; nobody knows how many these are."""
    columns = found.string[: found.start()].rpartition("(")[2]
    return f" SELECT {', '.join(['NULL'] * (columns.count(',') + 1))}"


def _itself(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return owner


def _nothing(owner: HostObject, call: Call) -> None:
    """Nothing that matters here happens at the end of the block."""


def _anything(_: HostObject, name: str) -> object:
    return Unknown(Cause.ENVIRONMENT, name)


def _asks(_: HostObject, name: str) -> object:
    """Introspection: it reads the catalog."""
    return HostObject(HostKind(name=name, call=read))


def _quoted(_: HostObject, call: Call) -> object:
    name = call.args[0] if call.args else call.kwargs.get("name")
    if not isinstance(name, str):
        return call.unknown(Cause.DATABASE)
    return name if name.startswith(('"', TABLE[0])) else f'"{name}"'


def _restarts(_: HostObject, _call: Call) -> object:
    """`sequence_reset_sql`: django/db/backends/postgresql/operations.py sets each sequence to the largest key."""
    return ["SELECT setval(pg_get_serial_sequence('…', 'id'), 1)"]


CURSOR: Final = HostKind(
    name="a cursor",
    methods={
        **dict.fromkeys(("execute", "executemany", "copy_expert", "copy"), _sql),
        **dict.fromkeys(("fetchone", "fetchall", "fetchmany", "close", "mogrify"), read),
    },
    attributes={
        **dict.fromkeys(("rowcount", "description", "query", "db"), lambda _: Unknown(Cause.DATABASE, "a cursor")),
        "connection": lambda _: HostObject(CONNECTION),
        "cursor": lambda owner: owner,
    },
    enter=_itself,
    leave=_nothing,
    element=lambda _: Unknown(Cause.DATABASE, "a row"),
    sensitive=True,
)
_OPERATIONS: Final = HostKind(
    name="connection.ops",
    methods={"quote_name": _quoted, "sequence_reset_sql": _restarts},
    attribute=_asks,
)
CONNECTION: HostKind = HostKind(
    name="a connection",
    methods={
        **dict.fromkeys(("cursor", "create_cursor", "chunked_cursor"), lambda _owner, _call: HostObject(CURSOR)),
        "schema_editor": lambda _owner, _call: HostObject(EDITOR),
        **dict.fromkeys(("ensure_connection", "connect", "close", "get_autocommit", "check_constraints"), read),
    },
    attributes={
        "alias": lambda _: "default",
        "vendor": lambda _: "postgresql",
        "in_atomic_block": lambda _: True,
        "ops": lambda _: HostObject(_OPERATIONS),
        "introspection": lambda _: HostObject(HostKind(name="introspection", attribute=_asks)),
        "features": lambda _: HostObject(HostKind(name="features", attribute=_anything)),
        "display_name": lambda _: "PostgreSQL",
        "settings_dict": lambda _: HostObject(DATABASE),
        "connection": lambda owner: owner,
    },
    enter=_itself,
    leave=_nothing,
    sensitive=True,
)


def _renamed(_: HostObject, call: Call) -> object:
    """`alter_db_table(model, old, new)`."""
    old, new = (*call.args[1:3], None, None)[:2]
    known = isinstance(old, str) and isinstance(new, str)
    if known and str(old).lower() == str(new).lower():
        return None  # as Django compares them
    note_sql(call, f"ALTER TABLE {_name(str(old))} RENAME TO {_name(str(new))}" if known else None)
    return None


def _name(name: str) -> str:
    return name if name.startswith(('"', TABLE[0])) else f'"{name}"'


def _asked(method: str) -> Callable[[HostObject, Call], object]:
    """A method that sends something: what it sends, Django's own editor tells when the migration is rendered."""

    def ask(_: HostObject, call: Call) -> object:
        if call.more is not None:
            call.report(Reason.EXTERNAL_HELPER, f"schema_editor.{method} gets {call.more.text}")
        note_editor(call, Asked(method, call.args, call.kwargs))
        return None

    return ask


def _written(method: str) -> Callable[[HostObject, Call], object]:
    """A method that only writes a statement, which is then executed. A name that only the database knows is a hole."""

    def write(_: HostObject, call: Call) -> object:
        args = tuple(call.hole(value) if isinstance(value, Unknown) else value for value in call.args)
        named = {key: call.hole(v) if isinstance(v, Unknown) else v for key, v in call.kwargs.items()}
        return HostObject(STATEMENT, Asked(method, args, named))

    return write


STATEMENT: Final = HostKind(name="a statement of the schema editor")
"""Payload: an Asked."""
_SENDING: Final = (
    *("create_model", "delete_model", "alter_db_tablespace", "alter_db_table_comment", "add_field", "remove_field"),
    *("alter_field", "alter_unique_together", "alter_index_together", "add_index", "remove_index", "rename_index"),
    *("add_constraint", "remove_constraint"),
)
_WRITING: Final = (
    *("_create_index_sql", "_delete_index_sql", "_create_unique_sql", "_delete_unique_sql", "_create_fk_sql"),
    *("_delete_fk_sql", "_create_check_sql", "_delete_check_sql", "_create_primary_key_sql"),
    *("_delete_primary_key_sql", "_rename_index_sql", "_create_like_index_sql"),
)


def _template(_: HostObject, name: str) -> object | None:
    """`schema_editor.sql_delete_unique`: the texts that Django's editor for PostgreSQL fills in."""
    found = getattr(DatabaseSchemaEditor, name, None) if name.startswith("sql_") else None
    return found if isinstance(found, str) else None


_DEFERRED: Final = HostKind(
    name="schema_editor.deferred_sql",
    methods={"append": _sql, "clear": read},
    element=lambda _: Unknown(Cause.DATABASE, "a deferred statement"),
)
EDITOR: HostKind = HostKind(
    name="schema_editor",
    methods={
        "execute": _sql,
        "quote_name": _quoted,
        "alter_db_table": _renamed,
        **{method: _asked(method) for method in _SENDING},
        **{method: _written(method) for method in _WRITING},
        **dict.fromkeys(("quote_value", "_constraint_names", "_create_index_name", "effective_default"), read),
    },
    attributes={
        "connection": lambda _owner: HostObject(CONNECTION),
        "collect_sql": lambda _: False,
        "deferred_sql": lambda _: HostObject(_DEFERRED),
    },
    attribute=_template,
    enter=_itself,
    leave=_nothing,
    sensitive=True,
)
CONNECTIONS: Final = HostKind(
    name="connections",
    item=lambda _owner, _key: HostObject(CONNECTION),
    element=lambda _: "default",
    methods={"all": lambda _owner, _call: [HostObject(CONNECTION)], "close_all": read},
)


def _opened(owner: HostObject, call: Call) -> object:
    note_block(call, begins=True)
    return owner


def _closed(_: HostObject, call: Call) -> None:
    note_block(call, begins=False)


def _decorated(_: HostObject, call: Call) -> object:
    """`@atomic()` on a function."""
    return in_transaction(call.args[0]) if call.args else Unknown(Cause.CALL, "atomic")


ATOMIC: Final = HostKind(name="a transaction", enter=_opened, leave=_closed, call=_decorated, savepoint=True)


def _call_inside(owner: HostObject, call: Call) -> object:
    caught, call.machine.caught = call.machine.caught, restoring(call.machine.caught)
    note_block(call, begins=True)
    try:
        return call.invoke(owner.payload, call.args, call.kwargs)
    finally:
        call.machine.caught = caught
        note_block(call, begins=False)


_DECORATED: Final = HostKind(name="a function in a transaction", call=_call_inside)


def in_transaction(function: object) -> object:
    """The function with a transaction around each call."""
    return HostObject(_DECORATED, function)


def atomic(call: Call) -> object:
    """`with atomic():` opens a transaction, or a savepoint in one; so do `@atomic` and `@atomic()`."""
    first = call.args[0] if call.args else None
    runs = isinstance(first, (Function, Method, Partial, HostFunction))
    return in_transaction(first) if runs else HostObject(ATOMIC)
