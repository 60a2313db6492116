"""Functions and procedures.

Making one locks only what its body names: the body of an SQL function is looked up when it is made (unless
`check_function_bodies` is off), that of other languages when it runs.
"""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import relation_there
from migsafe.effects.postgresql.reading import Stage, use
from migsafe.model.locks import LockMode
from migsafe.model.operations import CallProcedure, CreateFunction


@effect_of(CreateFunction)
def create_function(operation: CreateFunction, context: Context) -> None:
    for name in operation.reads:
        full = relation_there(name, context)
        reason = "The body of the function names it, and is looked up when the function is made."
        use(full, LockMode.ACCESS_SHARE, Stage.REWRITTEN, context, reason)


@effect_of(CallProcedure)
def call_procedure(operation: CallProcedure, context: Context) -> None:
    """What the procedure does is the effect of the statements in its body, which follow as statements of their own."""
    if not context.schema.functions_named(operation.procedure):
        context.builder.assume(f"the procedure {operation.procedure} locks nothing by itself")
