"""The tables that statements are measured on: what they look like and how they are filled.

`{rows}` stands for a number of rows. `JUDGED` are the shapes that the model's figures are about; `UNSEEN` are others,
which nobody looked at while the model was made.
"""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """`define` is what the shadow schema sees. `fill` runs after it and is not seen; constraints and indexes that
    are cheaper to make on a full table come last, in `finish`, which is seen."""

    name: str
    define: tuple[str, ...]
    fill: tuple[str, ...]
    finish: tuple[str, ...] = ()


NARROW = Shape(
    "narrow",
    (
        (
            "CREATE TABLE narrow (id bigserial, a int NOT NULL, b int, amount numeric(12,2), flag boolean, "
            "created timestamptz NOT NULL DEFAULT now())"
        ),
    ),
    (
        (
            "INSERT INTO narrow (a, b, amount, flag, created) SELECT (random() * 1e9)::int, (random() * 1000)::int, "
            "(random() * 100000)::numeric(12,2), random() < 0.1, '2020-01-01'::timestamptz + g * interval '1 second' "
            "FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE narrow ADD PRIMARY KEY (id)",),
)
WIDE = Shape(
    "wide",
    (
        (
            "CREATE TABLE wide (id bigint, code varchar(40), t1 text, t2 text, t3 text, t4 text, t5 text, t6 text, "
            "t7 text, t8 text, t9 text, n int, updated timestamp)"
        ),
    ),
    (
        (
            "INSERT INTO wide SELECT g, md5(g::text), md5('1' || g) || md5('a' || g), md5('2' || g), md5('3' || g), "
            "md5('4' || g) || md5('b' || g), md5('5' || g), md5('6' || g), md5('7' || g), md5('8' || g), "
            "md5('9' || g) || md5('c' || g), (random() * 100000)::int, now() FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE wide ADD PRIMARY KEY (id)", "CREATE INDEX wide_code ON wide (code)"),
)
DOCUMENTS = Shape(
    "documents",
    ("CREATE TABLE documents (id bigint, kind text, tags jsonb, body jsonb)",),
    (
        (
            "INSERT INTO documents SELECT g, 'kind' || g % 20, jsonb_build_object('a', g % 100, 'b', md5(g::text), "
            "'c', jsonb_build_array(g % 7, g % 11)), (SELECT jsonb_object_agg('k' || i, md5(g::text || i)) "
            "FROM generate_series(1, 70) i) FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE documents ADD PRIMARY KEY (id)",),
)
INDEXED = Shape(
    "indexed",
    (
        (
            "CREATE TABLE indexed (id bigserial, a int, b int, c bigint, email text, ref uuid, "
            "created timestamptz DEFAULT now())"
        ),
    ),
    (
        (
            "INSERT INTO indexed (a, b, c, email, ref, created) SELECT (random() * 1e9)::int, (random() * 100)::int, "
            "(random() * 1e15)::bigint, md5(g::text) || '@example.com', gen_random_uuid(), "
            "'2020-01-01'::timestamptz + g * interval '1 second' FROM generate_series(1, {rows}) g"
        ),
    ),
    (
        "ALTER TABLE indexed ADD PRIMARY KEY (id)",
        "CREATE INDEX indexed_a ON indexed (a)",
        "CREATE INDEX indexed_b ON indexed (b)",
        "CREATE INDEX indexed_email ON indexed (email)",
        "CREATE INDEX indexed_ref ON indexed (ref)",
        "CREATE INDEX indexed_created ON indexed (created)",
    ),
)
KEYED_BY_TEXT = Shape(
    "keyed_by_text",
    ("CREATE TABLE keyed_by_text (key text, value int, note text)",),
    ("INSERT INTO keyed_by_text SELECT md5(g::text), g, 'note ' || g FROM generate_series(1, {rows}) g",),
    ("ALTER TABLE keyed_by_text ADD PRIMARY KEY (key)",),
)
KEYED_BY_UUID = Shape(
    "keyed_by_uuid",
    ("CREATE TABLE keyed_by_uuid (id uuid, account uuid, state text, price double precision)",),
    (
        (
            "INSERT INTO keyed_by_uuid SELECT gen_random_uuid(), gen_random_uuid(), (ARRAY['new','paid','sent','done'])"
            "[1 + (random() * 3)::int], random() * 1000 FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE keyed_by_uuid ADD PRIMARY KEY (id)",),
)
PAIR = Shape(
    "pair",
    (
        "CREATE TABLE customers (id bigint, name text)",
        "CREATE TABLE orders (id bigint, customer_id bigint, total int, placed timestamptz)",
    ),
    (
        "INSERT INTO customers SELECT g, 'customer ' || g FROM generate_series(1, {rows} / 4) g",
        (
            "INSERT INTO orders SELECT g, 1 + (random() * ({rows} / 4 - 1))::bigint, (random() * 1000)::int, now() "
            "FROM generate_series(1, {rows}) g"
        ),
    ),
    (
        "ALTER TABLE customers ADD PRIMARY KEY (id)",
        "ALTER TABLE orders ADD PRIMARY KEY (id)",
        "CREATE INDEX orders_customer ON orders (customer_id)",
    ),
)
PARTITIONED = Shape(
    "partitioned",
    (
        "CREATE TABLE events (id bigint, at int NOT NULL, kind int, payload text) PARTITION BY RANGE (at)",
        *(f"CREATE TABLE events_{n} PARTITION OF events FOR VALUES FROM ({n}) TO ({n + 1})" for n in range(8)),
        "CREATE TABLE events_8 (id bigint, at int NOT NULL, kind int, payload text)",
    ),
    (
        "INSERT INTO events SELECT g, g % 8, (random() * 50)::int, md5(g::text) FROM generate_series(1, {rows}) g",
        "INSERT INTO events_8 SELECT g, 8, (random() * 50)::int, md5(g::text) FROM generate_series(1, {rows} / 2) g",
    ),
)
JUDGED = (NARROW, WIDE, DOCUMENTS, INDEXED, KEYED_BY_TEXT, KEYED_BY_UUID, PAIR, PARTITIONED)
ROWS = {
    "narrow": 5_000_000, "wide": 1_000_000, "documents": 300_000, "indexed": 2_000_000, "keyed_by_text": 2_000_000,
    "keyed_by_uuid": 3_000_000, "pair": 4_000_000, "partitioned": 4_000_000,
}  # fmt: skip
