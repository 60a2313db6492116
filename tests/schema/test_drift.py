"""Differences between the schema that migrations build and the one that is there."""

from __future__ import annotations

import pytest

from migsafe.schema.drift import drift
from migsafe.schema.schema import Schema
from tests.schema.scripts import replay

BASE = "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(10) NOT NULL, note varchar(200), tags text[]);"


def built(script: str, *, closed: bool = False) -> Schema:
    schema = replay(script)
    schema.closed = closed
    return schema


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("ALTER TABLE orders DROP COLUMN note", "public.orders has no column note"),
        ("ALTER TABLE orders ADD COLUMN more int", "public.orders has a column more more"),
        ("ALTER TABLE orders ALTER note TYPE text", "public.orders.note is text and not varchar(200)"),
        ("ALTER TABLE orders ALTER total DROP NOT NULL", "public.orders.total is nullable"),
        ("ALTER TABLE orders ALTER note SET NOT NULL", "public.orders.note is NOT NULL"),
        ("ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0)", "public.orders has a constraint c more"),
        ("CREATE INDEX by_note ON orders (note)", "public.orders has an index public.by_note more"),
    ],
)
def test_a_change_by_hand(change: str, difference: str) -> None:
    assert drift(built(BASE), built(f"{BASE}{change};")) == (difference,)


def test_nothing_has_changed() -> None:
    written = "CREATE TABLE orders (id int8 DEFAULT 1 PRIMARY KEY, total numeric(10, 0) NOT NULL, note varchar(200),"
    assert drift(built(BASE), built(f"{written} tags text[][]);")) == ()


def test_a_table_that_is_missing_counts_only_where_all_is_known() -> None:
    assert drift(built(BASE), built("SELECT 1;")) == ()
    assert drift(built(BASE), built("SELECT 1;", closed=True)) == ("there is no table public.orders",)


def test_a_table_that_no_migration_made_is_nobody_s_mistake() -> None:
    assert drift(built(BASE), built(f"{BASE} CREATE TABLE by_hand (a int);")) == ()


def test_what_was_locked_at_capture_is_not_compared() -> None:
    there = built(f"{BASE} ALTER TABLE orders DROP COLUMN note;")
    name = there.relation(next(iter(dict(there.relations.items())))).name
    there.relations[name] = there.relations[name].replace(complete=False)
    assert drift(built(BASE), there) == ()
