"""The statements that are measured, each with what comes before it and what takes it back."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """`before` is seen by the shadow schema, `after` is not. Neither is measured."""

    shape: str
    sql: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def _index(shape: str, definition: str) -> Case:
    return Case(shape, f"CREATE INDEX measured ON {definition}", after=("DROP INDEX measured",))


def _concurrently(shape: str, definition: str) -> Case:
    return Case(shape, f"CREATE INDEX CONCURRENTLY measured ON {definition}", after=("DROP INDEX measured",))


def _check(shape: str, table: str, condition: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {table} ADD CONSTRAINT measured CHECK ({condition})",
        after=(f"ALTER TABLE {table} DROP CONSTRAINT measured",),
    )


def _column(shape: str, table: str, definition: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {table} ADD COLUMN measured {definition}",
        after=(f"ALTER TABLE {table} DROP COLUMN measured",),
    )


def _retype(shape: str, table: str, column: str, new: str, old: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {new}",
        after=(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {old}",),
    )


def _change(shape: str, table: str, sql: str) -> Case:
    return Case(shape, sql, after=(f"VACUUM FULL {table}", f"VACUUM ANALYZE {table}"))


def _rolled_back(shape: str, table: str, sql: str) -> Case:
    """Deletions are taken back by a copy."""
    return Case(
        shape,
        sql,
        after=(
            f"TRUNCATE {table}",
            f"INSERT INTO {table} SELECT * FROM kept",
            "DROP TABLE kept",
            f"VACUUM ANALYZE {table}",
        ),
    )


NARROW = (
    Case("narrow", "ALTER TABLE narrow ALTER COLUMN a SET DEFAULT 7"),
    Case(
        "narrow", "ALTER TABLE narrow ALTER COLUMN b SET NOT NULL", after=("ALTER TABLE narrow ALTER b DROP NOT NULL",)
    ),
    _check("narrow", "narrow", "a >= 0"),
    _check("narrow", "narrow", "amount BETWEEN 0 AND 1000000"),
    _column("narrow", "narrow", "int DEFAULT 5"),
    _column("narrow", "narrow", "uuid DEFAULT gen_random_uuid()"),
    _index("narrow", "narrow (a)"),
    _index("narrow", "narrow (created)"),
    _index("narrow", "narrow (amount)"),
    _index("narrow", "narrow (b, a)"),
    _index("narrow", "narrow (a) WHERE flag"),
    _index("narrow", "narrow USING brin (created)"),
    _index("narrow", "narrow USING hash (a)"),
    _concurrently("narrow", "narrow (b)"),
    _retype("narrow", "narrow", "a", "bigint", "int"),
    Case("narrow", "ALTER TABLE narrow SET UNLOGGED", after=("ALTER TABLE narrow SET LOGGED",)),
    Case("narrow", "REINDEX TABLE narrow"),
    Case("narrow", "VACUUM FULL narrow"),
    Case("narrow", "CREATE TABLE measured AS SELECT * FROM narrow", after=("DROP TABLE measured",)),
    _change("narrow", "narrow", "UPDATE narrow SET b = b + 1"),
)
WIDE = (
    Case("wide", "ALTER TABLE wide ALTER COLUMN n SET NOT NULL", after=("ALTER TABLE wide ALTER n DROP NOT NULL",)),
    _check("wide", "wide", "t1 ~ '^[0-9a-f]+$'"),
    _check("wide", "wide", "length(t9) > 10"),
    _index("wide", "wide (n)"),
    _index("wide", "wide (t4)"),
    _index("wide", "wide (lower(t1))"),
    _concurrently("wide", "wide (t2)"),
    _retype("wide", "wide", "n", "bigint", "int"),
    _retype("wide", "wide", "code", "varchar(30)", "varchar(40)")._replace(
        sql="ALTER TABLE wide ALTER COLUMN code TYPE varchar(35)"
    ),
    Case("wide", "VACUUM FULL wide"),
    Case("wide", "CLUSTER wide USING wide_code", after=("CLUSTER wide USING wide_pkey", "ANALYZE wide")),
    _change("wide", "wide", "UPDATE wide SET n = n + 1"),
    _change("wide", "wide", "UPDATE wide SET updated = now() WHERE n < 50000"),
)
DOCUMENTS = (
    _check("documents", "documents", "kind <> ''"),
    _check("documents", "documents", "body ? 'k1'"),
    _index("documents", "documents (kind)"),
    _index("documents", "documents USING gin (tags)"),
    _index("documents", "documents USING gin (tags jsonb_path_ops)"),
    _column("documents", "documents", "bigint GENERATED ALWAYS AS IDENTITY"),
    Case("documents", "VACUUM FULL documents"),
    _change("documents", "documents", "UPDATE documents SET kind = 'x' || kind"),
    Case("documents", "CREATE TABLE measured AS SELECT id, kind FROM documents", after=("DROP TABLE measured",)),
)
INDEXED = (
    _column("indexed", "indexed", "timestamptz DEFAULT clock_timestamp()"),
    _retype("indexed", "indexed", "b", "bigint", "int"),
    _change("indexed", "indexed", "UPDATE indexed SET c = c + 1"),
    _change("indexed", "indexed", "UPDATE indexed SET b = b + 1 WHERE b < 50"),
    Case("indexed", "REINDEX TABLE indexed"),
    Case("indexed", "REINDEX INDEX CONCURRENTLY indexed_email"),
    Case(
        "indexed",
        "INSERT INTO indexed (a, b, c, email, ref, created) SELECT a, b, c, email, ref, created FROM narrower",
        before=("CREATE TABLE narrower AS SELECT * FROM indexed WHERE id % 4 = 0", "ANALYZE narrower"),
        after=(
            "DROP TABLE narrower",
            "DELETE FROM indexed WHERE id > 2000000",
            "VACUUM FULL indexed",
            "ANALYZE indexed",
        ),
    ),
    Case(
        "indexed",
        "DELETE FROM indexed WHERE b >= 0",
        before=("CREATE TABLE kept AS SELECT * FROM indexed",),
        after=(
            "TRUNCATE indexed",
            "INSERT INTO indexed SELECT * FROM kept",
            "DROP TABLE kept",
            "REINDEX TABLE indexed",
            "VACUUM ANALYZE indexed",
        ),
    ),
    Case("indexed", "TRUNCATE indexed"),
)
KEYS = (
    _index("keyed_by_text", "keyed_by_text (note)"),
    _index("keyed_by_text", 'keyed_by_text (key COLLATE "und-x-icu")'),
    Case(
        "keyed_by_text",
        "ALTER TABLE keyed_by_text ADD CONSTRAINT measured UNIQUE (value)",
        after=("ALTER TABLE keyed_by_text DROP CONSTRAINT measured",),
    ),
    _change("keyed_by_text", "keyed_by_text", "UPDATE keyed_by_text SET note = 'changed' WHERE value % 2 = 0"),
    _index("keyed_by_uuid", "keyed_by_uuid (account)"),
    _index("keyed_by_uuid", "keyed_by_uuid (state)"),
    _index("keyed_by_uuid", "keyed_by_uuid (price)"),
    _check("keyed_by_uuid", "keyed_by_uuid", "state IN ('new', 'paid', 'sent', 'done')"),
    _retype("keyed_by_uuid", "keyed_by_uuid", "account", "text", "uuid USING account::uuid"),
    _change("keyed_by_uuid", "keyed_by_uuid", "UPDATE keyed_by_uuid SET price = price * 1.1"),
)
PAIR = (
    Case(
        "pair",
        "ALTER TABLE orders ADD CONSTRAINT measured FOREIGN KEY (customer_id) REFERENCES customers",
        after=("ALTER TABLE orders DROP CONSTRAINT measured",),
    ),
    Case(
        "pair",
        "ALTER TABLE orders VALIDATE CONSTRAINT measured",
        before=("ALTER TABLE orders ADD CONSTRAINT measured FOREIGN KEY (customer_id) REFERENCES customers NOT VALID",),
        after=("ALTER TABLE orders DROP CONSTRAINT measured",),
    ),
    Case(
        "pair",
        "INSERT INTO orders SELECT id + 10000000, customer_id, total, placed FROM more",
        before=(
            "CREATE TABLE more AS SELECT * FROM orders WHERE id <= 500000",
            "ALTER TABLE orders ADD CONSTRAINT measured FOREIGN KEY (customer_id) REFERENCES customers",
            "ANALYZE more",
        ),
        after=(
            "ALTER TABLE orders DROP CONSTRAINT measured",
            "DELETE FROM orders WHERE id > 10000000",
            "DROP TABLE more",
            "VACUUM FULL orders",
            "ANALYZE orders",
        ),
    ),
    Case(
        "pair",
        "CREATE MATERIALIZED VIEW measured AS SELECT o.id, name FROM orders o JOIN customers c ON c.id = customer_id",
        after=("DROP MATERIALIZED VIEW measured",),
    ),
    Case(
        "pair",
        "REFRESH MATERIALIZED VIEW totals",
        before=(
            "CREATE MATERIALIZED VIEW totals AS SELECT id, total, placed FROM orders WHERE total > 100",
            "ANALYZE totals",
        ),
        after=("DROP MATERIALIZED VIEW totals",),
    ),
)
PARTITIONED = (
    _index("partitioned", "events (kind)"),
    Case(
        "partitioned",
        "ALTER TABLE events ADD CHECK (id > 0)",
        after=("ALTER TABLE events DROP CONSTRAINT events_id_check",),
    ),
    _retype("partitioned", "events", "kind", "bigint", "int"),
    Case(
        "partitioned",
        "ALTER TABLE events ATTACH PARTITION events_8 FOR VALUES FROM (8) TO (9)",
        after=("ALTER TABLE events DETACH PARTITION events_8",),
    ),
    Case("partitioned", "UPDATE events SET kind = kind + 1", after=("VACUUM FULL events", "ANALYZE events")),
)
JUDGED = (*NARROW, *WIDE, *DOCUMENTS, *INDEXED, *KEYS, *PAIR, *PARTITIONED)
