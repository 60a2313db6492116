"""What functions do that a statement calls, and triggers that it fires.

The body of a known function in SQL or PL/pgSQL is predicted statement by statement; conditions inside of it are not
followed, so that each of its statements is taken to run.
"""

from __future__ import annotations

from migsafe.effects.postgresql.builder import Refused
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import is_system
from migsafe.model.expressions import Call
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import Commit, Operation, Rollback
from migsafe.parsers.postgresql import body_statements
from migsafe.schema.objects import Function, Relation
from migsafe.schema.origin import Origin
from migsafe.schema.replay import apply

MAX_DEPTH = 8  # functions that call functions
_SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval", "currval"})
_SEQUENCE_SOURCE = "sequence.c, init_sequence"
LANGUAGES = frozenset({"sql", "plpgsql"})


def call_functions(calls: tuple[Call, ...], context: Context) -> None:
    """Lock the sequences that the calls draw from or set, and run the bodies of known functions."""
    for call in calls:
        if call.function.name in _SEQUENCE_FUNCTIONS:
            for sequence in _sequences_of(call, calls, context):
                draw_from(sequence, context)
        else:
            run_routine(call.function, call.arguments, context)


def _sequences_of(call: Call, calls: tuple[Call, ...], context: Context) -> tuple[Name, ...]:
    """The sequence that a constant names, or that `pg_get_serial_sequence` finds for constants."""
    if call.strings and call.strings[0] is not None:
        return (context.schema.resolve(name_in_string(call.strings[0])),)
    owners = tuple(c for c in calls if c.function.name == "pg_get_serial_sequence" and len(c.strings) == 2)
    found: list[Name] = []
    for owner in owners:
        table, column = owner.strings
        if table is not None and column is not None:
            owned = context.schema.sequences_owned_by(name_in_string(table), column)
            found.extend(sequence.name for sequence in owned)
    return tuple(found)


def name_in_string(text: str) -> Name:
    """A name inside a string, folded as the server folds it (regproc.c, `stringToQualifiedNameList`)."""
    parts = [part[1:-1] if part.startswith('"') else part.lower() for part in text.split(".")]
    return Name(parts[-2], parts[-1]) if len(parts) > 1 else Name(None, parts[-1])


def draw_from(sequence: Name, context: Context) -> None:
    if not is_system(sequence):
        reason = "The statement takes a value from the sequence or sets it."
        context.builder.lock(sequence, LockMode.ROW_EXCLUSIVE, reason, _SEQUENCE_SOURCE)


def run_routine(name: Name, arguments: int, context: Context) -> bool:
    """Predict the body of a function or procedure that history created. Returns whether it is known."""
    known = context.schema.functions_named(name)
    fitting = tuple(f for f in known if len(f.arguments) == arguments) or known
    for function in fitting[:1]:
        _run(function, context)
    return bool(known)


def _run(function: Function, context: Context) -> None:
    if function.body is None or function.language.lower() not in LANGUAGES or context.depth >= MAX_DEPTH:
        context.builder.assume(f"the function {function.name} locks nothing by itself")
        return
    run_body(function.language, function.body, context)


def run_body(language: str, body: str, context: Context) -> None:
    """Predict the statements of a body, each on the schema that those before it leave."""
    layer = context.schema.overlay()
    origin = layer.origin or Origin("")
    for inner in body_statements(language, body):
        operations = tuple(clause.operation for clause in inner.clauses)
        if inner.problem is None and operations:
            _run_inner(operations, context.replace(schema=layer, operations=operations, depth=context.depth + 1))
        for operation in operations:
            apply(layer, operation, origin)


def _run_inner(operations: tuple[Operation, ...], context: Context) -> None:
    """A refusal inside is no prediction: the statement may stand behind a condition or a handler of exceptions."""
    if any(isinstance(operation, Commit | Rollback) for operation in operations):
        context.builder.not_transactional()
        return
    try:
        context.execute(operations, context)
    except Refused as refused:
        context.builder.assume(f"a statement inside a function is not reached: {refused.refusal.message}")


def fire_triggers(table: Relation, event: str, context: Context, columns: frozenset[str] | None = None) -> None:
    """Run the trigger functions for "insert", "update" (of `columns`), "delete" or "truncate"."""
    for trigger in table.triggers:
        if not trigger.enabled or (trigger.events and event not in trigger.events):
            continue
        unconcerned = columns is not None and trigger.update_columns and not columns & set(trigger.update_columns)
        if trigger.function is None or unconcerned:
            continue
        if not run_routine(trigger.function, 0, context):
            context.builder.assume(f"the function of the trigger {trigger.name} on {table.name} locks nothing")
    if table.rules and event != "truncate":
        context.builder.assume(f"the rules on {table.name} do not concern this statement")
