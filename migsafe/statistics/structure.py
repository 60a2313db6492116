"""Relations and what belongs to them, from catalog columns alone: no function here locks a user's relation.

`pg_get_expr(tree, 0)` prints an expression without opening a relation (ruleutils.c, pg_get_expr_worker), which serves
for everything that cannot name a column: defaults and partition bounds. `format_type` and the names of operator
classes come from the catalog caches. Whatever opens a relation is in `definitions.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, LiteralString

from migsafe.statistics import raw
from migsafe.statistics.raw import Structure
from migsafe.statistics.session import Session

USER_SCHEMA: Final[LiteralString] = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_KINDS: Final[LiteralString] = "c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
_COLLATION: Final[LiteralString] = """(SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
   FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = {})"""
_CLASS: Final[LiteralString] = """(SELECT quote_ident(on_.nspname) || '.' || quote_ident(o.opcname)
   FROM pg_opclass o JOIN pg_namespace on_ ON on_.oid = o.opcnamespace WHERE o.oid = {} AND NOT o.opcdefault)"""

_RELATIONS: Final[LiteralString] = f"""
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relpersistence::text, am.amname, sp.spcname,
  c.relreplident::text, c.relispopulated, c.relrowsecurity, pg_get_userbyid(c.relowner), e.extname,
  has_table_privilege(c.oid, 'SELECT'),
  CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
  pg_get_expr(c.relpartbound, 0), p.partstrat::text, p.partattrs::int2[],
  p.partexprs IS NOT NULL, c.reltuples::float8, c.relpages, c.reltoastrelid,
  COALESCE(t.reltuples, 0)::float8, COALESCE(t.relpages, 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace sp ON sp.oid = c.reltablespace
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
  AND d.refclassid = 'pg_extension'::regclass
LEFT JOIN pg_extension e ON e.oid = d.refobjid
WHERE {_KINDS} AND {USER_SCHEMA}"""

# The type's own schema stands before its name in format_type(); types of extensions are known by their bare names.
_COLUMNS: Final[LiteralString] = f"""
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN x.objid IS NOT NULL THEN quote_ident(tn.nspname) || '.' END,
  a.attnotnull, ad.oid, CASE WHEN a.attgenerated = '' THEN pg_get_expr(ad.adbin, 0) END,
  a.attgenerated::text, a.attidentity::text,
  CASE WHEN a.attcollation <> t.typcollation THEN {_COLLATION.format("a.attcollation")} END,
  a.attinhcount > 0, a.attislocal, NULLIF(a.attstorage, t.typstorage)::text, <compression>, <not_null>
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type el ON el.oid = t.typelem AND t.typcategory = 'A'
JOIN pg_namespace tn ON tn.oid = COALESCE(el.typnamespace, t.typnamespace)
LEFT JOIN pg_depend x ON x.classid = 'pg_type'::regclass AND x.objid = COALESCE(el.oid, t.oid) AND x.deptype = 'e'
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
<constraints>
WHERE a.attnum > 0 AND NOT a.attisdropped AND {_KINDS} AND {USER_SCHEMA}
ORDER BY a.attrelid, a.attnum"""

_CONSTRAINTS: Final[LiteralString] = f"""
SELECT k.oid, k.conname, k.contype::text, k.conrelid, k.conkey, k.confrelid, k.confkey,
  k.confdeltype::text, k.confupdtype::text, k.confmatchtype::text, <set_columns>,
  ARRAY(SELECT CASE WHEN pn.nspname = 'pg_catalog' THEN o.oprname
               ELSE 'OPERATOR(' || quote_ident(pn.nspname) || '.' || o.oprname || ')' END
        FROM unnest(k.conexclop) WITH ORDINALITY u(oid, i) JOIN pg_operator o ON o.oid = u.oid
        JOIN pg_namespace pn ON pn.oid = o.oprnamespace ORDER BY i),
  <period>, k.condeferrable, k.condeferred, k.convalidated, <enforced>, k.connoinherit, k.conindid,
  pk.conname, k.coninhcount > 0, k.conislocal
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint pk ON pk.oid = k.conparentid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {USER_SCHEMA}
  AND NOT (k.contype = 'f' AND k.conparentid <> 0 AND pk.conrelid = k.conrelid)
ORDER BY k.conrelid, k.oid"""

_INDEXES: Final[LiteralString] = f"""
SELECT c.oid, i.indrelid, n.nspname, c.relname, c.relkind = 'I', am.amname, sp.spcname, i.indisunique, i.indisvalid,
  i.indisclustered, i.indisreplident, i.indnkeyatts, i.indkey::int2[], i.indoption::int2[],
  ARRAY(SELECT {_CLASS.format("u.o")} FROM unnest(i.indclass::oid[]) WITH ORDINALITY u(o, i) ORDER BY i),
  ARRAY(SELECT CASE WHEN u.o <> 0 AND u.o IS DISTINCT FROM a.attcollation AND u.k <> 0
               THEN {_COLLATION.format("u.o")} END
        FROM unnest(i.indcollation::oid[], (i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY u(o, k, i)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.k ORDER BY i),
  i.indexprs IS NOT NULL, i.indpred IS NOT NULL, <nulls>, h.inhparent, k.conname, c.reltuples::float8, c.relpages,
  pg_stat_get_numscans(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace sp ON sp.oid = c.reltablespace
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
WHERE {USER_SCHEMA} ORDER BY i.indrelid, c.oid"""

_INHERITS: Final[LiteralString] = """
SELECT i.inhrelid, i.inhparent, c.relispartition
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind IN ('r', 'p', 'f')
ORDER BY i.inhrelid, i.inhseqno"""

# A trigger that a partition got from its parent depends on the parent's (DEPENDENCY_PARTITION_PRI).
_TRIGGERS: Final[LiteralString] = f"""
SELECT t.tgrelid, t.tgname, t.tgtype, t.tgenabled::text, fn.nspname, f.proname, t.tgattr::int2[],
  k.oid IS NOT NULL, cloned.objid IS NOT NULL,
  CASE WHEN t.tgqual IS NOT NULL THEN ARRAY(SELECT d.refobjsubid FROM pg_depend d
    WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = t.tgrelid AND d.refobjsubid > 0 ORDER BY 1) END, t.tgqual IS NOT NULL
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_namespace fn ON fn.oid = f.pronamespace
LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND k.contype = 't'
LEFT JOIN pg_depend cloned ON cloned.classid = 'pg_trigger'::regclass AND cloned.objid = t.oid
  AND cloned.deptype = 'P' AND cloned.refclassid = 'pg_trigger'::regclass
WHERE (t.tgconstraint = 0 OR k.oid IS NOT NULL) AND (NOT t.tgisinternal OR cloned.objid IS NOT NULL) AND {USER_SCHEMA}
ORDER BY t.tgrelid, t.tgname"""

_POLICIES: Final[LiteralString] = f"""
SELECT p.polrelid, p.polname, ARRAY(SELECT DISTINCT d.refobjsubid FROM pg_depend d
  WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = p.polrelid AND d.refobjsubid > 0 ORDER BY 1)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {USER_SCHEMA} ORDER BY p.polrelid, p.polname"""

_RULES: Final[LiteralString] = f"""
SELECT r.ev_class, r.rulename, ARRAY(SELECT DISTINCT d.refobjsubid FROM pg_depend d
  WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = r.ev_class AND d.refobjsubid > 0 ORDER BY 1)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {USER_SCHEMA} ORDER BY r.ev_class, r.rulename"""

_VIEW_READS: Final[LiteralString] = f"""
SELECT r.ev_class, d.refobjid, ARRAY_AGG(DISTINCT d.refobjsubid ORDER BY d.refobjsubid)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
WHERE r.rulename = '_RETURN' AND d.refobjid <> r.ev_class AND {USER_SCHEMA}
GROUP BY 1, 2 ORDER BY 1, 2"""

_OWNED: Final[LiteralString] = f"""
SELECT d.objid, d.refobjid, d.refobjsubid
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S'
  AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND {USER_SCHEMA}"""


def read_structure(session: Session, step: Callable[[str], None]) -> Structure:
    """All relations of the database with what belongs to them. `step` hears what is read next."""
    version = session.version
    step("relations")
    relations = [raw.RelationRow(*row) for row in session.rows(_RELATIONS)]  # type: ignore[arg-type]  # rows of the query
    step("columns")
    columns = [raw.ColumnRow(*row) for row in session.rows(_columns(version))]  # type: ignore[arg-type]  # rows of the query
    step("constraints")
    constraints = [raw.ConstraintRow(*row) for row in session.rows(_constraints(version))]  # type: ignore[arg-type]  # rows of the query
    step("indexes")
    nulls: LiteralString = "i.indnullsnotdistinct" if version >= 15 else "false"
    indexes = [raw.IndexRow(*row) for row in session.rows(_INDEXES.replace("<nulls>", nulls))]  # type: ignore[arg-type]  # rows of the query
    step("dependencies")
    return Structure(
        relations=relations,
        columns=columns,
        constraints=constraints,
        indexes=indexes,
        inherits=[raw.InheritRow(*row) for row in session.rows(_INHERITS)],  # type: ignore[arg-type]  # rows of the query
        triggers=[raw.TriggerRow(*row) for row in session.rows(_TRIGGERS)],  # type: ignore[arg-type]  # rows of the query
        policies=[raw.NamedColumnsRow(*row) for row in session.rows(_POLICIES)],  # type: ignore[arg-type]  # rows of the query
        rules=[raw.NamedColumnsRow(*row) for row in session.rows(_RULES)],  # type: ignore[arg-type]  # rows of the query
        view_reads=[raw.ReadRow(*row) for row in session.rows(_VIEW_READS)],  # type: ignore[arg-type]  # rows of the query
        owned=[raw.OwnedRow(*row) for row in session.rows(_OWNED)],  # type: ignore[arg-type]  # rows of the query
    )


def _columns(version: int) -> LiteralString:
    compression: LiteralString = "a.attcompression::text" if version >= 14 else "''"
    if version < 18:
        return (
            _COLUMNS.replace("<compression>", compression)
            .replace("<not_null>", "NULL, true, true")
            .replace("<constraints>", "")
        )
    return (
        _COLUMNS.replace("<compression>", compression)
        .replace("<not_null>", "nn.conname, COALESCE(nn.convalidated, true), NOT COALESCE(nn.connoinherit, false)")
        .replace(
            "<constraints>",
            """LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n'
               AND nn.conkey = ARRAY[a.attnum]""",
        )
    )


def _constraints(version: int) -> LiteralString:
    return (
        _CONSTRAINTS.replace("<set_columns>", "k.confdelsetcols" if version >= 15 else "NULL::int2[]")
        .replace("<period>", "k.conperiod" if version >= 18 else "false")
        .replace("<enforced>", "k.conenforced" if version >= 18 else "true")
    )
