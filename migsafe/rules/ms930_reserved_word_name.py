"""A name is a key word of SQL.

What happens
    `user`, `order`, `group` and `table` mean something else unless they are in double quotes.

Why it hurts
    Each query has to quote the name; one that forgets it fails, or is worse: `SELECT user` gives the name of the
    role.

Safer form
    Another word, or the plural:

        CREATE TABLE users (id bigint PRIMARY KEY);

    Alembic and Django: the same, by `__tablename__` or `db_table`.

When it is fine
    Where a tool quotes every name. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, Appendix C "SQL Key Words".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import quoted
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_names import NAMING, made_names
from migsafe.rules.steps import by_hand

# What can be no name of a table or column without quotes: pg_get_keywords(), catcode R and T, PostgreSQL 18.
_WORDS: Final = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
column concurrently constraint create cross current_catalog current_date current_role current_schema
current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
placing primary references returning right select session_user similar some symmetric system_user table
tablesample then to trailing true union unique user using variadic verbose when where window with
"""
RESERVED: Final = frozenset(_WORDS.split())


@statement_rule(RuleInfo(code="MS930", name="reserved-word-name", since="0.1.0", default=False), *NAMING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_names(situation):
        if made.name in RESERVED:
            yield Hit(
                severity=Severity.INFO,
                message=f"{made.kind.capitalize()} {quoted(made.name)} is a key word of SQL: it needs quotes.",
                why="Without quotes the word means something else, or is a syntax error.",
                remedy=Remedy("Choose another word.", (by_hand("Choose another word, such as the plural."),)),
                clause=made.clause,
            )
