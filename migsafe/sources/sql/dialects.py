"""Which database a file is written for, from names and from words that only one of them knows."""

from __future__ import annotations

import re
from typing import Final

from migsafe.text.lexer import COMMENTS, SQL, TokenKind

DIALECT_NAMES: Final = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "pg": "postgresql",
    "psql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "libsql": "sqlite",
    "turso": "sqlite",
    "mssql": "sqlserver",
    "sqlserver": "sqlserver",
    "oracle": "oracle",
    "h2": "h2",
    "hsqldb": "hsqldb",
    "db2": "db2",
    "clickhouse": "clickhouse",
    "cassandra": "cassandra",
    "cockroach": "cockroachdb",
    "cockroachdb": "cockroachdb",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "redshift": "redshift",
    "spanner": "spanner",
    "duckdb": "duckdb",
    "firebird": "firebird",
    "exasol": "exasol",
    "vertica": "vertica",
}
"""Names of databases as folders and file endings have them."""

_SUSPECT = re.compile(r"auto_?increment|engine\s*=|`|\bpragma\b", re.IGNORECASE)


def dialect_of_path(path: str) -> str | None:
    """The database that a path names: a folder, or a part between dots of the file's name. The last one counts."""
    *folders, name = path.lower().split("/")
    words = [*folders, *name.split(".")[1:]]
    named = [DIALECT_NAMES[word] for word in words if word in DIALECT_NAMES]
    return named[-1] if named else None


def dialect_of_text(text: str) -> tuple[str, str] | None:
    """Another database than PostgreSQL and the words that give it away, outside of strings and comments."""
    if not _SUSPECT.search(text):
        return None
    previous, before = "", ";"
    for token in SQL.tokens(text):
        if token.kind in COMMENTS:
            continue
        word = text[token.start : token.end].lower()
        found = _evidence(token.kind, word, previous, before)
        if found:
            return found
        before, previous = previous or ";", word
    return None


def _evidence(kind: TokenKind, word: str, previous: str, before: str) -> tuple[str, str] | None:
    if word == "auto_increment" and kind is TokenKind.WORD:
        return "mysql", "AUTO_INCREMENT"
    if word == "autoincrement" and kind is TokenKind.WORD:
        return "sqlite", "AUTOINCREMENT"
    if word == "=" and previous == "engine" and before == ")":
        return "mysql", "ENGINE ="
    if word == "pragma" and previous in ("", ";"):
        return "sqlite", "PRAGMA"
    if word.startswith("`"):
        return "mysql", "names in backticks"
    return None
