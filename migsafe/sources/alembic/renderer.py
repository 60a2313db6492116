"""SQL as Alembic writes it: its own operations on its own offline renderer, one statement at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Final

from migsafe.sources.alembic.libraries import load, no_plugins

load()
with no_plugins():
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import MetaData
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.exc import CompileError
    from sqlalchemy.sql.elements import ClauseElement

_CONVENTION: Final = re.compile(r"(?:[^%]|%%|%\(\w{1,40}\)s)*")
_NOTHING: Final[Mapping[str, str]] = {}


class Renderer:
    """Collects what Alembic would print with `--sql`, with values written into the statements.

    The parameter style is one that does not double percent signs: what is collected is what the server receives.
    """

    def __init__(self, naming_convention: Mapping[str, str] = _NOTHING) -> None:
        self._sent: list[str] = []
        self.dialect = postgresql.dialect(paramstyle="named")
        options = {
            "as_sql": True,
            "output_buffer": StringIO(),
            "literal_binds": True,
            "target_metadata": MetaData(naming_convention=safe_convention(naming_convention) or None),
        }
        self.context = MigrationContext(self.dialect, None, options)
        self.context.impl.static_output = self._take  # type: ignore[method-assign]  # instead of printing
        self.operations = Operations(self.context)

    def _take(self, text: str) -> None:
        self._sent.append(text.rstrip().removesuffix(";").rstrip())

    def sent(self, action: Callable[[], object]) -> tuple[tuple[str, ...], object]:
        """The statements that an action sends, and what it returns. What it raises goes through."""
        self._sent.clear()
        result = action()
        statements = tuple(self._sent)
        self._sent.clear()
        return statements, result

    def statement(self, construct: object) -> str:
        """The text of one SQL expression or DDL construct, with its values in it as far as they can be written."""
        assert isinstance(construct, ClauseElement)
        try:
            compiled = construct.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})
            text = str(compiled)
        except CompileError:
            text = _with_marks(construct, self.dialect)
        return text.replace("\t", "    ").strip()


def _with_marks(construct: ClauseElement, dialect: object) -> str:
    """The text with a placeholder for each value, because one of them has no literal form."""
    compiled = construct.compile(dialect=dialect)  # type: ignore[call-overload]
    text = str(compiled)
    names = sorted(getattr(compiled, "binds", {}), key=len, reverse=True)
    for name in names:
        text = re.sub(rf"(?<![:\w]):{re.escape(str(name))}(?!\w)", f"'⟨{name}⟩'", text)
    return text


def safe_convention(convention: Mapping[str, str]) -> dict[str, str]:
    """The naming convention without entries whose format could do more than name a thing (`%(x)999999s`)."""
    return {
        key: text
        for key, text in convention.items()
        if key in ("ix", "uq", "ck", "fk", "pk") and isinstance(text, str) and _CONVENTION.fullmatch(text)
    }
