"""What holds after any sequence of operations, sensible or not."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings

from migsafe.model import operations as ops
from migsafe.model.operations import Operation
from migsafe.schema import links as kinds
from migsafe.schema.links import Links
from migsafe.schema.origin import Origin
from migsafe.schema.registry import handler_of
from migsafe.schema.replay import apply
from migsafe.schema.schema import Schema
from migsafe.schema.snapshot import dump, load
from tests.schema.operations import OPERATION_TYPES, SEQUENCES

RARELY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
HERE, LATER = Origin("1", True, False), Origin("2", True, True)
TRANSACTION_CONTROL = (ops.Begin, ops.Commit, ops.Rollback, ops.Savepoint, ops.RollbackToSavepoint)


def replayed(operations: list[Operation], schema: Schema | None = None, origin: Origin = HERE) -> Schema:
    schema = schema or Schema()
    for operation in operations:
        apply(schema, operation, origin)
    return schema


def contents(schema: Schema) -> list[object]:
    maps = (schema.relations, schema.indexes, schema.types, schema.functions, schema.statistics)
    return [dict(objects) for objects in (*maps, schema.publications, schema.presence)]


def links(schema: Schema) -> dict[str, object]:
    return {kind: dict(schema.links.maps[kind]) for kind in kinds.KINDS}


def recomputed_links(schema: Schema) -> dict[str, object]:
    fresh = Links()
    for relation in schema.relations.values():
        fresh.relation_changed(None, relation)
    for index in schema.indexes.values():
        fresh.index_changed(None, index)
    for user_type in schema.types.values():
        fresh.type_changed(None, user_type)
    return {kind: dict(fresh.maps[kind]) for kind in kinds.KINDS}


def test_every_operation_is_replayed_or_said_to_have_no_effect() -> None:
    assert [cls.__name__ for cls in OPERATION_TYPES if handler_of(cls) is None] == []


@RARELY
@given(SEQUENCES)
def test_reverse_maps_say_the_same_as_the_records(operations: list[Operation]) -> None:
    schema = replayed(operations)
    assert links(schema) == recomputed_links(schema)


@RARELY
@given(SEQUENCES)
def test_records_stand_under_their_own_names(operations: list[Operation]) -> None:
    schema = replayed(operations)
    assert all(name == relation.name for name, relation in schema.relations.items())
    assert all(name == index.name for name, index in schema.indexes.items())
    assert all(name.schema is not None for name in (*schema.relations, *schema.indexes, *schema.types))


@RARELY
@given(SEQUENCES)
def test_a_name_is_not_used_by_a_table_and_an_index(operations: list[Operation]) -> None:
    schema = replayed(operations)
    assert set(schema.relations).isdisjoint(schema.indexes)


@RARELY
@given(SEQUENCES)
def test_a_snapshot_gives_the_same_schema_back(operations: list[Operation]) -> None:
    schema = replayed(operations)
    data = json.loads(json.dumps(dump(schema)))
    again = load(data)
    assert contents(again) == contents(schema)
    assert links(again) == links(schema)
    assert dump(again) == data


@RARELY
@given(SEQUENCES, SEQUENCES)
def test_an_overlay_leaves_its_base_alone_and_acts_like_a_copy(before: list[Operation], after: list[Operation]) -> None:
    base = replayed(before)
    base.commit()
    as_it_was = dump(base)
    branch = replayed(after, base.overlay(), LATER)
    assert dump(base) == as_it_was
    assert contents(branch) == contents(replayed(after, load(as_it_was), LATER))
    assert links(branch) == recomputed_links(branch)


@RARELY
@given(SEQUENCES, SEQUENCES)
def test_rollback_takes_everything_back(before: list[Operation], inside: list[Operation]) -> None:
    schema = replayed(before)
    schema.commit()
    as_it_was, path = contents(schema), schema.search_path
    schema.begin()
    replayed([op for op in inside if not isinstance(op, TRANSACTION_CONTROL)], schema)
    schema.rollback()
    assert contents(schema) == as_it_was
    assert links(schema) == recomputed_links(schema)
    assert schema.search_path == path


@RARELY
@given(SEQUENCES, SEQUENCES)
def test_an_uncertain_branch_never_leaves_a_known_and_complete_table_that_differs(
    before: list[Operation], guarded: list[Operation]
) -> None:
    base = replayed(before)
    base.commit()
    as_it_was = dict(base.relations)
    branch = replayed(guarded, base.overlay())
    base.merge_uncertain(branch)
    sure = {name: r for name, r in base.relations.items() if r.known and r.complete}
    assert all(as_it_was.get(name) == branch.relations.get(name) == relation for name, relation in sure.items())
    assert links(base) == recomputed_links(base)
