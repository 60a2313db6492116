"""DO blocks: what they do is what the statements inside do, together.

Each of those also follows as a statement of its own, with its place in the text.
"""

from __future__ import annotations

from migsafe.effects.postgresql.calls import LANGUAGES, run_body
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.model.operations import DoBlock


@effect_of(DoBlock)
def do_block(operation: DoBlock, context: Context) -> None:
    if operation.language.lower() in LANGUAGES:
        run_body(operation.language, operation.body, context)
    else:
        context.builder.assume(f"the {operation.language} block locks nothing")
