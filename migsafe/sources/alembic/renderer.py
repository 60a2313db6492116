"""SQL as Alembic writes it: its own operations on its own offline renderer, one statement at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import StringIO
from typing import Final
from uuid import UUID

from migsafe.sources.alembic.libraries import load, no_plugins

load()
with no_plugins():
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Dialect, MetaData, Table, column
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.exc import CompileError
    from sqlalchemy.sql.elements import ClauseElement
    from sqlalchemy.sql.expression import TableClause

_CONVENTION: Final = re.compile(r"(?:[^%]|%%|%\(\w{1,40}\)s)*")
_NOTHING: Final[Mapping[str, str]] = {}


@lru_cache(maxsize=8)
def _context(convention: tuple[tuple[str, str], ...]) -> MigrationContext:
    """Made once for all revisions: offline it keeps nothing of what went through it, and making one takes as long as
    a CREATE TABLE."""
    options = {
        "as_sql": True,
        "output_buffer": StringIO(),
        "literal_binds": True,
        "target_metadata": MetaData(naming_convention=dict(convention) or None),
    }
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy has no types here
    return MigrationContext(dialect, None, options)


class Renderer:
    """Collects what Alembic would print with `--sql`, with values written into the statements.

    The parameter style is one that does not double percent signs: what is collected is what the server receives.
    """

    def __init__(self, naming_convention: Mapping[str, str] = _NOTHING) -> None:
        self._sent: list[str] = []
        self.incomplete = False  # a part of the current call was left out because it is not known
        self.context = _context(tuple(sorted(safe_convention(naming_convention).items())))
        self.dialect = self.context.dialect
        self.operations = Operations(self.context)

    def _take(self, text: str) -> None:
        self._sent.append(text.rstrip().removesuffix(";").rstrip())

    def sent(self, action: Callable[[], object]) -> tuple[tuple[str, ...], object]:
        """The statements that an action sends, and what it returns. What it raises goes through."""
        self._sent.clear()
        self.context.impl.static_output = self._take  # type: ignore[method-assign]  # instead of printing
        result = action()
        statements = tuple(self._sent)
        self._sent.clear()
        return statements, result

    def statement(self, construct: object) -> str:
        """The text of one SQL expression or DDL construct, with its values in it as far as they can be written."""
        assert isinstance(construct, ClauseElement)
        try:
            text = self._compiled(construct)
        except CompileError as refused:
            _with_missing_columns(construct, str(refused))
            text = self._with_values(construct)
        except (AttributeError, TypeError, ValueError, NotImplementedError):
            text = _with_marks(construct, self.dialect)
        return text.replace("\t", "    ").strip()

    def _with_values(self, construct: ClauseElement) -> str:
        try:
            return self._compiled(construct)
        except CompileError:
            return _with_marks(construct, self.dialect)

    def _compiled(self, construct: ClauseElement) -> str:
        return str(construct.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))


def _with_missing_columns(construct: ClauseElement, refused: str) -> None:
    """Give the table of a statement the columns that it is not known to have: a reflected one has any."""
    table = getattr(construct, "table", None)
    names = refused.partition("Unconsumed column names: ")[2]
    if not names or not isinstance(table, TableClause) or isinstance(table, Table):
        return
    for name in names.split(", "):
        if name not in table.c:
            table.append_column(column(name))


def _with_marks(construct: ClauseElement, dialect: Dialect) -> str:
    """The text with each value written as what it is in Python, because a column's type is not known; a placeholder
    for one that has no plain form. The driver sends the same values beside the text."""
    compiled = construct.compile(dialect=dialect)
    values: Mapping[str, object] = compiled.params
    pattern = "|".join(re.escape(str(name)) for name in sorted(values, key=len, reverse=True))
    text = str(compiled)
    return re.sub(rf"(?<![:\w]):({pattern})(?!\w)", lambda m: _written(m[1], values[m[1]]), text) if pattern else text


def _written(name: str, value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, (str, date, UUID)):
        return "'" + str(value).replace("'", "''") + "'"
    return f"'⟨{name}⟩'"


def safe_convention(convention: Mapping[str, str]) -> dict[str, str]:
    """The naming convention without entries whose format could do more than name a thing (`%(x)999999s`)."""
    return {
        key: text
        for key, text in convention.items()
        if key in ("ix", "uq", "ck", "fk", "pk") and isinstance(text, str) and _CONVENTION.fullmatch(text)
    }
