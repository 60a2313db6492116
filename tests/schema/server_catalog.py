"""What exists, as comparable text: once from a server's catalogs, once from the shadow schema."""

from __future__ import annotations

from typing import LiteralString

import psycopg

from migsafe.model.definitions import Check, Exclusion, ForeignKey, PrimaryKey, Unique
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.generated_names import index_column_names
from migsafe.schema.schema import Schema

_USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_RELATIONS: LiteralString = f"""
SELECT 'relation ' || n.nspname || '.' || c.relname || ' ' || CASE c.relkind
  WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned-table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
  WHEN 'm' THEN 'materialized-view' ELSE 'foreign-table' END
  || CASE WHEN p.oid IS NULL THEN '' ELSE ' below ' || pn.nspname || '.' || p.relname END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhseqno = 1
LEFT JOIN pg_class p ON p.oid = i.inhparent LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {_USER}"""
_COLUMNS: LiteralString = f"""
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname
  || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
  || CASE WHEN a.attgenerated <> '' THEN ' generated' WHEN a.atthasdef THEN ' default' ELSE '' END
  || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END
  || CASE WHEN a.attinhcount > 0 THEN ' inherited' ELSE '' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND {_USER}"""
_CONSTRAINTS: LiteralString = f"""
SELECT 'constraint ' || n.nspname || '.' || c.relname || '.' || k.conname || ' ' || k.contype::text
  || CASE WHEN k.convalidated THEN '' ELSE ' not valid' END
  || COALESCE(' to ' || fn.nspname || '.' || f.relname, '')
  || CASE WHEN k.coninhcount > 0 THEN ' inherited' ELSE '' END
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN pg_constraint pk ON pk.oid = k.conparentid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {_USER}
  AND NOT (k.contype = 'f' AND pk.conrelid IS NOT DISTINCT FROM k.conrelid)"""
_INDEXES: LiteralString = f"""
SELECT 'index ' || n.nspname || '.' || c.relname || ' on ' || t.relname || ' ' || am.amname
  || CASE WHEN i.indisunique THEN ' unique' ELSE '' END
  || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
  || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END
  || COALESCE(' below ' || p.relname, '') || COALESCE(' for ' || k.conname, '')
  || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid) || ')'
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = i.indrelid JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = h.inhparent
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE {_USER}"""
_TRIGGERS: LiteralString = f"""
SELECT 'trigger ' || n.nspname || '.' || c.relname || '.' || t.tgname
  || CASE t.tgenabled WHEN 'D' THEN ' off' ELSE '' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {_USER}"""
_SEQUENCES: LiteralString = f"""
SELECT 'sequence ' || n.nspname || '.' || c.relname || ' of ' || t.relname || '.' || a.attname
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'S' AND d.deptype IN ('a', 'i') AND {_USER}"""
_TYPES: LiteralString = f"""
SELECT 'type ' || n.nspname || '.' || t.typname || ' ' || CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain'
  WHEN 'c' THEN 'composite' ELSE 'range' END || COALESCE((SELECT string_agg(' ' || e.enumlabel, '' ORDER BY e.enumlabel)
  FROM pg_enum e WHERE e.enumtypid = t.oid), '') || COALESCE((SELECT string_agg(' ' || k.conname, '' ORDER BY k.conname)
  FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
  || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) AND {_USER}"""
_VIEWS: LiteralString = f"""
SELECT DISTINCT 'view ' || n.nspname || '.' || v.relname || ' reads ' || bn.nspname || '.' || b.relname
FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
JOIN pg_namespace n ON n.oid = v.relnamespace
JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
JOIN pg_class b ON b.oid = d.refobjid AND b.oid <> v.oid JOIN pg_namespace bn ON bn.oid = b.relnamespace
WHERE r.rulename = '_RETURN' AND bn.nspname <> 'pg_catalog' AND {_USER}"""
_FUNCTIONS: LiteralString = f"""
SELECT 'function ' || n.nspname || '.' || p.proname || ' ' || p.pronargs
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname <> 'internal' AND {_USER}"""
_STATISTICS: LiteralString = f"""
SELECT 'statistics ' || n.nspname || '.' || s.stxname || ' on ' || c.relname
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid
WHERE {_USER}"""
_ALL = (
    _RELATIONS, _COLUMNS, _CONSTRAINTS, _INDEXES, _TRIGGERS, _SEQUENCES, _TYPES, _VIEWS, _FUNCTIONS, _STATISTICS
)  # fmt: skip


def of_server(session: psycopg.Connection) -> set[str]:
    return {row[0] for query in _ALL for row in session.execute(query).fetchall()}


def of_schema(schema: Schema) -> set[str]:
    parts = (_relations, _columns, _constraints, _indexes, _triggers, _sequences, _types, _views, _others)
    return {line for part in parts for line in part(schema)}


def _text(name: Name) -> str:
    return f"{name.schema}.{name.name}"


def _relations(schema: Schema) -> list[str]:
    lines = []
    for name, relation in schema.relations.items():
        parents = (relation.partition_of,) if relation.partition_of else relation.inherits[:1]
        below = f" below {_text(parents[0])}" if parents else ""
        lines.append(f"relation {_text(name)} {relation.kind}{below}")
    return lines


_TABLES = {RelationKind.TABLE, RelationKind.PARTITIONED_TABLE, RelationKind.FOREIGN_TABLE}


def _columns(schema: Schema) -> list[str]:
    lines = []
    for name, relation in schema.relations.items():
        for c in relation.columns if relation.kind in _TABLES else ():
            default = " generated" if c.generated else " default" if c.default and not c.default.null else ""
            flags = (" not null" * c.not_null, default, " identity" * bool(c.identity), " inherited" * c.inherited)
            lines.append(f"column {_text(name)}.{c.name}{''.join(flags)}")
    return lines


_LETTERS = {PrimaryKey: "p", Unique: "u", ForeignKey: "f", Check: "c", Exclusion: "x"}


def _constraints(schema: Schema) -> list[str]:
    lines = []
    for name, relation in schema.relations.items():
        for c in relation.constraints:
            target = f" to {_text(c.definition.referenced)}" if isinstance(c.definition, ForeignKey) else ""
            letter = _LETTERS[type(c.definition)]
            state = "" if c.valid else " not valid"
            inherited = " inherited" if c.parent else ""
            lines.append(f"constraint {_text(name)}.{c.name} {letter}{state}{target}{inherited}")
    return lines


def _indexes(schema: Schema) -> list[str]:
    lines = []
    for name, i in schema.indexes.items():
        flags = (" unique" * i.unique, " invalid" * (not i.valid), " partial" * (i.predicate is not None))
        below = f" below {i.parent.name}" if i.parent else ""
        owner = f" for {i.constraint}" if i.constraint else ""
        columns = ", ".join(index_column_names(i.elements, i.include))
        lines.append(f"index {_text(name)} on {i.table.name} {i.method}{''.join(flags)}{below}{owner} ({columns})")
    return lines


def _triggers(schema: Schema) -> list[str]:
    return [
        f"trigger {_text(name)}.{t.name}{'' if t.enabled else ' off'}"
        for name, relation in schema.relations.items()
        for t in relation.triggers
    ]


def _sequences(schema: Schema) -> list[str]:
    return [
        f"sequence {_text(name)} of {relation.owned_by[0].name}.{relation.owned_by[1]}"
        for name, relation in schema.relations.items()
        if relation.owned_by
    ]


def _types(schema: Schema) -> list[str]:
    lines = []
    for name, t in schema.types.items():
        parts = (*sorted(t.values), *sorted(c.name for c in t.constraints), *(("not null",) if t.not_null else ()))
        lines.append(" ".join((f"type {_text(name)} {t.form}", *parts)))
    return lines


def _views(schema: Schema) -> list[str]:
    return [
        f"view {_text(name)} reads {_text(read)}"
        for name, relation in schema.relations.items()
        if relation.query
        for read in relation.query.reads
        if read.schema != "pg_catalog"
    ]


def _others(schema: Schema) -> list[str]:
    functions = [f"function {_text(f.name)} {len(f.arguments)}" for all_of in schema.functions.values() for f in all_of]
    return [*functions, *(f"statistics {_text(s.name)} on {s.table.name}" for s in schema.statistics.values())]
