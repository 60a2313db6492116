"""The tables that are measured, in a schema that nobody else uses and that is dropped at the end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from migsafe.verify.calibration.probe import Probe

_ROWS = 600_000
_WIDE_ROWS = 120_000
_KEYED_ROWS = 300_000
_DOCUMENT_ROWS = 12_000
_FILL = (
    # Rows of 36 bytes: what costs by the row.
    (
        "CREATE TABLE narrow (id bigint, value int)",
        "INSERT INTO narrow SELECT g, (random() * 2000000000)::int FROM generate_series(1, {rows}) g",
        _ROWS,
    ),
    # Rows of half a kilobyte: what costs by the byte.
    (
        "CREATE TABLE wide (id bigint, value int, a text, b text, c text, d text)",
        (
            "INSERT INTO wide SELECT g, (random() * 2000000000)::int, x || x || x, x || x || x, x || x || x, "
            "x || x || x FROM (SELECT g, md5(g::text) AS x FROM generate_series(1, {rows}) g) s"
        ),
        _WIDE_ROWS,
    ),
    # Columns of many types: what costs by the key.
    (
        (
            "CREATE TABLE keyed (id bigint, number int, few int, amount numeric(12,2), name text, token uuid, "
            "tags jsonb, document text, span int4range)"
        ),
        (
            "INSERT INTO keyed SELECT g, (random() * 2000000000)::int, (random() * 100)::int, "
            "(random() * 1000000)::numeric(12,2), md5(random()::text), md5(random()::text)::uuid, "
            "jsonb_build_object('a', g % 1000, 'b', md5(g::text), 'c', g % 7), "
            "json_build_object('key', md5(g::text), 'list', json_build_array(1, 2, 3), 'more', md5('x' || g))::text, "
            "int4range((random() * 1000000)::int, 2000000) FROM generate_series(1, {rows}) g"
        ),
        _KEYED_ROWS,
    ),
    # Values that are stored out of line.
    (
        "CREATE TABLE documents (id bigint, body text)",
        (
            "INSERT INTO documents SELECT g, (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 160) i) "
            "FROM generate_series(1, {rows}) g"
        ),
        _DOCUMENT_ROWS,
    ),
)
_TABLES = ("narrow", "wide", "keyed", "documents")


@contextmanager
def schema(probe: Probe) -> Iterator[None]:
    """A new schema that unqualified names mean, with all that is in it gone at the end, whatever happened."""
    name = f"migsafe_calibration_{secrets.token_hex(6)}"
    probe.run(f"CREATE SCHEMA {name}")
    probe.schema = name
    try:
        probe.run(f"SET search_path = {name}, pg_catalog", "SET client_min_messages = error")
        yield
    finally:
        probe.run(f"DROP SCHEMA {name} CASCADE", "RESET search_path")


def fill(probe: Probe) -> dict[str, float]:
    """The tables, as if they had been there for long: with hint bits set, and written to disk."""
    probe.fsync("off")
    for create, insert, rows in _FILL:
        probe.run(create, insert.format(rows=probe.scaled(rows)))
    for table in _TABLES:
        probe.run(f"VACUUM ANALYZE {table}")
    if probe.own:
        probe.run("CHECKPOINT")
    return {}
