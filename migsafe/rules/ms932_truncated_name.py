"""A name is longer than 63 bytes and is cut.

What happens
    The server cuts longer names without an error, with a NOTICE that tools rarely show.

Why it hurts
    Two names that differ behind the 63rd byte are the same ("already exists"), and a tool that looks for the full
    name does not find it.

Safer form
    A name of up to 63 bytes:

        CREATE INDEX orders_customer_placed_idx ON orders (customer_id, placed_at);

    Alembic: a shorter `naming_convention`. Django: `name=` on the index.

When it is fine
    Where nothing looks for the name. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 4.1.1: "The system uses no more than NAMEDATALEN-1 bytes of an identifier"; SQLSTATE 42622.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_names import NAMING
from migsafe.rules.steps import by_hand
from migsafe.text.lexer import TokenKind, tokens

_MOST = 63  # NAMEDATALEN - 1
_LONG = re.compile(r"[^\s(),;.\"]{64}|\"[^\"]{32}")  # a quick look, before the text is read word by word


@statement_rule(RuleInfo(code="MS932", name="truncated-name", since="0.1.0", default=False), *NAMING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for each name: the parser cuts names as the server does, so that they are looked for in the text."""
    if situation.undoes is not None or situation.statement.parent is not None:
        return
    for name in _long_names(situation.statement.sql):
        shorter = by_hand("Choose a name of up to 63 bytes.")
        yield Hit(
            severity=Severity.INFO,
            message=f"The name {name} is cut after 63 bytes.",
            why="The server cuts it with a NOTICE and no error.",
            remedy=Remedy("Choose a shorter name.", (shorter,)),
        )


def _long_names(sql: str) -> tuple[str, ...]:
    if _LONG.search(sql) is None:
        return ()
    words = (sql[t.start : t.end] for t in tokens(sql) if t.kind in {TokenKind.WORD, TokenKind.QUOTED_WORD})
    return tuple(dict.fromkeys(word for word in words if len(word.strip('"').encode()) > _MOST))
