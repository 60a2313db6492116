"""AddField: first what is instant, then what takes time, at last what only the new release can bear.

The field is added as the user wrote it, but without what reads the table or makes the running release fail; Django's
state gets the field as it is meant when the database has it.
"""

from __future__ import annotations

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
    DropConstraint,
    DropDefault,
    SetNotNull,
    ValidateConstraint,
)
from migsafe.plans.writers.django_entries import as_alter_field, field_of, run_python, run_sql, separate, with_field
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import Sql, bare, proof_of, safe, sql_of
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
        raise Unwritable("a default that the server computes for each row")
    default = field.argument("default") if field is not None else None
    if default is None or field is None or not _is_known(added[0].column.default):
        return _filled(task, added[0], field)
    if is_literal(default) and task.framework >= _DB_DEFAULT_SINCE and _checks(added[0]) == 0:
        return _db_default(task, added[0], field, default)
    return _kept_default(task, added[0], drops)


def _is_known(default: Expression | None) -> bool:
    """Whether the SQL has the value: of a default that Python computes it has none."""
    return default is not None and "…" not in default.sql


def _checks(added: AddColumn) -> int:
    return sum(isinstance(c, Check) for c in added.column.constraints)


def _with(task: Task, added: AddColumn, field: Call | None, more: dict[str, str]) -> tuple[Part, ...]:
    """The field with `more` arguments; its indexes and constraints when the column is there."""
    if field is None or _checks(added):
        return _as_sql(task, added)
    plain = _plain(task, added, field)
    first, meant = plain, field
    for name, text in more.items():
        first, meant = first.with_argument(name, text), meant.with_argument(name, text)
    add = Draft(entries=(with_field(task.call, first).source,))
    later = [one for one in safe(task.statements) if " ADD COLUMN " not in one.sql and " DROP DEFAULT" not in one.sql]
    if not later:
        return (add,)
    return (add, *(_worded(d) for d in drafts_of(later, as_alter_field(task.call, meant))))


def _worded(draft: Draft) -> Draft:
    return draft if draft.word else draft.replace(word="constraint" if draft.atomic else "index")


def _plain(task: Task, added: AddColumn, field: Call) -> Call:
    """The field without what reads the table."""
    constraints = added.column.constraints
    unique = any(isinstance(c, Unique) for c in constraints) or any(task.operations(AddUnique))
    key = any(isinstance(c, ForeignKey) for c in constraints)
    plain = field
    if field.name == "OneToOneField":
        plain = plain.to(field.function.replace("OneToOneField", "ForeignKey"))
    if unique:
        plain = plain.without("unique")
    if key and added.column.default is not None:
        plain = plain.with_argument("db_constraint", "False")
    if unique or any(task.operations(CreateIndex)):
        plain = plain.with_argument("db_index", "False")
    return plain


def _as_sql(task: Task, added: AddColumn) -> tuple[Part, ...]:
    """The column by SQL, for Django it is the whole field at once; its constraints follow."""
    if not task.written.text:
        raise Unwritable(task.written.operation)
    column = run_sql(sql_of(added.replace(column=bare(added.column))))
    parts = [one for one in safe(task.statements) if " DROP DEFAULT" not in one.sql][1:]
    first = Draft(entries=(separate((column,), (task.written.text,)),))
    rest = drafts_of(parts, "") if parts else ()
    return (first, *(_worded(draft) for draft in rest))


def _db_default(task: Task, added: AddColumn, field: Call, default: str) -> tuple[Part, ...]:
    """The database keeps the default as long as the running release does not know the column."""
    parts = _with(task, added, field, {"db_default": default})
    final = Draft(entries=(as_alter_field(task.call),), word="without_db_default", slot=Slot.POST_DEPLOY)
    words = f"The model may keep db_default={default} for good; then the last migration is not needed."
    return (*parts, Note(words, Slot.POST_DEPLOY), final)


def _kept_default(task: Task, added: AddColumn, drops: tuple[DropDefault, ...]) -> tuple[Part, ...]:
    """The same by SQL, for versions without `db_default` and for defaults that only the file knows."""
    default = added.column.default
    if not drops or default is None:
        raise Unwritable(task.written.operation)
    back = f"{statement(drops[0]).removesuffix('DROP DEFAULT')}SET DEFAULT {default.sql}"
    drop = run_sql(Sql(sql=statement(drops[0]), reverse=back))
    return (*_as_sql(task, added), Draft(entries=(drop,), word="drop_default", slot=Slot.POST_DEPLOY))


def _filled(task: Task, added: AddColumn, field: Call | None) -> tuple[Part, ...]:
    """Nullable first; required when every row has a value."""
    if field is None or _checks(added):
        raise Unwritable(task.written.operation)
    table, column = added.table, added.column.name
    proof = proof_of(table, column)
    name = proof.constraint.name or ""
    plain = _plain(task, added, field).with_argument("null", "True")
    validate = ValidateConstraint(table=table, name=name)
    later = [one for one in safe(task.statements) if " ADD COLUMN " not in one.sql and " DROP DEFAULT" not in one.sql]
    meant = as_alter_field(task.call, field.with_argument("null", "True"))
    return (
        Draft(entries=(with_field(task.call.without("preserve_default"), plain).source,)),
        Note(f"Release an application that always writes {task.written.field}.", Slot.DEPLOY),
        Draft(
            entries=(run_sql(sql_of(proof)), run_python(filler(task)), run_sql(sql_of(validate))),
            functions=(fill_nulls(task),),
            atomic=False,
            word="fill",
            slot=Slot.POST_DEPLOY,
        ),
        *(_worded(d).replace(slot=Slot.POST_DEPLOY) for d in (drafts_of(later, meant) if later else ())),
        Draft(
            entries=(
                as_alter_field(task.call.without("preserve_default"), field),
                run_sql(Sql(sql=statement(DropConstraint(table=table, name=name)))),
            ),
            word="not_null",
            slot=Slot.POST_DEPLOY,
        ),
    )
