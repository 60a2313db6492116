"""Which migrations the database says were applied: the version tables of the known tools.

The one place where rows of a user's table are read, because "pending" depends on them. Only ordinary tables are read
(a view could run anything), with the columns of the tool, that this role may read and that nobody holds.
"""

from __future__ import annotations

from typing import Final, LiteralString, NamedTuple, cast

from migsafe.model.names import Name
from migsafe.model.statistics import AppliedVersions
from migsafe.statistics.definitions import held_relations
from migsafe.statistics.raw import Oid
from migsafe.statistics.session import LockedError, RefusedError, Session

MAX_VERSIONS: Final = 100_000


class VersionTable(NamedTuple):
    """A tool's table: its usual name, the columns that tell it from others', and the query; `{}` is the table.

    The query gives one text for each applied migration, as the tool's convention names it.
    """

    tool: str
    name: str
    columns: frozenset[str]
    query: LiteralString
    without: frozenset[str] = frozenset()  # columns of another tool's table of that name


def _table(tool: str, name: str, columns: str, query: LiteralString, without: str = "") -> VersionTable:
    return VersionTable(tool, name, frozenset(columns.split()), query, frozenset(without.split()))


# Sources: the migration table's definition in each tool's own repository.
VERSION_TABLES: Final = (
    _table("alembic", "alembic_version", "version_num", "SELECT version_num FROM {}"),
    _table("atlas", "atlas_schema_revisions", "version applied total", "SELECT version FROM {} WHERE applied = total"),
    _table("dbmate", "schema_migrations", "version", "SELECT version FROM {}", "dirty statements name"),
    _table("diesel", "__diesel_schema_migrations", "version run_on", "SELECT version FROM {}"),
    _table("django", "django_migrations", "app name applied", "SELECT app || '.' || name FROM {}"),
    _table("drizzle", "__drizzle_migrations", "hash created_at", "SELECT created_at::text FROM {}"),
    # installed_rank orders; an undo takes back the version before it, a DELETE row marks one as never applied.
    _table(
        "flyway",
        "flyway_schema_history",
        "installed_rank version script type success",
        """SELECT COALESCE(f.version, regexp_replace(f.script, '^.*/|\\.sql$', '', 'g')) FROM {} f WHERE f.success
           AND f.type NOT LIKE 'UNDO%' AND f.type NOT IN ('DELETE', 'SCHEMA') AND NOT EXISTS (SELECT FROM {} u
             WHERE u.version = f.version AND u.installed_rank > f.installed_rank AND u.success
               AND (u.type LIKE 'UNDO%' OR u.type = 'DELETE'))""",
    ),
    _table("golang-migrate", "schema_migrations", "version dirty", "SELECT version::text FROM {} WHERE NOT dirty"),
    # The last row of a version says whether it is applied.
    _table(
        "goose",
        "goose_db_version",
        "id version_id is_applied",
        """SELECT version_id::text FROM (SELECT DISTINCT ON (version_id) version_id, is_applied FROM {}
           ORDER BY version_id, id DESC) g WHERE is_applied AND version_id > 0""",
    ),
    _table(
        "liquibase",
        "databasechangelog",
        "id author filename exectype",
        "SELECT filename || '::' || id || '::' || author FROM {} WHERE exectype <> 'FAILED'",
    ),
    _table("node-pg-migrate", "pgmigrations", "id name run_on", "SELECT name FROM {}"),
    _table(
        "prisma",
        "_prisma_migrations",
        "migration_name finished_at rolled_back_at",
        "SELECT migration_name FROM {} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
    ),
    _table("refinery", "refinery_schema_history", "version name applied_on", "SELECT version::text FROM {}"),
    _table("sqitch", "changes", "change_id change project script_hash", "SELECT change FROM {}"),
    _table("sqlx", "_sqlx_migrations", "version description success", "SELECT version::text FROM {} WHERE success"),
    _table("supabase", "schema_migrations", "version statements", "SELECT version FROM {}"),
    _table("tern", "schema_version", "version", "SELECT version::text FROM {}", "installed_rank success"),
    _table("yoyo", "_yoyo_migration", "migration_hash migration_id", "SELECT migration_id FROM {}"),
)

_CANDIDATES: Final[LiteralString] = """
SELECT c.oid, n.nspname, c.relname, ARRAY(SELECT a.attname::text FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), has_table_privilege(c.oid, 'SELECT')
    AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname = ANY(%s) AND n.nspname !~ '^pg_' ORDER BY n.nspname, c.relname"""


class Applied(NamedTuple):
    versions: tuple[AppliedVersions, ...]
    unseen: tuple[str, ...]


def read_applied(session: Session) -> Applied:
    """What every version table says, and sentences about those that could not be read."""
    versions: list[AppliedVersions] = []
    unseen: list[str] = []
    rows = session.rows(_CANDIDATES, [sorted({each.name for each in VERSION_TABLES})])
    held = held_relations(session) if rows else frozenset()
    for oid, schema, name, columns, readable in cast("list[tuple[Oid, str, str, list[str], bool]]", rows):
        kind = _kind(name, frozenset(columns))
        if kind is None:
            continue
        table = Name(schema, name)
        found = _read(session, kind, table) if readable and oid not in held else None
        if found is None:
            why = "was locked at capture" if readable else "may not be read by this role"
            unseen.append(f"{table} {why}: which migrations {kind.tool} has applied is unknown.")
        else:
            versions.append(found)
    return Applied(tuple(versions), tuple(unseen))


def _kind(name: str, columns: frozenset[str]) -> VersionTable | None:
    """The tool whose table has that name and those columns; of several the most demanding."""
    fitting = [t for t in VERSION_TABLES if t.name == name and t.columns <= columns and not t.without & columns]
    return max(fitting, key=lambda table: len(table.columns), default=None)


def _read(session: Session, kind: VersionTable, table: Name) -> AppliedVersions | None:
    from psycopg import sql

    name = sql.Identifier(table.schema or "", table.name)
    query = sql.SQL(f"{kind.query} LIMIT {MAX_VERSIONS}").format(*[name] * kind.query.count("{}"))
    try:
        rows = session.rows(query)
    except (LockedError, RefusedError):
        return None
    found = sorted({value for (value,) in rows if isinstance(value, str)})
    return AppliedVersions(tool=kind.tool, table=table, versions=tuple(found))
