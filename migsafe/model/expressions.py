"""What the later stages need to know of an SQL expression or query, without a parser's tree."""

from __future__ import annotations

from typing import NamedTuple

from migsafe.model.names import Name, quoted, quoted_type
from migsafe.model.record import Record


class TypeName(Record):
    """A data type as written. `int`, `integer` and `pg_catalog.int4` are all `TypeName("int4")`.

    The grammar's own synonyms are resolved to the catalog's names (`varchar`, `timestamptz`, `bpchar`, `float8` …);
    `serial` and its kin stay as written, because they are shorthand of CREATE TABLE and ADD COLUMN, no types.
    """

    name: str
    schema: str | None = None
    modifiers: tuple[str, ...] = ()
    dimensions: int = 0  # array dimensions, 0 for a scalar
    setof: bool = False

    def __str__(self) -> str:
        base = quoted_type(self.name)
        base = base if self.schema is None else f"{quoted(self.schema)}.{base}"
        shown = f"{base}({', '.join(self.modifiers)})" if self.modifiers else base
        return shown + "[]" * self.dimensions


class Call(NamedTuple):
    """A function call inside an expression."""

    function: Name
    arguments: int
    argument_types: tuple[str | None, ...] = ()  # the type where the text shows it (a cast or a literal), else None
    strings: tuple[str | None, ...] = ()  # the value of arguments that are string constants, else None
    null_argument: bool = False  # an argument is the constant NULL
    columns: tuple[str | None, ...] = ()  # the names of arguments that are just a column, else None


class Comparison(NamedTuple):
    """A simple condition `column operator value`, one conjunct of a predicate."""

    column: str
    operator: str  # "=", "<", ">=", "is not null", "is null", "in" …
    value: str | None  # the constant as SQL text; None for the null tests


class Expression(Record):
    """A scalar expression: its text and the facts that decide what the server does with it."""

    sql: str
    constant: bool = False  # a literal, or casts of a literal
    null: bool = False  # the constant NULL
    columns: tuple[str, ...] = ()  # columns it names, in order of appearance
    calls: tuple[Call, ...] = ()
    operators: tuple[str, ...] = ()
    special: tuple[str, ...] = ()  # CURRENT_TIMESTAMP, CURRENT_USER … (SQLValueFunction), lower case
    casts: tuple[TypeName, ...] = ()  # from the inside to the outside
    cast_of_column: str | None = None  # set when it is just a column, perhaps under `casts`
    proves_not_null: tuple[str, ...] = ()  # columns that cannot be NULL where this is true, as the server proves it
    conjuncts: tuple[Comparison, ...] = ()  # simple conditions joined by AND; empty when it is not of that form
    whole: bool = False  # `conjuncts` is the entire expression, nothing was left out
    reads: tuple[Name, ...] = ()  # relations read by sub-queries
    outermost: Outermost | None = None  # set when the whole expression is a call or a cast
    typed: tuple[tuple[TypeName, str], ...] = ()  # string constants under a cast


class Outermost(Record):
    """The call or cast that an expression is as a whole: exactly one of `function` and `type` is set."""

    arguments: tuple[Expression, ...]
    function: Name | None = None
    type: TypeName | None = None


class Query(Record):
    """A SELECT (or the query part of another statement)."""

    sql: str = ""
    reads: tuple[Name, ...] = ()  # relations in FROM, sub-queries and CTEs, without CTE names
    row_locked: tuple[Name, ...] = ()  # relations under FOR UPDATE / SHARE
    calls: tuple[Call, ...] = ()
    columns: tuple[str, ...] = ()  # output names where the text shows them
    conditions: Expression | None = None
    has_limit: bool = False
    unnamed_source: bool = False  # a sub-query in FROM has no alias
    only: tuple[Name, ...] = ()  # those of `reads` that are read with ONLY, without their children
    typed: tuple[tuple[TypeName, str], ...] = ()  # string constants under a cast
    rows: int | None = None  # how many it returns, where the text tells
    executes: str | None = None  # the prepared statement that stands for the query
