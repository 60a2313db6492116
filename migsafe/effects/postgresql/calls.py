"""What functions do that a statement calls, and triggers that it fires."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import is_system
from migsafe.model.expressions import Call
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.schema.objects import Relation

_SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval", "currval"})
_SEQUENCE_SOURCE = "sequence.c, init_sequence"


def call_functions(calls: tuple[Call, ...], context: Context) -> None:
    """Lock the sequences that the calls draw from or set, and say which functions are not looked into."""
    for call in calls:
        if call.function.name in _SEQUENCE_FUNCTIONS:
            for sequence in _sequences_of(call, calls, context):
                draw_from(sequence, context)
        elif context.schema.functions_named(call.function):
            context.builder.assume(f"the function {call.function} locks nothing by itself")


def _sequences_of(call: Call, calls: tuple[Call, ...], context: Context) -> tuple[Name, ...]:
    """The sequence that a constant names, or that `pg_get_serial_sequence` finds for constants."""
    if call.strings and call.strings[0] is not None:
        return (context.schema.resolve(_parsed(call.strings[0])),)
    owners = tuple(c for c in calls if c.function.name == "pg_get_serial_sequence" and len(c.strings) == 2)
    found: list[Name] = []
    for owner in owners:
        table, column = owner.strings
        if table is not None and column is not None:
            owned = context.schema.sequences_owned_by(_parsed(table), column)
            found.extend(sequence.name for sequence in owned)
    return tuple(found)


def _parsed(text: str) -> Name:
    """A name inside a string, folded as the server folds it (regproc.c, `stringToQualifiedNameList`)."""
    parts = [part[1:-1] if part.startswith('"') else part.lower() for part in text.split(".")]
    return Name(parts[-2], parts[-1]) if len(parts) > 1 else Name(None, parts[-1])


def draw_from(sequence: Name, context: Context) -> None:
    if not is_system(sequence):
        reason = "The statement takes a value from the sequence or sets it."
        context.builder.lock(sequence, LockMode.ROW_EXCLUSIVE, reason, _SEQUENCE_SOURCE)


def fire_triggers(table: Relation, event: str, context: Context) -> None:
    """`event` is "insert", "update" or "delete"."""
    for trigger in table.triggers:
        what = f"the trigger {trigger.name} on {table.name}, if it fires on {event}, locks nothing by itself"
        context.builder.assume(what)
