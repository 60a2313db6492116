"""The first major version that knows a piece of syntax, and how older ones refuse it.

One table for the whole folder; source: the release notes of each major version (appendix E of the manual), "Migration"
and "Changes". ALTER TABLE's actions have theirs beside the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.record import Record


class Feature(Record):
    """`near` is the word at which an older grammar stops."""

    since: int
    near: str
    message: str = ""
    sqlstate: str = "42601"

    @property
    def refusal(self) -> str:
        return self.message or f'syntax error at or near "{self.near}"'


MERGE = Feature(15, "MERGE")
MERGE_RETURNING = Feature(17, "RETURNING")
MERGE_BY_SOURCE = Feature(17, "BY")
UNNAMED_SUB_QUERY = Feature(16, "", "subquery in FROM must have an alias")
NULLS_NOT_DISTINCT = Feature(15, "NULLS")
OR_REPLACE_TRIGGER = Feature(14, "TRIGGER")
REINDEX_TABLESPACE = Feature(14, "TABLESPACE")
STANDARD_BODY = Feature(14, "BEGIN")
RETURN_BODY = Feature(14, "RETURN")
PUBLICATION_SCHEMAS = Feature(15, "TABLES")
PUBLICATION_FILTER = Feature(15, "WHERE")
PUBLICATION_COLUMNS = Feature(15, "(")
STATISTICS_TARGET = Feature(13, "STATISTICS")
VACUUM_ONLY = Feature(18, "ONLY")
VIRTUAL_COLUMNS = Feature(18, "VIRTUAL")
NOT_ENFORCED = Feature(18, "ENFORCED")
TABLE_NOT_NULL = Feature(18, "NOT")
DOMAIN_NOT_NULL = Feature(17, "NOT")
WITHOUT_OVERLAPS = Feature(18, "WITHOUT")
PERIOD = Feature(18, "PERIOD")
COLUMN_COMPRESSION = Feature(14, "COMPRESSION")
COLUMN_STORAGE = Feature(16, "STORAGE")
UNLOGGED_SEQUENCE = Feature(15, "", "unlogged sequences are not supported", "0A000")
EXPRESSION_STATISTICS = Feature(14, "", "only simple column references are allowed in CREATE STATISTICS", "0A000")
BEFORE_ROW_TRIGGER_ON_PARTITIONED = Feature(13, "", "", "42809")


def require_options(known_since: Mapping[str, Feature], written: Iterable[str], context: Context) -> None:
    """Refuse options in parentheses that came with a later version."""
    for option in written:
        if option in known_since:
            require(known_since[option], context)


def _option(command: str, name: str, since: int) -> Feature:
    return Feature(since, "", f'unrecognized {command} option "{name}"')


VIEW_OPTIONS = {
    "security_invoker": Feature(15, "", 'unrecognized parameter "security_invoker"', "22023"),
}
REINDEX_OPTIONS = {"concurrently": Feature(14, "CONCURRENTLY"), "tablespace": REINDEX_TABLESPACE}
VACUUM_OPTIONS = {
    name: _option("VACUUM", name, since)
    for name, since in (
        ("parallel", 13),
        ("process_toast", 14),
        ("process_main", 16),
        ("skip_database_stats", 16),
        ("only_database_stats", 16),
        ("buffer_usage_limit", 16),
    )
}
ANALYZE_OPTIONS = {"buffer_usage_limit": _option("ANALYZE", "buffer_usage_limit", 16)}
EXPLAIN_OPTIONS = {
    name: _option("EXPLAIN", name, since)
    for name, since in (("wal", 13), ("generic_plan", 16), ("memory", 17), ("serialize", 17))
}


def require(feature: Feature, context: Context) -> None:
    """Refuse, in the words of an older server, what the target does not know."""
    if context.version < feature.since:
        source = f"release notes of PostgreSQL {feature.since}"
        context.builder.refuse(feature.refusal, feature.sqlstate, source)
