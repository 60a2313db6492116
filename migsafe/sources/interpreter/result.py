"""What an evaluation gives back."""

from __future__ import annotations

import ast
from enum import StrEnum

from migsafe.model.record import KeywordRecord, Record
from migsafe.model.text import Span
from migsafe.sources.interpreter.host import Site
from migsafe.sources.interpreter.values import Guards, Unknown
from migsafe.sources.interpreter.values_defined import Module


class Reason(StrEnum):
    """Why a place could not be resolved. Front ends may add their own; these are the common ones."""

    DYNAMIC_SQL = "dynamic-sql"
    HOLE_IN_SQL = "hole-in-sql"
    UNKNOWN_TYPE = "unknown-type"
    GUARDED = "guarded"
    DATA_LOOP = "data-loop"
    ORM_SESSION = "orm-session"
    BIND_ESCAPES = "bind-escapes"  # an unknown function gets the connection or the operations object
    CUSTOM_OP = "custom-op"
    EXTERNAL_HELPER = "external-helper"  # a call for its effect to a function that is not known
    REFLECTED_TABLE = "reflected-table"
    CONSTRAINT_NAME_UNKNOWN = "constraint-name-unknown"
    CALL_SITE_NOT_REACHED = "call-site-not-reached"
    SYNTAX_UNSUPPORTED = "syntax-unsupported"
    BUDGET_EXCEEDED = "budget-exceeded"
    RAISES = "raises"  # evaluating it raises an error that the program does not raise itself
    CRASHED = "crashed"  # our own mistake


class Event(Record):
    """Something that a front end recorded, in the order in which the program does it."""

    payload: object
    site: Site


class Unresolved(KeywordRecord):
    """A place that could not be resolved. `span` is in the file `path`, `origin` in the analysed file."""

    reason: str
    path: str
    span: Span
    origin: Span
    text: str  # the words of the code, without literals of calls
    detail: str = ""
    guards: Guards = ()
    loop: bool = False


class Trace(Record):
    """Which nodes of the syntax trees were evaluated: what the audit reads."""

    resolved: set[ast.AST]  # calls to known functions
    unknown: set[ast.AST]  # calls to unknown functions
    dead: set[ast.AST]  # statements and expressions that provably do not run
    open_lookups: list[Module]  # modules in which a name was looked up that is not known
    host: set[ast.AST]  # calls to functions of the front end
    program: set[ast.AST]  # calls to what the program defines, and to Python's own


class Result(KeywordRecord):
    """The evaluation of a module's top level or of one entry function."""

    events: tuple[Event, ...]
    unresolved: tuple[Unresolved, ...]
    holes: tuple[Unknown, ...]  # by the numbers in the markers of texts
    returned: object = None
    raised: str | None = None  # the words of the `raise` that ends the entry for certain
    entry: str | None = None  # None for the top level
    modules: tuple[Module, ...] = ()  # the analysed file first
    trace: Trace
