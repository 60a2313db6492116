"""DO blocks: what they do is the effect of the statements inside, which follow as statements of their own."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.model.operations import DoBlock


@effect_of(DoBlock)
def do_block(operation: DoBlock, context: Context) -> None:
    if operation.language not in ("plpgsql", "sql"):
        context.builder.assume(f"the {operation.language} block locks nothing")
