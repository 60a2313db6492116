"""AddField: first what is instant, then what takes time, at last what only the new release can bear.

The field is added as the user wrote it, but without what reads the table or makes the running release fail; Django's
state gets the field as it is meant when the database has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.definitions import Check, ForeignKey, NotNull, Unique
from migsafe.model.expressions import Expression
from migsafe.model.findings import Slot
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddNotNull,
    AddUnique,
    CreateIndex,
    DropDefault,
    SetDefault,
    SetNotNull,
    ValidateConstraint,
)
from migsafe.plans.writers.django_entries import (
    accepted,
    as_alter_field,
    field_of,
    run_python,
    run_sql,
    separate,
    with_field,
)
from migsafe.plans.writers.django_files import Draft, InPlace, Note, Part
from migsafe.plans.writers.django_sql import Sql, bare, drop_proof, proof_of, sql_of
from migsafe.plans.writers.django_task import Task, drafts_of
from migsafe.plans.writers.django_values import fill_nulls, filler
from migsafe.plans.writers.python_calls import Call, is_literal
from migsafe.plans.writers.sql_statements import Unwritable, statement

COVERS = (AddCheck, AddColumn, AddForeignKey, AddNotNull, AddUnique, CreateIndex, DropDefault, SetNotNull)
_DB_DEFAULT_SINCE = (5, 0)


def write(task: Task) -> tuple[Part, ...]:
    added = tuple(task.operations(AddColumn))
    field = field_of(task.call)
    if len(added) != 1 or task.call.name != "AddField" or added[0].column.generated or added[0].column.identity:
        raise Unwritable(task.written.operation)
    drops = tuple(task.operations(DropDefault))
    required = any(isinstance(c, NotNull) for c in added[0].column.constraints)
    if not required:
        return _with(task, added[0], field, {})
    if not drops and added[0].column.default is not None:  # db_default: the running release inserts rows with it
        if field is None or not is_literal(field.argument("db_default") or "None"):
            raise Unwritable("a default that the server may compute for each row")
        return _with(task, added[0], field, {})
    default = _default(field, added[0].column.default) if field is not None else None
    if default is None or field is None or not _is_known(added[0].column.default):
        return _filled(task, added[0], field)
    if is_literal(default) and task.framework >= _DB_DEFAULT_SINCE and _can_be_plain(task, added[0], field):
        return _db_default(task, added[0], field, default)
    return _kept_default(task, added[0])


def _default(field: Call, sent: Expression | None) -> str | None:
    """What the field states, or the empty text that Django writes for a text field with `blank=True`
    (BaseDatabaseSchemaEditor._effective_default)."""
    is_empty = sent is not None and sent.sql == "''"
    return field.argument("default") or ('""' if is_empty and field.argument("blank") == "True" else None)


def _is_known(default: Expression | None) -> bool:
    """Whether the SQL has the value: of a default that Python computes it has none."""
    return default is not None and "…" not in default.sql


def _can_be_plain(task: Task, added: AddColumn, field: Call) -> bool:
    """Whether the field's options are known that leave out what reads the table: not for a CHECK that comes with the
    type, for spatial indexes, for what a class of the project is unique by."""
    checked = any(isinstance(c, Check) for c in added.column.constraints)
    spatial = any(each.method != "btree" for each in task.operations(CreateIndex))
    known = not _is_unique(task, added) or field.name == "OneToOneField" or field.argument("unique") is not None
    return known and not checked and not spatial


def _is_unique(task: Task, added: AddColumn) -> bool:
    return any(isinstance(c, Unique) for c in added.column.constraints) or any(task.operations(AddUnique))


def _with(task: Task, added: AddColumn, field: Call | None, more: dict[str, str]) -> tuple[Part, ...]:
    """The field with `more` arguments; its indexes and constraints when the column is there."""
    if field is None or not _can_be_plain(task, added, field):
        return _as_sql(task, added)
    plain = _plain(task, added, field)
    first, meant = plain, field
    for name, text in more.items():
        first, meant = first.with_argument(name, text), meant.with_argument(name, text)
    at_once, later = _rest(task)
    add = InPlace(entries=(with_field(task.call, first).source, *map(run_sql, at_once)))
    return (add, *_drafts(later, as_alter_field(task.call, meant)))


def _rest(task: Task) -> tuple[tuple[Sql, ...], tuple[Sql, ...]]:
    """What else the operation sends: a CHECK that is not valid yet, which is instant; and the rest."""
    rest = [one for one in task.safe if not isinstance(one.operation, AddColumn | DropDefault)]
    instant = tuple(one for one in rest if isinstance(one.operation, AddCheck))
    return instant, tuple(one for one in rest if one not in instant)


def _drafts(parts: Sequence[Sql], state: str) -> Iterator[Draft]:
    for draft in drafts_of(parts, state) if parts else ():
        yield draft if draft.word else draft.replace(word="constraint" if draft.atomic else "index")


def _plain(task: Task, added: AddColumn, field: Call) -> Call:
    """The field without what reads the table."""
    unique = _is_unique(task, added)
    key = any(isinstance(c, ForeignKey) for c in added.column.constraints)
    plain = field
    if field.name == "OneToOneField":
        plain = plain.to(field.function.replace("OneToOneField", "ForeignKey"))
    if unique:
        plain = plain.without("unique")
    if key and added.column.default is not None:
        plain = plain.with_argument("db_constraint", "False")
    if _is_indexed(plain) if unique else any(task.operations(CreateIndex)):
        plain = plain.with_argument("db_index", "False")
    return plain


def _is_indexed(field: Call) -> bool:
    """Whether the field has an index unless it says otherwise."""
    return field.name in ("SlugField", "ForeignKey") or field.argument("db_index") is not None


def _as_sql(task: Task, added: AddColumn) -> tuple[Part, ...]:
    """The column by SQL, for Django it is the whole field at once; its constraints follow."""
    if not task.written.text:
        raise Unwritable(task.written.operation)
    at_once, later = _rest(task)
    column = sql_of(added.replace(column=bare(added.column)))
    first = InPlace(entries=(separate([run_sql(one) for one in (column, *at_once)], (task.written.text,)),))
    return (first, *_drafts(later, ""))


def _db_default(task: Task, added: AddColumn, field: Call, default: str) -> tuple[Part, ...]:
    """The database keeps the default as long as the running release does not know the column."""
    parts = _with(task, added, field, {"db_default": default})
    alter = as_alter_field(task.call)
    if any(isinstance(c, ForeignKey) for c in added.column.constraints):  # of which Django makes the constraint anew
        alter = separate((_drop_default(added),), (alter,))
    final = Draft(entries=(_when_known(alter),), word="without_db_default", slot=Slot.POST_DEPLOY)
    words = f"The model may keep db_default={default} for good; then the last migration is not needed."
    return (*parts, Note(words, Slot.POST_DEPLOY), final)


def _kept_default(task: Task, added: AddColumn) -> tuple[Part, ...]:
    """The same by SQL, for versions without `db_default` and for defaults that only the file knows."""
    drop = _when_known(_drop_default(added))
    return (*_as_sql(task, added), Draft(entries=(drop,), word="drop_default", slot=Slot.POST_DEPLOY))


def _drop_default(added: AddColumn) -> str:
    table, column, default = added.table, added.column.name, added.column.default
    if default is None:
        raise Unwritable(added.label)
    back = statement(SetDefault(table=table, column=column, default=default))
    return run_sql(Sql(sql=statement(DropDefault(table=table, column=column)), reverse=back))


def _when_known(entry: str) -> str:
    return accepted(entry, "MS506", "every release that still runs writes the column")


def _filled(task: Task, added: AddColumn, field: Call | None) -> tuple[Part, ...]:
    """Nullable first; required when every row has a value."""
    if field is None or not _can_be_plain(task, added, field):
        raise Unwritable(task.written.operation)
    proof = proof_of(added.table, added.column.name)
    validate = ValidateConstraint(table=added.table, name=proof.constraint.name or "")
    at_once, later = _rest(task)
    nullable = field.with_argument("null", "True")
    call = task.call.without("preserve_default")
    empty = _plain(task, added, nullable).without("default")  # which would be one value for all rows
    first = with_field(call, empty).source
    required = sql_of(SetNotNull(table=added.table, column=added.column.name))
    last = separate((run_sql(required), run_sql(drop_proof(proof))), (as_alter_field(call, field),))
    return (
        InPlace(entries=(first, *map(run_sql, at_once))),
        Note(f"Release an application that always writes {task.written.field}.", Slot.DEPLOY),
        Draft(
            entries=(run_sql(sql_of(proof)), run_python(filler(task)), run_sql(sql_of(validate))),
            functions=(fill_nulls(task),),
            atomic=False,
            word="fill",
            slot=Slot.POST_DEPLOY,
        ),
        *(draft.replace(slot=Slot.POST_DEPLOY) for draft in _drafts(later, as_alter_field(call, nullable))),
        Draft(entries=(last,), word="not_null", slot=Slot.POST_DEPLOY),
    )
