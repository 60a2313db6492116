"""A schema goes on from its checkpoint as if it had never been away."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from migsafe.model.operations import Operation
from migsafe.schema.checkpoint import dump, load
from migsafe.schema.links import KINDS
from migsafe.schema.origin import Origin
from migsafe.schema.replay import apply
from migsafe.schema.schema import Schema
from tests.schema.operations import SEQUENCES

RARELY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def replayed(operations: list[Operation], schema: Schema) -> Schema:
    for operation in operations:
        apply(schema, operation, Origin("1", in_focus=False))
    schema.rollback()
    return schema


def everything(schema: Schema) -> dict[str, object]:
    own = {name: value for name, value in vars(schema).items() if name not in ("links", "_transaction")}
    maps = {name: dict(value.items()) if hasattr(value, "items") else value for name, value in own.items()}
    return {**maps, **{kind: dict(schema.links.maps[kind].items()) for kind in KINDS}}


@RARELY
@given(SEQUENCES)
def test_what_is_loaded_is_what_was_written(operations: list[Operation]) -> None:
    schema = replayed(operations, Schema())
    assert everything(load(dump(schema))) == everything(schema)


@RARELY
@given(SEQUENCES, SEQUENCES)
def test_history_goes_on_from_it(before: list[Operation], after: list[Operation]) -> None:
    resumed = load(dump(replayed(before, Schema())))
    in_one_go = replayed(after, replayed(before, Schema()))
    assert everything(replayed(after, resumed)) == everything(in_one_go)


@RARELY
@given(SEQUENCES)
def test_lines_that_nobody_read_are_written_again_as_they_were(operations: list[Operation]) -> None:
    text = dump(replayed(operations, Schema()))
    assert dump(load(text)) == text
