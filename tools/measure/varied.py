"""Other shapes and statements: composite keys, documents, arrays, checks of many kinds."""

from __future__ import annotations

from tools.measure.cases import Case
from tools.measure.shapes import Shape

LEDGER = Shape(
    "ledger",
    (
        (
            "CREATE TABLE ledger (tenant int, entry int, debit numeric(18,4), credit numeric(18,4), day date, "
            "memo varchar(80), closed timestamptz)"
        ),
    ),
    (
        (
            "INSERT INTO ledger SELECT g % 200, g, (random() * 1e6)::numeric(18,4), (random() * 1e6)::numeric(18,4), "
            "'2015-01-01'::date + (random() * 3000)::int, 'memo of entry ' || g, "
            "CASE WHEN g % 3 = 0 THEN NULL ELSE now() END FROM generate_series(1, {rows}) g"
        ),
    ),
    (
        "ALTER TABLE ledger ADD PRIMARY KEY (tenant, entry)",
        "CREATE INDEX ledger_day ON ledger (day)",
        "CREATE INDEX ledger_open ON ledger (entry) WHERE closed IS NULL",
    ),
)
READINGS = Shape(
    "readings",
    ("CREATE TABLE readings (sensor smallint, at timestamptz, value real, raw bytea)",),
    (
        (
            "INSERT INTO readings SELECT (random() * 400)::smallint, '2022-01-01'::timestamptz + g * interval '1s', "
            "random(), decode(md5(g::text), 'hex') FROM generate_series(1, {rows}) g"
        ),
    ),
    ("CREATE INDEX readings_at ON readings USING brin (at)",),
)
PROFILES = Shape(
    "profiles",
    ("CREATE TABLE profiles (id uuid, handle text, bio text, settings jsonb, links text[], seen timestamptz)",),
    (
        (
            "INSERT INTO profiles SELECT gen_random_uuid(), 'user_' || md5(g::text), repeat(md5(g::text), 9), "
            "jsonb_build_object('theme', g % 5, 'lang', md5((g % 50)::text), 'flags', jsonb_build_array(g % 3)), "
            "ARRAY['https://a.example/' || g, 'https://b.example/' || g], now() - random() * interval '900 days' "
            "FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE profiles ADD PRIMARY KEY (id)", "CREATE UNIQUE INDEX profiles_handle ON profiles (handle)"),
)
TEAMS = Shape(
    "teams",
    (
        "CREATE TABLE teams (id int, name text)",
        "CREATE TABLE members (id bigint, team_id int, invited_by bigint, role text)",
    ),
    (
        "INSERT INTO teams SELECT g, 'team ' || g FROM generate_series(1, 20000) g",
        (
            "INSERT INTO members SELECT g, 1 + (random() * 19999)::int, 1 + (random() * (g - 1))::bigint, "
            "(ARRAY['owner', 'admin', 'guest'])[1 + (random() * 2)::int] FROM generate_series(1, {rows}) g"
        ),
    ),
    ("ALTER TABLE teams ADD PRIMARY KEY (id)", "ALTER TABLE members ADD PRIMARY KEY (id)"),
)
SHAPES = (LEDGER, READINGS, PROFILES, TEAMS)
ROWS = {"ledger": 4_000_000, "readings": 6_000_000, "profiles": 1_000_000, "teams": 3_000_000}


def _changed(shape: str, sql: str) -> Case:
    return Case(shape, sql, after=(f"VACUUM FULL {shape}",))


def _index(shape: str, definition: str) -> Case:
    return Case(shape, f"CREATE INDEX measured ON {definition}", after=("DROP INDEX measured",))


def _constraint(shape: str, table: str, definition: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {table} ADD CONSTRAINT measured {definition}",
        after=(f"ALTER TABLE {table} DROP CONSTRAINT measured",),
    )


def _column(shape: str, definition: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {shape} ADD COLUMN measured {definition}",
        after=(f"ALTER TABLE {shape} DROP COLUMN measured",),
    )


def _retype(shape: str, column: str, new: str, old: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {shape} ALTER COLUMN {column} TYPE {new}",
        after=(f"ALTER TABLE {shape} ALTER COLUMN {column} TYPE {old}",),
    )


def _not_null(shape: str, column: str) -> Case:
    return Case(
        shape,
        f"ALTER TABLE {shape} ALTER COLUMN {column} SET NOT NULL",
        after=(f"ALTER TABLE {shape} ALTER COLUMN {column} DROP NOT NULL",),
    )


CASES = (
    _not_null("ledger", "memo"),
    _constraint("ledger", "ledger", "CHECK (debit >= 0 AND credit >= 0)"),
    _constraint("ledger", "ledger", "CHECK (memo LIKE 'memo%')"),
    _index("ledger", "ledger (debit)"),
    _index("ledger", "ledger (memo)"),
    _index("ledger", "ledger (tenant, day) INCLUDE (debit)"),
    Case("ledger", "CREATE INDEX CONCURRENTLY measured ON ledger (closed)", after=("DROP INDEX measured",)),
    Case("ledger", "REINDEX INDEX ledger_pkey"),
    _retype("ledger", "debit", "numeric(20,6)", "numeric(18,4)"),
    Case("ledger", "VACUUM FULL ledger"),
    _changed("ledger", "UPDATE ledger SET closed = now() WHERE closed IS NULL"),
    Case(
        "ledger",
        "CREATE TABLE measured AS SELECT tenant, sum(debit) FROM ledger GROUP BY tenant",
        after=("DROP TABLE measured",),
    ),
    _not_null("readings", "value"),
    _index("readings", "readings (sensor)"),
    _index("readings", "readings (at)"),
    _index("readings", "readings USING hash (sensor)"),
    _retype("readings", "value", "double precision", "real"),
    _column("readings", "bigserial"),
    _column("readings", "text GENERATED ALWAYS AS (encode(raw, 'hex')) STORED"),
    Case("readings", "CREATE TABLE measured AS TABLE readings", after=("DROP TABLE measured",)),
    _changed("readings", "UPDATE readings SET value = value * 2"),
    _constraint("profiles", "profiles", "CHECK (handle ~ '^user_[0-9a-f]{32}$')"),
    _index("profiles", "profiles (seen)"),
    _index("profiles", "profiles (lower(handle))"),
    _index("profiles", "profiles USING gin (settings)"),
    _index("profiles", "profiles USING gin (links)"),
    _column("profiles", "uuid DEFAULT gen_random_uuid()"),
    Case("profiles", "VACUUM FULL profiles"),
    Case("profiles", "ALTER TABLE profiles SET UNLOGGED", after=("ALTER TABLE profiles SET LOGGED",)),
    _changed("profiles", "UPDATE profiles SET seen = now()"),
    _constraint("teams", "members", "FOREIGN KEY (team_id) REFERENCES teams"),
    _constraint("teams", "members", "FOREIGN KEY (invited_by) REFERENCES members"),
    _index("teams", "members (team_id)"),
    _index("teams", "members (role, team_id)"),
    _constraint("teams", "members", "UNIQUE (team_id, id)"),
    Case("teams", "UPDATE members SET role = 'none' WHERE role = 'guest'", after=("VACUUM FULL members",)),
    Case("teams", "DELETE FROM members WHERE id % 4 = 0"),
)
