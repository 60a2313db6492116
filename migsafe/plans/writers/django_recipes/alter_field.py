"""AlterField: whatever it sends, in its safe form; what the models say stays as the user wrote it.

All hazards of one AlterField have one plan, so that nobody has to join two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.findings import Slot
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddNotNull,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    Operation,
    RenameColumn,
    SetDefault,
    SetNotNull,
    Update,
    ValidateConstraint,
)
from migsafe.plans.writers.django_beside import by_new_column
from migsafe.plans.writers.django_entries import field_of, run_python, run_sql, separate, with_field
from migsafe.plans.writers.django_files import Draft, InPlace, Note, Part
from migsafe.plans.writers.django_sql import Sql, drop_proof, foreign_keys_dropped, proof_of, sql_of
from migsafe.plans.writers.django_task import Task, drafts_of, stepwise
from migsafe.plans.writers.django_values import fill_nulls, filler
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_statements import Unwritable

COVERS = (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddNotNull,
    AddUnique,
    CreateIndex,
    DropConstraint,
    DropIndex,
    DropNotNull,
    SetNotNull,
)
CODES = ("MS304", "MS601")  # of the UPDATE that Django sends before SET NOT NULL
_LONG = AddCheck | AddForeignKey | AddUnique | CreateIndex | DropIndex
_Guard = AddCheck | AddForeignKey | AddUnique


def write(task: Task) -> tuple[Part, ...]:
    if task.subject.code == "MS501":
        return _same_column(task)
    if any(task.operations(AlterColumnType)):
        if not any(task.proposed(AddColumn)):
            raise Unwritable("a change of type that needs no column of its own")
        return by_new_column(task)
    required = tuple(task.operations(SetNotNull))
    if not required and task.subject.code in CODES:
        raise Unwritable(task.written.operation)
    if not task.written.text:
        raise Unwritable(task.written.operation)
    steps = _not_null(task, required[0]) if len(required) == 1 else _steps(task)
    return (*_before(task), *steps, *_after(task))


def _steps(task: Task) -> tuple[Part, ...]:
    """What takes long or looks at two tables, in its safe form; what does not stays as it is."""
    everything = [operation for each in task.statements for operation in each.operations]
    if any(isinstance(each, _LONG) for each in everything) or foreign_keys_dropped(everything):
        return stepwise(task)
    slot = Slot.POST_DEPLOY if any(_dropped(everything)) else Slot.PRE_DEPLOY
    return (InPlace(entries=(task.written.text,), slot=slot),)


def _before(task: Task) -> Iterator[Note]:
    """What a release has to bear before."""
    everything = [operation for each in task.statements for operation in each.operations]
    for each in everything:
        if isinstance(each, DropNotNull):
            yield Note(f"Make sure that the running release reads NULL in {each.column}.")
    for name in _dropped(everything):
        yield Note(f"Release an application that does not rely on {name}.", _slot(everything))


def _slot(everything: Sequence[Operation]) -> Slot:
    """A guard that another takes the place of goes together with it."""
    return Slot.PRE_DEPLOY if any(isinstance(each, _Guard) for each in everything) else Slot.DEPLOY


def _dropped(everything: Sequence[Operation]) -> Iterator[str]:
    """Constraints that do not come back."""
    back = {each.constraint.name for each in everything if isinstance(each, _Guard)}
    yield from (each.name for each in everything if isinstance(each, DropConstraint) and each.name not in back)


def _after(task: Task) -> Iterator[Note]:
    if any(task.operations(DropNotNull)):
        yield Note("Release the application that writes NULL.", Slot.DEPLOY)


def _same_column(task: Task) -> tuple[Part, ...]:
    """A field of another kind has another column, unless it says which."""
    renamed, field = tuple(task.operations(RenameColumn)), field_of(task.call)
    if len(renamed) != 1 or field is None:
        raise Unwritable(task.written.operation)
    column = literal(renamed[0].column)
    kept = with_field(task.call, field.with_argument("db_column", column))
    note = Note(f"In the model: {task.written.field} = …(…, db_column={column}). Then no column is renamed:")
    return (note, InPlace(entries=(kept.source,)))


def _not_null(task: Task, required: SetNotNull) -> tuple[Part, ...]:
    """Prove it first; then SET NOT NULL need not look."""
    native = tuple(task.proposed(AddNotNull))
    proof: AddCheck | AddNotNull = native[0] if native else proof_of(required.table, required.column)
    name = proof.constraint.name or ""
    entries = [run_sql(sql_of(proof))]
    functions: tuple[str, ...] = ()
    fills = any(task.operations(Update))
    if fills:
        functions = (fill_nulls(task),)
        entries.append(run_python(filler(task)))
    entries.append(run_sql(sql_of(ValidateConstraint(table=required.table, name=name))))
    first = Draft(entries=tuple(entries), atomic=False, functions=functions)
    if isinstance(proof, AddCheck) and _does_more(task):
        others = drafts_of(tuple(_rest(task, required, proof)), task.written.text)
        return (first, *(draft.replace(word=draft.word or "not_null") for draft in others))
    drop = () if isinstance(proof, AddNotNull) else (run_sql(drop_proof(proof)),)
    instant = () if native else (run_sql(sql_of(required)),)
    last = (separate((*instant, *drop), (task.written.text,)),) if fills else (task.written.text, *drop)
    return (first, Draft(entries=last, word="not_null"))


def _does_more(task: Task) -> bool:
    everything = [operation for each in task.statements for operation in each.operations]
    return any(isinstance(each, _LONG | DropConstraint) for each in everything)


def _rest(task: Task, required: SetNotNull, proof: AddCheck) -> Iterator[Sql]:
    """What the operation sends, with the column that is proved already; the rows have their values, so that no default
    is needed for the time between."""
    passing = any(task.operations(SetDefault)) and any(task.operations(DropDefault))
    for one in task.safe:
        match one.operation:
            case SetNotNull():
                yield sql_of(required)
                yield drop_proof(proof)
            case Update() | AddCheck(table=proof.table, constraint=proof.constraint):
                continue
            case ValidateConstraint(name=proof.constraint.name) | DropConstraint(name=proof.constraint.name):
                continue
            case SetDefault() | DropDefault() if passing:
                continue
            case _:
                yield one
