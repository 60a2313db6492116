"""Which columns a query names, and where it looks for them.

The parser writes down what the text says; the shadow schema finds the relations and their columns. A scope is one
SELECT: its names are looked for among its own sources, then among those of the scope around it.
"""

from __future__ import annotations

from typing import NamedTuple

from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.model.record import Record


class ColumnUse(NamedTuple):
    """A column as written, `u.name` as `("u", "name")`. A star stands for all columns of what is before it."""

    parts: tuple[str, ...]
    star: bool = False


class Output(Record):
    """An element of a select list. `use` is set when it is just a column, or a star."""

    name: str
    use: ColumnUse | None = None
    type: TypeName | None = None  # of a cast around it


class Source(Record):
    """An element of FROM: a relation, a sub-query, or neither (a function)."""

    alias: str | None
    relation: Name | None = None
    query: Scope | None = None
    columns: tuple[str, ...] = ()  # the names that the alias gives to the first columns
    defined: bool = False  # `columns` are all there are: the column definition list of a function
    lateral: bool = False  # a sub-query that sees the sources before it


class Join(Record):
    """`using` are the columns that both sides share; None for NATURAL, where the relations tell."""

    left: Source | Join
    right: Source | Join
    using: tuple[str, ...] | None = ()
    alias: str | None = None
    columns: tuple[str, ...] = ()
    using_alias: str | None = None


class CommonTable(Record):
    """A query of WITH; without a scope it is one that changes data."""

    name: str
    query: Scope | None
    columns: tuple[str, ...] = ()
    recursive: bool = False
    extended: bool = False  # SEARCH and CYCLE add columns


class Scope(Record):
    """One SELECT, or several joined by UNION, INTERSECT and EXCEPT (`arms`)."""

    sources: tuple[Source | Join, ...] = ()
    outputs: tuple[Output, ...] = ()
    uses: tuple[ColumnUse, ...] = ()  # everywhere but in sub-queries and as a bare column of the three lists below
    ordered_by: tuple[str, ...] = ()  # bare names in ORDER BY and DISTINCT ON: an output's name comes first
    grouped_by: tuple[str, ...] = ()  # bare names in GROUP BY: a column comes first
    common: tuple[CommonTable, ...] = ()
    inner: tuple[Scope, ...] = ()  # sub-queries in expressions
    arms: tuple[Scope, ...] = ()
