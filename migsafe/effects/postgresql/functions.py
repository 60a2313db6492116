"""Functions and procedures.

Making one locks only what its body names: the body of an SQL function is looked up when it is made (unless
`check_function_bodies` is off), that of other languages when it runs.
"""

from __future__ import annotations

import re

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.calls import run_routine
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.looking_up import look_up
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.model.operations import CallProcedure, CreateFunction
from migsafe.parsers.postgresql import body_statements
from migsafe.schema.columns import stored_type
from migsafe.text.patterns import late

_STANDARD_BODY = late(r"\s*(begin\s+atomic|return)\b", re.IGNORECASE)


@effect_of(CreateFunction)
def create_function(operation: CreateFunction, context: Context) -> None:
    """pg_proc.c, ProcedureCreate and fmgr_sql_validator."""
    _refuse_existing(operation, context)
    if operation.language.lower() != "sql" or operation.body is None:
        return
    if _STANDARD_BODY.match(operation.body):
        starts = operation.body.strip()[:6].lower()
        versions.require(versions.RETURN_BODY if starts == "return" else versions.STANDARD_BODY, context)
    for inner in body_statements("sql", operation.body):
        for clause in inner.clauses:
            look_up(clause.operation, context)


def _refuse_existing(operation: CreateFunction, context: Context) -> None:
    schema = context.schema
    full = Name(operation.function.schema or schema.creation_schema, operation.function.name)
    known = schema.functions.find(full) or ()
    arguments = tuple(stored_type(schema, argument) for argument in operation.arguments)
    same = next((f for f in known if f.known and f.arguments == arguments), None)
    if same is None:
        return
    if not operation.or_replace:
        message = f'function "{full.name}" already exists with same argument types'
        context.builder.refuse(message, "42723", "pg_proc.c, ProcedureCreate")
    returns = None if operation.returns is None else stored_type(schema, operation.returns)
    if same.returns is not None and returns is not None and not _same_result(same.returns, returns):
        message = "cannot change return type of existing function"
        context.builder.refuse(message, "42P13", "pg_proc.c, ProcedureCreate")


def _same_result(one: TypeName, other: TypeName) -> bool:
    """A result has no modifiers; a schema is unknown for a type that history never made."""
    return (one.name, bool(one.dimensions), one.setof) == (other.name, bool(other.dimensions), other.setof) and (
        None in {one.schema, other.schema} or one.schema == other.schema
    )


@effect_of(CallProcedure)
def call_procedure(operation: CallProcedure, context: Context) -> None:
    known = run_routine(operation.procedure, operation.arguments, context)
    if not known and context.schema.closed and not context.schema.extensions:
        message = f"procedure {operation.procedure}() does not exist"
        context.builder.refuse(message, "42883", "parse_func.c, ParseFuncOrColumn")
    if not known:
        context.builder.assume(f"the procedure {operation.procedure} locks nothing by itself")
