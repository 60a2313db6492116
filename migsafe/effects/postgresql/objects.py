"""COMMENT, GRANT, statistics, publications, extensions, schemas, and objects that are no relations."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import (
    PHRASES,
    is_system,
    known_kind,
    refuse_other_kind,
    relation_there,
)
from migsafe.model.definitions import Persistence
from migsafe.model.effects import SettledBy
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterDependsOnExtension,
    AlterObject,
    AlterPublication,
    CommentOn,
    CreateExtension,
    CreateObject,
    CreateSchema,
    CreateStatistics,
    Grant,
    ReassignOwned,
    RenameSchema,
    SecurityLabel,
)

_COMMENT = "objectaddress.c, get_object_address"
_KINDS = {
    "table": (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE),
    "view": (RelationKind.VIEW,),
    "materialized view": (RelationKind.MATERIALIZED_VIEW,),
    "index": (RelationKind.INDEX,),
    "sequence": (RelationKind.SEQUENCE,),
    "foreign table": (RelationKind.FOREIGN_TABLE,),
}
# A part that hangs on a relation: only the relation's existence is held.
_PARTS = frozenset({"constraint", "trigger", "rule", "policy"})


@effect_of(CommentOn)
def comment_on(operation: CommentOn, context: Context) -> None:
    """comment.c, CommentObject: SHARE UPDATE EXCLUSIVE on what is commented on, ACCESS SHARE on the table of a part."""
    if operation.table is None or _is_composite(operation.table, context):
        return
    full = _marked(operation.kind, operation.table, "The comment belongs to it.", context)
    if operation.kind == "column" and operation.object is not None:
        _refuse_missing_column(operation.object, full, context)


@effect_of(SecurityLabel)
def security_label(operation: SecurityLabel, context: Context) -> None:
    if context.schema.closed and not context.schema.extensions:
        context.builder.refuse("no security label providers have been loaded", "22023", "seclabel.c")
    if operation.table is not None and not _is_composite(operation.table, context):
        _marked(operation.kind, operation.table, "The label belongs to it.", context)


def _marked(kind: str, table: Name, reason: str, context: Context) -> Name:
    full = relation_there(table, context)
    if kind in _KINDS:
        refuse_other_kind(full, frozenset(_KINDS[kind]), PHRASES[_KINDS[kind][0]], context)
    mode = LockMode.ACCESS_SHARE if kind in _PARTS else LockMode.SHARE_UPDATE_EXCLUSIVE
    if not is_system(full):
        context.builder.lock(full, mode, reason, _COMMENT)
    return full


def _is_composite(name: Name, context: Context) -> bool:
    """Whether the column belongs to a composite type, which is no relation with rows."""
    return context.schema.type_of(name) is not None and context.schema.exists(name) is not True


def _refuse_missing_column(column: str, full: Name, context: Context) -> None:
    relation = context.schema.relation(full)
    if relation.known and relation.complete and relation.columns and relation.column(column) is None:
        message = f'column "{column}" of relation "{full.name}" does not exist'
        context.builder.refuse(message, "42703", _COMMENT)


@effect_of(Grant)
def grant(operation: Grant, context: Context) -> None:
    """From PostgreSQL 18 the named relations are locked, but not those of ALL TABLES IN SCHEMA (aclchk.c)."""
    if operation.tables:
        context.builder.assume("the roles that the statement names exist", SettledBy.DATABASE)
    for name in operation.tables:
        full = relation_there(name, context)
        if context.version >= 18 and not is_system(full):
            reason = "Its privileges change."
            context.builder.lock(full, LockMode.ACCESS_SHARE, reason, "aclchk.c, objectNamesToOids")


@effect_of(CreateStatistics)
def create_statistics(operation: CreateStatistics, context: Context) -> None:
    full = relation_there(operation.table, context)
    if operation.expressions:
        versions.require(versions.EXPRESSION_STATISTICS, context)
    kind = known_kind(full, context)
    if kind in (RelationKind.VIEW, RelationKind.SEQUENCE, RelationKind.INDEX):
        old = f'relation "{full.name}" is not a table, foreign table, or materialized view'
        new = f'cannot define statistics for relation "{full.name}"'
        context.builder.refuse(new if context.version >= 15 else old, "42809", "statscmds.c, CreateStatistics")
    reason = "Extended statistics belong to it."
    context.builder.lock(full, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, "statscmds.c, CreateStatistics")


@effect_of(AlterPublication)
def alter_publication(operation: AlterPublication, context: Context) -> None:
    _require_publication_syntax(operation, context)
    _refuse_membership(operation, context)
    only = {context.schema.resolve(name) for name in operation.only}
    for name in _published(operation, context):
        full = relation_there(name, context)
        _refuse_publishing(full, context)
        _lock_published(full, full in only, context)


def _refuse_membership(operation: AlterPublication, context: Context) -> None:
    before = context.schema.publications.find(operation.publication)
    if operation.creates and before is not None:
        message = f'publication "{operation.publication}" already exists'
        context.builder.refuse(message, "42710", "publicationcmds.c, CreatePublication")
    if operation.creates or before is None or operation.action not in ("add", "drop"):
        return
    for name in operation.tables:
        is_member = context.schema.resolve(name) in before.tables
        if operation.action == "add" and is_member:
            message = f'relation "{name.name}" is already member of publication "{operation.publication}"'
            context.builder.refuse(message, "42710", "pg_publication.c, publication_add_relation")
        if operation.action == "drop" and not is_member:
            message = f'relation "{name.name}" is not part of the publication'
            context.builder.refuse(message, "42704", "publicationcmds.c, PublicationDropTables")


def _require_publication_syntax(operation: AlterPublication, context: Context) -> None:
    if operation.schemas:
        versions.require(versions.PUBLICATION_SCHEMAS, context)
    if operation.filtered:
        versions.require(versions.PUBLICATION_FILTER, context)
    elif operation.columns:
        versions.require(versions.PUBLICATION_COLUMNS, context)


def _published(operation: AlterPublication, context: Context) -> tuple[Name, ...]:
    """SET also takes out what was published before (publicationcmds.c, `AlterPublicationTables`)."""
    before = context.schema.publications.find(operation.publication)
    if operation.creates or operation.action != "set" or before is None:
        return operation.tables
    return (*operation.tables, *before.tables)


def _refuse_publishing(full: Name, context: Context) -> None:
    kind = known_kind(full, context)
    source = "pg_publication.c, check_publication_add_relation"
    if kind is RelationKind.PARTITIONED_TABLE and context.version < 13:
        context.builder.refuse(f'"{full.name}" is a partitioned table', "0A000", source)
    if kind is not None and kind not in (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE):
        old = f'"{full.name}" is not a table'
        new = f'cannot add relation "{full.name}" to publication'
        context.builder.refuse(new if context.version >= 15 else old, "22023", source)
    if kind is RelationKind.TABLE and context.schema.relation(full).persistence is not Persistence.PERMANENT:
        old = f'table "{full.name}" cannot be replicated'
        new = f'cannot add relation "{full.name}" to publication'
        context.builder.refuse(new if context.version >= 15 else old, "22023", source)


def _lock_published(full: Name, only: bool, context: Context) -> None:
    """publicationcmds.c, OpenTableList: inheritance children come along, partitions by way of their parent."""
    mode, source = LockMode.SHARE_UPDATE_EXCLUSIVE, "publicationcmds.c, OpenTableList"
    context.builder.lock(full, mode, "It is put into a publication or taken out.", source)
    if not only and context.schema.relation(full).kind is RelationKind.TABLE:
        for child in context.schema.descendants_of(full):
            context.builder.lock(child.name, mode, f"It inherits from {full}.", source)


@effect_of(CreateSchema)
def create_schema(operation: CreateSchema, context: Context) -> None:
    if operation.schema in context.schema.schemas and not operation.if_not_exists:
        context.builder.refuse(f'schema "{operation.schema}" already exists', "42P06", "schemacmds.c")


@effect_of(RenameSchema)
def rename_schema(operation: RenameSchema, context: Context) -> None:
    """Locks no relation."""
    if context.schema.closed and operation.schema not in context.schema.schemas:
        context.builder.refuse(f'schema "{operation.schema}" does not exist', "3F000", "schemacmds.c, RenameSchema")
    if operation.new_name in context.schema.schemas:
        message = f'schema "{operation.new_name}" already exists'
        context.builder.refuse(message, "42P06", "schemacmds.c, RenameSchema")


@effect_of(CreateExtension)
def create_extension(operation: CreateExtension, context: Context) -> None:
    present = operation.extension in context.schema.extensions or operation.extension == "plpgsql"
    if present and not operation.if_not_exists:
        message = f'extension "{operation.extension}" already exists'
        context.builder.refuse(message, "42710", "extension.c, CreateExtension")


@effect_of(AlterDependsOnExtension)
def depends_on_extension(operation: AlterDependsOnExtension, context: Context) -> None:
    """alter.c, ExecAlterObjectDependsStmt: a part is looked up through its table."""
    if operation.table is None:
        return
    full = relation_there(operation.table, context)
    context.builder.lock(full, LockMode.ACCESS_SHARE, "It has the object.", "alter.c, ExecAlterObjectDependsStmt")


# Objects that are no relations have locks of their own kind, which stop nobody who works with tables.


@effect_of(CreateObject)
def create_object(_operation: CreateObject, _context: Context) -> None:
    """No lock on any relation."""


@effect_of(AlterObject)
def alter_object(operation: AlterObject, context: Context) -> None:
    """Only the members of an extension are relations."""
    if operation.kind == "extension" and operation.table is not None:
        full = relation_there(operation.table, context)
        reason = f"It becomes or is no longer a part of the extension {operation.name.name}."
        context.builder.lock(full, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, _COMMENT)
    if operation.kind == "statistics" and operation.action == "options":
        versions.require(versions.STATISTICS_TARGET, context)


@effect_of(ReassignOwned)
def reassign_owned(operation: ReassignOwned, context: Context) -> None:
    """pg_shdepend.c, shdepReassignOwned: as ALTER … OWNER TO for each object of these roles."""
    source = "pg_shdepend.c, shdepReassignOwned"
    for relation in tuple(context.schema.relations.values()):
        if relation.owner not in operation.owners:
            continue
        reason = f"It belongs to {relation.owner}, and gets a new owner."
        context.builder.lock(relation.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
        for index in context.schema.indexes_of(relation.name):
            context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
        for sequence in context.schema.sequences_owned_by(relation.name):
            context.builder.lock(sequence.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
    owners = ", ".join(operation.owners)
    context.builder.assume(f"no other relation belongs to {owners}", SettledBy.DATABASE)
