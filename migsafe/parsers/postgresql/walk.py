"""One pass over an expression or a query that collects what the server's behaviour depends on."""

# ruff: noqa: SLF001  # _VISITORS at the end of the file is the class's own table
from __future__ import annotations

from collections.abc import Callable
from typing import final

from migsafe.model.expressions import Call, TypeName
from migsafe.model.names import Name
from migsafe.parsers.postgresql.predicates import is_null, truth
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    is_only,
    kind_of,
    name_of,
    names,
    optional_text,
    relation_name,
    text,
)
from migsafe.parsers.postgresql.types import type_name

_OPERATORS_OF = {
    "AEXPR_BETWEEN": (">=", "<="),
    "AEXPR_BETWEEN_SYM": (">=", "<="),
    "AEXPR_NOT_BETWEEN": ("<", ">"),
    "AEXPR_NOT_BETWEEN_SYM": ("<", ">"),
}


@final
class Walk:
    """Collects from every node that it visits. Names of common table expressions are no relations."""

    def __init__(self) -> None:
        self.columns: list[str] = []
        self.calls: list[Call] = []
        self.call_nodes: list[Node] = []
        self.operators: list[str] = []
        self.special: list[str] = []
        self.casts: list[TypeName] = []
        self.typed: list[tuple[TypeName, str]] = []
        self.reads: list[Name] = []
        self.only: list[Name] = []
        self.row_locked: list[Name] = []
        self.changes: list[Node] = []  # data-modifying common table expressions, wrapped
        self.has_limit = False
        self.unnamed_source = False
        self.first: int | None = None  # the leftmost byte offset
        self.last = 0
        self._ctes: frozenset[str] = frozenset()
        self._in_query = 0
        self._dead = 0  # inside of a branch that constants rule out

    def visit(self, value: object) -> None:
        """A wrapped node, a list of them, or a body whose kind the grammar fixes."""
        if isinstance(value, list):
            for item in value:
                self.visit(item)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key == "location":
                    self._place(inner)
                elif isinstance(inner, dict):
                    _VISITORS.get(key, Walk._inside)(self, inner)
                elif isinstance(inner, list):
                    self.visit(inner)

    def _inside(self, body: Node) -> None:
        self.visit(body)

    def _place(self, location: object) -> None:
        if not isinstance(location, int) or location < 0:
            return
        if self.first is None or location < self.first:
            self.first = location
        self.last = max(self.last, location)

    def _column(self, body: Node) -> None:
        self._place(body.get("location", 0))
        fields = names(body, "fields")
        if fields and not self._in_query and len(fields) == len(children(body, "fields")):
            self.columns.append(fields[-1])

    def _call(self, body: Node) -> None:
        arguments = children(body, "args")
        if not self._dead:
            self.call_nodes.append(body)
            known = tuple(shown_type(argument) for argument in arguments)
            strings = tuple(string_constant(argument) for argument in arguments)
            nulls = any(is_null(argument) for argument in arguments)
            columns = tuple(_column_name(argument) for argument in arguments)
            self.calls.append(Call(name_of(names(body, "funcname")), len(arguments), known, strings, nulls, columns))
        self.visit(body)

    # What constants rule out is never called (clauses.c, eval_const_expressions), though its columns are depended on.

    def _visit_unless_dead(self, node: object, *, dead: bool) -> None:
        self._dead += dead
        self.visit(node)
        self._dead -= dead

    def _coalesce(self, body: Node) -> None:
        self._place(body.get("location", 0))
        settled = False
        for argument in children(body, "args"):
            self._visit_unless_dead(argument, dead=settled)
            settled = settled or (kind_of(argument) == "A_Const" and not flag(body_of(argument), "isnull"))

    def _case(self, body: Node) -> None:
        """CASE without an argument: WHEN false is never taken, and nothing after WHEN true."""
        if "arg" in body:
            self.visit(body)
            return
        self._place(body.get("location", 0))
        settled = False
        for branch in bodies(body, "args"):
            condition = truth(child(branch, "expr"))
            self._visit_unless_dead(branch, dead=settled or condition is False)
            settled = settled or condition is True
        self._visit_unless_dead(child(body, "defresult"), dead=settled)

    def _logic(self, body: Node) -> None:
        self._place(body.get("location", 0))
        settles = {"AND_EXPR": False, "OR_EXPR": True}.get(text(body, "boolop"))
        settled = settles is not None and any(truth(part) is settles for part in children(body, "args"))
        self._visit_unless_dead(body.get("args"), dead=settled)

    def _operator(self, body: Node) -> None:
        written = ".".join(names(body, "name"))
        if not self._dead:
            self.operators += _OPERATORS_OF.get(text(body, "kind"), (written,))
        self.visit(body)

    def _cast(self, body: Node) -> None:
        self.visit(body)
        kind = type_name(child(body, "typeName"))
        self.casts.append(kind)
        value = string_constant(child(body, "arg"))
        if value is not None:
            self.typed.append((kind, value))

    def _type(self, body: Node) -> None:
        """What stands in the brackets of a type is read by the type: `Point` of geometry(Point, 4326) is no column."""
        self._place(body.get("location", 0))
        for modifier in children(body, "typmods"):
            self._place(body_of(modifier).get("location", 0))

    def _special(self, body: Node) -> None:
        self._place(body.get("location", 0))
        name = text(body, "op").removeprefix("SVFOP_").removesuffix("_N")
        self.special.append(name.lower())

    def _relation(self, body: Node) -> None:
        self._place(body.get("location", 0))
        name = relation_name(body)
        if name.schema is None and name.name in self._ctes:
            return
        self.reads.append(name)
        if is_only(body):
            self.only.append(name)

    def _sub_link(self, body: Node) -> None:
        self._place(body.get("location", 0))
        self.visit(child(body, "testexpr"))
        self._in_query += 1
        self.visit(child(body, "subselect"))
        self._in_query -= 1

    def _source(self, body: Node) -> None:
        self.unnamed_source = self.unnamed_source or "alias" not in body
        self.visit(body)

    def select(self, body: Node) -> None:
        """The body of a SelectStmt."""
        outer = self._ctes
        self.with_clause(child(body, "withClause"))
        before = len(self.reads)
        self.visit(body.get("fromClause"))
        found = self.reads[before:]
        for field, value in body.items():
            if field in ("larg", "rarg") and isinstance(value, dict):
                self.select(value)
            elif field not in ("withClause", "fromClause", "lockingClause", "intoClause"):
                self.visit(value)
        self.has_limit = self.has_limit or "limitCount" in body
        self._row_locks(body, found)
        self._ctes = outer

    def _row_locks(self, body: Node, found: list[Name]) -> None:
        for clause in bodies(body, "lockingClause"):
            named = [text(item, "relname") for item in bodies(clause, "lockedRels")]
            if not named:
                self.row_locked += found
                continue
            aliases = _aliases(children(body, "fromClause"))
            self.row_locked += [aliases[name] for name in named if aliases.get(name) in found]

    def with_clause(self, body: Node) -> None:
        """Common table expressions: visible in each other when RECURSIVE, else in the later ones."""
        found = bodies(body, "ctes")
        if flag(body, "recursive"):
            self._ctes |= {text(cte, "ctename") for cte in found}
        for cte in found:
            self._common_table_expression(cte)
            self._ctes |= {text(cte, "ctename")}

    def _common_table_expression(self, cte: Node) -> None:
        query = child(cte, "ctequery")
        self._in_query += 1
        if kind_of(query) == "SelectStmt":
            self.select(body_of(query))
        else:
            self.changes.append(query)
            self._change(body_of(query))
        self._in_query -= 1

    def _change(self, body: Node) -> None:
        """What a data-modifying expression reads: everything but its target."""
        outer = self._ctes
        self.with_clause(child(body, "withClause"))
        for field, value in body.items():
            if field not in ("withClause", "relation"):
                self.visit(value)
        self._ctes = outer

    def statement(self, body: Node) -> None:
        """The body of an INSERT, UPDATE, DELETE or MERGE without its target."""
        self._change(body)

    @property
    def unique_reads(self) -> tuple[Name, ...]:
        return tuple(dict.fromkeys(self.reads))


def _column_name(argument: Node) -> str | None:
    fields = names(body_of(argument), "fields") if kind_of(argument) == "ColumnRef" else ()
    return fields[-1] if fields else None


def shown_type(argument: Node) -> str | None:
    """The type of an argument where the text shows it: a cast, a number, a Boolean; "unknown" for a string."""
    body = body_of(argument)
    match kind_of(argument):
        case "TypeCast":
            shown = type_name(child(body, "typeName"))
            return str(shown.replace(modifiers=()))
        case "A_Const":
            return _literal_type(body)
        case "SQLValueFunction" if text(body, "op").startswith("SVFOP_CURRENT_TIMESTAMP"):
            return "timestamptz"
        case "FuncCall" if names(body, "funcname")[-1] in _CLOCKS:
            return "timestamptz"
        case _:
            return None


_CLOCKS = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})


def string_constant(argument: Node) -> str | None:
    """The value of an argument that is a string, perhaps cast, as in 'seq'::regclass."""
    while kind_of(argument) in ("TypeCast", "NamedArgExpr"):
        argument = child(body_of(argument), "arg")
    value = child(body_of(argument), "sval") if kind_of(argument) == "A_Const" else {}
    return text(value, "sval") if value else None


def _literal_type(const: Node) -> str | None:
    if "sval" in const:
        return "unknown"
    if "ival" in const:
        return "int4"
    if "boolval" in const:
        return "bool"
    if "bsval" in const:
        return "bit"
    if "fval" in const:
        written = text(child(const, "fval"), "fval")
        return "int8" if written.isdigit() and int(written) < 1 << 63 else "numeric"
    return None


def _aliases(sources: list[Node]) -> dict[str, Name]:
    """The relations of a FROM clause by the names that the query gives them."""
    found: dict[str, Name] = {}
    for item in sources:
        body = body_of(item)
        if kind_of(item) == "RangeVar":
            name = relation_name(body)
            found[optional_text(child(body, "alias"), "aliasname") or name.name] = name
        elif kind_of(item) == "JoinExpr":
            found |= _aliases([child(body, "larg"), child(body, "rarg")])
    return found


_VISITORS: dict[str, Callable[[Walk, Node], None]] = {
    "ColumnRef": Walk._column,
    "FuncCall": Walk._call,
    "A_Expr": Walk._operator,
    "TypeCast": Walk._cast,
    "typeName": Walk._type,
    "TypeName": Walk._type,
    "SQLValueFunction": Walk._special,
    "RangeVar": Walk._relation,
    "RangeSubselect": Walk._source,
    "SubLink": Walk._sub_link,
    "CoalesceExpr": Walk._coalesce,
    "CaseExpr": Walk._case,
    "BoolExpr": Walk._logic,
    "SelectStmt": Walk.select,
}
