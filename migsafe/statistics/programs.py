"""Types, functions, publications and the smaller objects: all from catalogs that no lock of a table concerns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, LiteralString, NamedTuple, cast

from migsafe.model.names import Name
from migsafe.statistics.catalog import (
    CatalogAttribute,
    CatalogConstraint,
    CatalogFunction,
    CatalogObject,
    CatalogPublication,
    CatalogReads,
    CatalogStatistics,
    CatalogType,
)
from migsafe.statistics.raw import Oid, ReadRow
from migsafe.statistics.session import Session
from migsafe.statistics.structure import USER_SCHEMA
from migsafe.text.masking import mask_secrets

_NO_EXTENSION: Final[LiteralString] = """NOT EXISTS (SELECT FROM pg_depend x
  WHERE x.classid = '{}'::regclass AND x.objid = {}.oid AND x.deptype = 'e')"""

_TYPES: Final[LiteralString] = f"""
SELECT n.nspname, t.typname, t.typtype::text,
  CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
  t.typnotnull, ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
        AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = t.typrelid
        AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  pg_get_expr(t.typdefaultbin, 0),
  ARRAY(SELECT k.conname::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname),
  ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'
        ORDER BY k.conname),
  ARRAY(SELECT k.convalidated FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'b' AND t.typelem = 0) OR (t.typtype = 'c' AND c.relkind = 'c'))
  AND t.typisdefined AND {USER_SCHEMA} AND {_NO_EXTENSION.format("pg_type", "t")} ORDER BY 1, 2"""

_FUNCTIONS: Final[LiteralString] = f"""
SELECT p.oid, n.nspname, p.proname,
  ARRAY(SELECT format_type(u.t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, i) ORDER BY i),
  CASE WHEN p.prorettype <> 0 THEN CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END
    || format_type(p.prorettype, NULL) END,
  l.lanname, p.provolatile::text, p.prokind::text, p.proisstrict, p.prosecdef OR p.proconfig IS NOT NULL, p.prosrc,
  <body>
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE (l.lanname <> 'internal' OR p.prokind = 'a') AND {USER_SCHEMA} AND {_NO_EXTENSION.format("pg_proc", "p")}
ORDER BY 2, 3, 4"""

_FUNCTION_READS: Final[LiteralString] = f"""
SELECT d.objid, d.refobjid, ARRAY_AGG(DISTINCT d.refobjsubid ORDER BY d.refobjsubid)
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n' AND {USER_SCHEMA}
GROUP BY 1, 2 ORDER BY 1, 2"""

_STATISTICS: Final[LiteralString] = f"""
SELECT n.nspname, s.stxname, tn.nspname, c.relname, ARRAY(SELECT a.attname::text FROM unnest(s.stxkeys::int2[])
  WITH ORDINALITY u(k, i) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.k ORDER BY i)
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = c.relnamespace WHERE {USER_SCHEMA} ORDER BY 1, 2"""

_PUBLICATIONS: Final[LiteralString] = """
SELECT p.oid, p.pubname, p.puballtables, <schemas> FROM pg_publication p ORDER BY p.pubname"""
_PUBLISHED: Final[LiteralString] = """
SELECT r.prpubid, n.nspname, c.relname, <columns>
FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 2, 3"""
# The columns of a column list and of a row filter are what the publication's entry depends on.
_NAMED: Final[LiteralString] = """ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d JOIN pg_attribute a
  ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjsubid > 0 ORDER BY 1)"""
_SCHEMAS_15: Final[LiteralString] = """ARRAY(SELECT n.nspname::text FROM pg_publication_namespace s
  JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid ORDER BY 1)"""

# The cast from a range to its multirange comes with the range type, and depends on it internally.
_CASTS: Final[LiteralString] = f"""
SELECT format_type(k.castsource, NULL), format_type(k.casttarget, NULL), k.castcontext::text, k.castmethod::text,
  n.nspname, p.proname
FROM pg_cast k LEFT JOIN pg_proc p ON p.oid = k.castfunc LEFT JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE k.oid >= 16384 AND {_NO_EXTENSION.format("pg_cast", "k")}
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_cast'::regclass AND x.objid = k.oid AND x.deptype = 'i')
ORDER BY 1, 2"""
_OPERATORS: Final[LiteralString] = f"""
SELECT n.nspname, o.oprname, fn.nspname, p.proname
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace JOIN pg_proc p ON p.oid = o.oprcode
JOIN pg_namespace fn ON fn.oid = p.pronamespace
WHERE {USER_SCHEMA} AND {_NO_EXTENSION.format("pg_operator", "o")} ORDER BY 1, 2, 3, 4"""
_COLLATIONS: Final[LiteralString] = f"""
SELECT n.nspname, o.collname FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace
WHERE {USER_SCHEMA} AND {_NO_EXTENSION.format("pg_collation", "o")} ORDER BY 1, 2"""
_ACCESS_METHODS: Final[LiteralString] = "SELECT amname FROM pg_am WHERE oid >= 16384 ORDER BY 1"
_SUBSCRIPTIONS: Final[LiteralString] = """
SELECT subname FROM pg_subscription
WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1"""
_SCHEMAS: Final[LiteralString] = f"SELECT n.nspname FROM pg_namespace n WHERE {USER_SCHEMA} ORDER BY 1"
_EXTENSIONS: Final[LiteralString] = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"

_FORMS: Final = {"e": "enum", "d": "domain", "c": "composite", "r": "range", "b": "base"}
_VOLATILITY: Final = {"i": "immutable", "s": "stable", "v": "volatile"}
_CAST_CONTEXTS: Final = {"i": "implicit", "a": "assignment", "e": "explicit"}
_CAST_METHODS: Final = {"f": "function", "i": "input-output", "b": "relabel"}


class FunctionRow(NamedTuple):
    oid: Oid
    schema: str
    name: str
    arguments: list[str]
    returns: str | None
    language: str
    volatility: str
    kind: str
    strict: bool
    never_inlined: bool
    source: str | None
    has_sql_body: bool


class Programs(NamedTuple):
    """What belongs to the database rather than to a relation."""

    schemas: tuple[str, ...]
    extensions: tuple[str, ...]
    types: tuple[CatalogType, ...]
    functions: list[FunctionRow]
    function_reads: list[ReadRow]
    statistics: tuple[CatalogStatistics, ...]
    publications: tuple[CatalogPublication, ...]
    others: tuple[CatalogObject, ...]


def read_programs(session: Session) -> Programs:
    body: LiteralString = "p.prosqlbody IS NOT NULL" if session.version >= 14 else "false"
    functions = [FunctionRow(*row) for row in session.rows(_FUNCTIONS.replace("<body>", body))]  # type: ignore[arg-type]  # rows of the query
    return Programs(
        schemas=_names(session, _SCHEMAS),
        extensions=_names(session, _EXTENSIONS),
        types=tuple(_types(session)),
        functions=functions,
        function_reads=[ReadRow(*row) for row in session.rows(_FUNCTION_READS)],  # type: ignore[arg-type]  # rows of the query
        statistics=tuple(_statistics(session)),
        publications=tuple(_publications(session)),
        others=(*_casts(session), *_operators(session), *_aggregates(functions), *_others(session)),
    )


def _names(session: Session, query: LiteralString) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in session.rows(query))


class _TypeRow(NamedTuple):
    schema: str
    name: str
    form: str
    base: str | None
    not_null: bool
    values: list[str]
    attributes: list[str]
    attribute_types: list[str]
    default: str | None
    checks: list[str]
    expressions: list[str | None]
    valid: list[bool]


def _types(session: Session) -> Iterable[CatalogType]:
    for row in (_TypeRow(*each) for each in session.rows(_TYPES)):  # type: ignore[arg-type]  # rows of the query
        checks = zip(row.checks, row.expressions, row.valid, strict=True)
        attributes = zip(row.attributes, row.attribute_types, strict=True)
        yield CatalogType(
            name=Name(row.schema, row.name),
            form=_FORMS[row.form],
            base=row.base,
            not_null=row.not_null,
            values=tuple(row.values),
            attributes=tuple(CatalogAttribute(name=name, type=kind) for name, kind in attributes),
            expression=row.default,
            constraints=tuple(
                CatalogConstraint(name=name, kind="check", expression=expression, valid=valid)
                for name, expression, valid in checks
            ),
        )


def catalog_function(row: FunctionRow, body: str | None, reads: Iterable[CatalogReads]) -> CatalogFunction:
    """`body` is the SQL-standard one, if it has one. Secrets in a body are masked."""
    source = body if row.has_sql_body else row.source
    return CatalogFunction(
        name=Name(row.schema, row.name),
        arguments=tuple(row.arguments),
        returns=None if row.kind == "p" else row.returns,  # up to 13 the catalog says "void"
        language=row.language,
        volatility=_VOLATILITY[row.volatility],
        procedure=row.kind == "p",
        strict=row.strict,
        never_inlined=row.never_inlined,
        body=mask_secrets(source) if source is not None and row.language in {"sql", "plpgsql"} else None,
        reads=tuple(reads),
    )


def _aggregates(functions: Iterable[FunctionRow]) -> Iterable[CatalogObject]:
    names = dict.fromkeys(Name(row.schema, row.name) for row in functions if row.kind == "a")
    return (CatalogObject(kind="aggregate", name=name) for name in names)


def _statistics(session: Session) -> Iterable[CatalogStatistics]:
    rows = cast("list[tuple[str, str, str, str, list[str]]]", session.rows(_STATISTICS))
    for schema, name, table_schema, table, columns in rows:
        yield CatalogStatistics(name=Name(schema, name), table=Name(table_schema, table), columns=tuple(columns))


def _publications(session: Session) -> Iterable[CatalogPublication]:
    recent = session.version >= 15
    published: dict[Oid, list[CatalogReads]] = {}
    query = _PUBLISHED.replace("<columns>", _NAMED if recent else "'{}'::text[]")
    for oid, schema, table, columns in cast("list[tuple[Oid, str, str, list[str]]]", session.rows(query)):
        published.setdefault(oid, []).append(CatalogReads(relation=Name(schema, table), columns=tuple(columns)))
    query = _PUBLICATIONS.replace("<schemas>", _SCHEMAS_15 if recent else "'{}'::text[]")
    for oid, name, everything, schemas in cast("list[tuple[Oid, str, bool, list[str]]]", session.rows(query)):
        tables = published.get(oid, [])
        yield CatalogPublication(
            name=name,
            tables=tuple(table.relation for table in tables),
            columns=tuple(table for table in tables if table.columns),
            all_tables=everything,
            schemas=tuple(schemas),
        )


def _casts(session: Session) -> Iterable[CatalogObject]:
    rows = cast("list[tuple[str, str, str, str, str | None, str | None]]", session.rows(_CASTS))
    for source, target, context, method, schema, function in rows:
        yield CatalogObject(
            kind="cast",
            name=Name(None, f"{source} to {target}"),
            functions=() if function is None else (Name(schema, function),),
            types=(source, target),
            context=_CAST_CONTEXTS[context],
            method=_CAST_METHODS[method],
        )


def _operators(session: Session) -> Iterable[CatalogObject]:
    functions: dict[Name, list[Name]] = {}
    for schema, name, of, function in cast("list[tuple[str, str, str, str]]", session.rows(_OPERATORS)):
        functions.setdefault(Name(schema, name), []).append(Name(of, function))
    for name_, called in functions.items():
        yield CatalogObject(kind="operator", name=name_, functions=tuple(dict.fromkeys(called)))


def _others(session: Session) -> Iterable[CatalogObject]:
    for schema, name in cast("list[tuple[str, str]]", session.rows(_COLLATIONS)):
        yield CatalogObject(kind="collation", name=Name(schema, name))
    for method in _names(session, _ACCESS_METHODS):
        yield CatalogObject(kind="access method", name=Name(None, method))
    for subscription in _names(session, _SUBSCRIPTIONS):
        yield CatalogObject(kind="subscription", name=Name(None, subscription))
