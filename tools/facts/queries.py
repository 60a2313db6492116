"""What is asked of each server. Every row becomes one line of a file; its columns are joined by blanks.

Types are called by their names in pg_type, arrays by the name of the element and `[]`.
"""

from __future__ import annotations

from typing import LiteralString

# Extensions that come with PostgreSQL and that applications use in columns, defaults and indexes.
EXTENSIONS = (
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
)

TYPE_NAME: LiteralString = """
    CREATE FUNCTION pg_temp.name_of(oid) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN e.typarray = t.oid THEN e.typname || '[]' ELSE t.typname::text END
        FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
        WHERE t.oid = $1 $$"""

VOLATILITY: LiteralString = """
    CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' WHEN 'v' THEN 'volatile' ELSE '-' END"""

# No expression calls what handles an internal value, an external representation, a trigger or a method.
FUNCTIONS: LiteralString = f"""
    SELECT p.proname, '(' || coalesce(arguments.names, '') || ')', {VOLATILITY}
    FROM pg_proc p, LATERAL (
        SELECT string_agg(pg_temp.name_of(type), ',' ORDER BY place)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS argument (type, place)) AS arguments (names)
    WHERE p.pronamespace = %(schema)s::regnamespace
      AND NOT p.proargtypes::oid[] && ARRAY['internal', 'cstring']::regtype[]::oid[]
      AND p.prorettype NOT IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype,
                               'event_trigger'::regtype, 'language_handler'::regtype)"""

# What calling the functions of a name comes to, as far as all of them agree ("-" and "mixed" where they do not).
CALLABLES: LiteralString = """
    SELECT p.proname,
           CASE WHEN count(DISTINCT p.prokind) > 1 THEN 'mixed'
                ELSE CASE min(p.prokind) WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END END,
           CASE WHEN bool_and(p.proretset) THEN 'set' ELSE '-' END,
           CASE WHEN bool_and(p.proisstrict) THEN 'strict' ELSE '-' END,
           CASE WHEN count(DISTINCT p.prorettype) = 1 AND bool_and(t.typtype <> 'p')
                THEN pg_temp.name_of(min(p.prorettype::int8)::oid) ELSE '-' END
    FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
    WHERE p.pronamespace = %(schema)s::regnamespace
      AND NOT p.proargtypes::oid[] && ARRAY['internal', 'cstring']::regtype[]::oid[]
      AND p.prorettype NOT IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype,
                               'event_trigger'::regtype, 'language_handler'::regtype)
    GROUP BY p.proname"""

# The collations of every server: those of the operating system and of ICU differ from one to the next.
COLLATIONS: LiteralString = """
    SELECT c.collname FROM pg_collation c
    WHERE c.collnamespace = %(schema)s::regnamespace AND c.oid < 12000"""

ACCESS_METHODS: LiteralString = """
    SELECT a.amname, CASE a.amtype WHEN 't' THEN 'table' ELSE 'index' END
    FROM pg_am a WHERE a.oid < 16384 AND %(schema)s = 'pg_catalog'"""

OPERATORS: LiteralString = f"""
    SELECT o.oprname,
           '(' || coalesce(pg_temp.name_of(nullif(o.oprleft, 0)), '') || ','
               || coalesce(pg_temp.name_of(nullif(o.oprright, 0)), '') || ')',
           {VOLATILITY}
    FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
    WHERE o.oprnamespace = %(schema)s::regnamespace"""

# The function of a cast from a type to itself enforces a length; one with a support function may prove
# that there is nothing to enforce (varchar_support in utils/adt/varchar.c, for example).
CASTS: LiteralString = f"""
    SELECT pg_temp.name_of(c.castsource), pg_temp.name_of(c.casttarget),
           CASE c.castmethod WHEN 'b' THEN 'relabel' WHEN 'i' THEN 'input-output' ELSE 'function' END,
           CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END,
           {VOLATILITY},
           CASE WHEN p.prosupport <> 0 THEN 'simplifies' ELSE '-' END
    FROM pg_cast c LEFT JOIN pg_proc p ON p.oid = c.castfunc
    WHERE (c.oid >= 16384) = (%(schema)s <> 'pg_catalog')"""

TYPES: LiteralString = """
    SELECT t.typname,
           CASE t.typtype WHEN 'b' THEN 'base' WHEN 'p' THEN 'pseudo' WHEN 'r' THEN 'range' ELSE 'multirange' END,
           t.typcategory::text || CASE WHEN t.typispreferred THEN '*' ELSE '' END,
           t.typlen,
           CASE WHEN t.typarray <> 0 THEN 'has-array' ELSE '-' END
    FROM pg_type t
    WHERE t.typnamespace = %(schema)s::regnamespace AND t.typtype IN ('b', 'p', 'r', 'm')
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)"""

OPERATOR_CLASSES: LiteralString = """
    SELECT a.amname, c.opcname, pg_temp.name_of(c.opcintype), f.opfname,
           CASE WHEN c.opcdefault THEN 'default' ELSE '-' END
    FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily
    WHERE c.opcnamespace = %(schema)s::regnamespace"""

QUERIES: dict[str, LiteralString] = {
    "functions": FUNCTIONS,
    "operators": OPERATORS,
    "casts": CASTS,
    "types": TYPES,
    "operator_classes": OPERATOR_CLASSES,
    "callables": CALLABLES,
    "collations": COLLATIONS,
    "access_methods": ACCESS_METHODS,
}
_BUILT_IN_ONLY = ("operators", "collations", "access_methods")
# File, the query behind it, the schema that the query looks at.
FILES = {
    **{name: (query, "pg_catalog") for name, query in QUERIES.items()},
    **{f"extension_{name}": (QUERIES[name], "public") for name in QUERIES if name not in _BUILT_IN_ONLY},
}
