"""From what a session reports and what differs in the catalogs to the words of an observation."""

from __future__ import annotations

import re

import psycopg

from tools.observe.catalog import Difference
from tools.observe.observation import Observation
from tools.observe.session import Outcome

QUERY_TAGS = (
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "COPY",
    "CALL",
    "DO",
    "EXPLAIN",
    "FETCH",
    "SET CONSTRAINTS",
)
READ_MESSAGE = re.compile(
    r'(?:verifying|rewriting) table "(?P<table>.+)"'
    r'|building index ".+" on table "(?P<indexed>.+?)"(?: |$)'
    r'|validating foreign key constraint "(?P<key>.+)"'
)


def describe(difference: Difference, outcome: Outcome, session: psycopg.Connection) -> Observation:
    """What was done; the locks are for the caller to add."""
    emptied = difference.emptied(truncates=outcome.tag == "TRUNCATE TABLE")
    rewritten = difference.rewritten() - emptied
    builds = {index for index in difference.built_indexes() if difference.after[index].table not in emptied}
    # REFRESH does not read what it replaces; the counters mean the new rows and the indexes over them.
    replaced = rewritten if outcome.tag == "REFRESH MATERIALIZED VIEW" else set()
    # A move to another tablespace reads the file block by block, and no counter says so.
    copied = rewritten - replaced
    scanned = (difference.scanned() | copied) - emptied - replaced
    if _is_query(difference, outcome):
        scanned &= _read_by_ddl(difference, outcome, session) | copied
    return Observation(
        rewrites=difference.names(rewritten),
        index_builds=difference.names(builds),
        scans=difference.names(scanned),
        empties=difference.names(emptied),
        data=difference.data(replaced),
    )


def _is_query(difference: Difference, outcome: Outcome) -> bool:
    """CREATE TABLE AS is reported as SELECT, too."""
    command = outcome.tag if outcome.tag == "SET CONSTRAINTS" else outcome.tag.partition(" ")[0]
    return command in QUERY_TAGS and not (command == "SELECT" and difference.created_a_table())


def _read_by_ddl(difference: Difference, outcome: Outcome, session: psycopg.Connection) -> set[int]:
    """Tables that DDL inside of a query or block says it reads; the counters hold the reads of queries, too."""
    matches = [match for match in map(READ_MESSAGE.match, outcome.messages) if match]
    tables = {match["table"] or match["indexed"] for match in matches} - {None}
    keys = [match["key"] for match in matches if match["key"]]
    query = """
        WITH RECURSIVE side (oid) AS (
            SELECT unnest(ARRAY[conrelid, confrelid]) FROM pg_constraint WHERE conname = ANY (%s)
            UNION SELECT inhrelid FROM pg_inherits JOIN side ON inhparent = side.oid)
        SELECT oid::int8 FROM side UNION SELECT oid::int8 FROM pg_class WHERE relname = ANY (%s)"""
    named = {row[0] for row in session.execute(query, [keys, list(tables)])}
    return named & difference.after.keys()
