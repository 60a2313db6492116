"""Shapes and statements that were not looked at while the model was made, and that it must not be fitted to."""

from __future__ import annotations

from tools.measure.cases import Case
from tools.measure.shapes import Shape

SESSIONS = Shape(
    "sessions",
    (
        "CREATE TABLE accounts (id uuid, plan text)",
        "CREATE TABLE sessions (id uuid, account_id uuid, address inet, agent text, started timestamptz, seconds int)",
    ),
    (
        "INSERT INTO accounts SELECT md5(g::text)::uuid, 'plan' || g % 4 FROM generate_series(1, {rows} / 8) g",
        (
            "INSERT INTO sessions SELECT gen_random_uuid(), md5((1 + g % ({rows} / 8))::text)::uuid, "
            "('10.0.0.0'::inet + (random() * 1000000)::int), 'Mozilla (X11; ' || md5((g % 900)::text) || ') Gecko', "
            "'2023-01-01'::timestamptz + g * interval '10s', (random() * 4000)::int FROM generate_series(1, {rows}) g"
        ),
    ),
    (
        "ALTER TABLE accounts ADD PRIMARY KEY (id)",
        "ALTER TABLE sessions ADD PRIMARY KEY (id)",
        "CREATE INDEX sessions_account ON sessions (account_id)",
    ),
)
PRICES = Shape(
    "prices",
    ("CREATE TABLE prices (shop int, sku char(12), day date, cents bigint, note text)",),
    (
        (
            "INSERT INTO prices SELECT g % 50, lpad((g % 40000)::text, 12, '0'), '2024-01-01'::date + (g / 200000), "
            "(random() * 100000)::bigint, CASE WHEN g % 5 = 0 THEN 'promotion ' || g END "
            "FROM generate_series(1, {rows}) g"
        ),
    ),
    ("CREATE INDEX prices_sku ON prices (sku)",),
)
ARTICLES = Shape(
    "articles",
    ("CREATE TABLE articles (id serial, title text, body text, words int, tags text[])",),
    (
        (
            "INSERT INTO articles (title, body, words, tags) SELECT 'Title ' || md5(g::text), "
            "(SELECT string_agg(md5((g * i)::text), ' ') FROM generate_series(1, 20) i), (random() * 3000)::int, "
            "ARRAY['t' || g % 30, 't' || g % 70] FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE articles ADD PRIMARY KEY (id)",),
)
SHAPES = (SESSIONS, PRICES, ARTICLES)
ROWS = {"sessions": 2_000_000, "prices": 4_000_000, "articles": 500_000}


def _case(shape: str, sql: str, *after: str) -> Case:
    return Case(shape, sql, after=after)


CASES = (
    _case(
        "sessions",
        "ALTER TABLE sessions ALTER seconds SET NOT NULL",
        "ALTER TABLE sessions ALTER seconds DROP NOT NULL",
    ),
    _case(
        "sessions",
        "ALTER TABLE sessions ADD CONSTRAINT x CHECK (seconds < 5000)",
        "ALTER TABLE sessions DROP CONSTRAINT x",
    ),
    _case("sessions", "CREATE INDEX x ON sessions (address)", "DROP INDEX x"),
    _case("sessions", "CREATE INDEX x ON sessions (agent)", "DROP INDEX x"),
    _case("sessions", "CREATE INDEX x ON sessions (account_id, started)", "DROP INDEX x"),
    _case("sessions", "CREATE INDEX CONCURRENTLY x ON sessions (started)", "DROP INDEX x"),
    _case(
        "sessions",
        "ALTER TABLE sessions ADD CONSTRAINT x FOREIGN KEY (account_id) REFERENCES accounts",
        "ALTER TABLE sessions DROP CONSTRAINT x",
    ),
    _case(
        "sessions",
        "ALTER TABLE sessions ALTER seconds TYPE bigint",
        "ALTER TABLE sessions ALTER seconds TYPE int",
    ),
    _case("sessions", "VACUUM FULL sessions"),
    _case("sessions", "CREATE TABLE x AS SELECT account_id, seconds FROM sessions", "DROP TABLE x"),
    _case("sessions", "UPDATE sessions SET seconds = 0 WHERE seconds IS NOT NULL", "VACUUM FULL sessions"),
    _case("prices", "ALTER TABLE prices ALTER cents SET NOT NULL", "ALTER TABLE prices ALTER cents DROP NOT NULL"),
    _case(
        "prices",
        "ALTER TABLE prices ADD CONSTRAINT x CHECK (cents BETWEEN 0 AND 1000000)",
        "ALTER TABLE prices DROP CONSTRAINT x",
    ),
    _case("prices", "CREATE INDEX x ON prices (shop, sku, day, cents)", "DROP INDEX x"),
    _case("prices", "CREATE INDEX x ON prices (day)", "DROP INDEX x"),
    _case("prices", "CREATE INDEX x ON prices (cents)", "DROP INDEX x"),
    _case("prices", "CREATE INDEX x ON prices (note) WHERE note IS NOT NULL", "DROP INDEX x"),
    _case("prices", "REINDEX TABLE prices"),
    _case(
        "prices",
        "ALTER TABLE prices ADD COLUMN x uuid NOT NULL DEFAULT gen_random_uuid()",
        "ALTER TABLE prices DROP COLUMN x",
    ),
    _case("prices", "ALTER TABLE prices ALTER cents TYPE numeric", "ALTER TABLE prices ALTER cents TYPE bigint"),
    _case("prices", "UPDATE prices SET note = 'none' WHERE note IS NULL", "VACUUM FULL prices"),
    _case(
        "articles",
        "ALTER TABLE articles ADD CONSTRAINT x CHECK (length(body) > 0)",
        "ALTER TABLE articles DROP CONSTRAINT x",
    ),
    _case(
        "articles",
        "ALTER TABLE articles ADD CONSTRAINT x CHECK (title ~* '^title [a-z0-9 ]+$')",
        "ALTER TABLE articles DROP CONSTRAINT x",
    ),
    _case("articles", "CREATE INDEX x ON articles (title)", "DROP INDEX x"),
    _case("articles", "CREATE INDEX x ON articles USING gin (tags)", "DROP INDEX x"),
    _case("articles", "ALTER TABLE articles ALTER id TYPE bigint", "ALTER TABLE articles ALTER id TYPE int"),
    _case("articles", "CLUSTER articles USING articles_pkey"),
    _case("articles", "ALTER TABLE articles SET UNLOGGED", "ALTER TABLE articles SET LOGGED"),
    _case("articles", "UPDATE articles SET words = words + 1", "VACUUM FULL articles"),
    _case("articles", "DELETE FROM articles WHERE id % 2 = 0"),
)
