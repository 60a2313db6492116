"""Whether what a statement names is there, and of the kind that it needs."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import has_access_method, has_collation
from migsafe.model.definitions import Persistence
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.resolve import TEMPORARY

_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast"})

PHRASES = {
    RelationKind.TABLE: "a table",
    RelationKind.PARTITIONED_TABLE: "a table",
    RelationKind.MATERIALIZED_VIEW: "a materialized view",
    RelationKind.VIEW: "a view",
    RelationKind.INDEX: "an index",
    RelationKind.SEQUENCE: "a sequence",
    RelationKind.FOREIGN_TABLE: "a foreign table",
}
TABLES = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED_TABLE})
# What holds rows in a file of its own.
STORED = frozenset({RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW})


def is_system(name: Name) -> bool:
    """Whether the resolved name is in a schema of the server's own, whose locks are nobody's concern."""
    return name.schema in _SYSTEM_SCHEMAS


def new_name(name: Name, persistence: Persistence, context: Context) -> Name:
    """The full name of a relation that a statement is about to create."""
    if persistence is Persistence.TEMPORARY:
        return Name(TEMPORARY, name.name)
    return Name(name.schema or context.schema.creation_schema, name.name)


def taken(full: Name, context: Context) -> bool:
    """Whether a new relation cannot have the name. In doubt it is free: most statements of a history succeed."""
    return context.schema.exists(full) is True


def refuse_taken(full: Name, context: Context) -> None:
    if taken(full, context):
        context.builder.refuse(f'relation "{full.name}" already exists', "42P07", "heap.c, heap_create_with_catalog")


def refuse_unprepared(name: str | None, context: Context) -> None:
    """EXECUTE of what the session has not prepared; nothing else than PREPARE of the text prepares."""
    if name is not None and context.schema.closed and name not in context.schema.prepared:
        context.builder.refuse(f'prepared statement "{name}" does not exist', "26000", "prepare.c")


def refuse_unknown_method(method: str, context: Context) -> None:
    """Refuse an access method that neither the server nor history has. Extensions bring methods of their own."""
    schema = context.schema
    if not schema.closed or schema.extensions or has_access_method(method, context.version):
        return
    if schema.other("access method", Name(None, method)) is None:
        context.builder.refuse(f'access method "{method}" does not exist', "42704", "amcmds.c, get_am_type_oid")


def refuse_unknown_collation(name: Name, context: Context) -> None:
    """Refuse a collation that the server cannot have, neither of its own nor from its operating system."""
    schema = context.schema
    if not schema.closed or schema.extensions or schema.other("collation", name) is not None:
        return
    if has_collation(name.name, context.version):
        return
    message = f'collation "{name.name}" for encoding "UTF8" does not exist'
    context.builder.refuse(message, "42704", "namespace.c, get_collation_oid")


def relation_there(name: Name, context: Context) -> Name:
    """The resolved name of a relation that has to exist. Refuses one that is certainly missing."""
    full = context.schema.resolve(name)
    exists = context.schema.exists(full)
    if exists is False:
        context.builder.refuse(f'relation "{name}" does not exist', "42P01", "namespace.c, RangeVarGetRelidExtended")
    if exists is None and not is_system(full):
        assume_there(full, context)
    return full


def there_if_named(name: Name, if_exists: bool, noun: str, sqlstate: str, context: Context) -> Name | None:
    """As `relation_there`, but None when IF EXISTS was said, and with the words that DROP uses."""
    full = context.schema.resolve(name)
    exists = context.schema.exists(full)
    if exists is False and if_exists:
        return None
    if exists is False:
        context.builder.refuse(f'{noun} "{full.name}" does not exist', sqlstate, "dropcmds.c / tablecmds.c")
    if exists is None:
        assume_there(full, context)
    return full


def assume_there(full: Name, context: Context) -> None:
    context.builder.assume(f"{full} exists; its columns, indexes and dependants are unknown")


def known_kind(full: Name, context: Context) -> RelationKind | None:
    """The kind of a relation, or None when history never showed it."""
    if context.schema.index(full) is not None:
        return RelationKind.INDEX
    relation = context.schema.relation(full)
    return relation.kind if relation.known else None


def refuse_other_kind(full: Name, allowed: frozenset[RelationKind], phrase: str, context: Context) -> None:
    """Refuse a relation that is known to be of another kind; `phrase` is what it should have been: "a table"."""
    kind = known_kind(full, context)
    if kind is not None and kind not in allowed:
        context.builder.refuse(f'"{full.name}" is not {phrase}', "42809", "tablecmds.c / namespace.c")
