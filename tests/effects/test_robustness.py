"""Any statement on any schema: a prediction or a refusal, never a mistake of our own.

Statements meet the setups of other cases, in which their tables are missing, of another kind or of other columns, in a
closed world and in an open one.
"""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.effects.postgresql import NEWEST, OLDEST, predict
from migsafe.model.effects import Effect, Refusal
from migsafe.model.operations import Opaque
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from tests.effects.truth import schema_after, statements
from tools.observe.cases import read_folder

CASES = sorted(read_folder(), key=lambda case: (case.topic, case.name))
SETUPS = sorted({case.setup for case in CASES})
TEXTS = sorted({text for case in CASES for text in (case.statement, case.before) if text.strip()})

cached_statements = cache(statements)


@settings(max_examples=400, deadline=None)
@given(
    setup=st.sampled_from(SETUPS),
    texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4),
    version=st.integers(OLDEST, NEWEST),
    closed=st.booleans(),
)
def test_any_statement_on_any_schema_has_an_outcome(setup: str, texts: list[str], version: int, closed: bool) -> None:
    schema = schema_after(setup).overlay()
    schema.closed = closed
    for statement in (statement for text in texts for statement in cached_statements(text)):
        if statement.syntax_error is None and not any(isinstance(op, Opaque) for op in statement.operations):
            assert isinstance(predict(statement, schema, version), Effect | Refusal)
        advance(schema, statement, Origin("random"))
