"""django-pg-migration-tools: operations that take the safe steps themselves (operations.py, 0.1.26).

What the library asks the database first (is the column there, is the index valid) is answered as for a first attempt,
as in its own `sqlmigrate`. It sets the lock timeout back to what it was before, which is written as RESET.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.backends.utils import names_digest
from django.db.migrations.operations.base import Operation

from migsafe.sources.django.reading.libraries.base import quoted, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

_LONGEST: Final = 63  # bytes of a name, as the library counts them: in characters
_Model = type[models.Model]


class _Step(NamedTuple):
    """Where an operation runs; `earlier` and `later` are the states before and behind it, whichever way it goes."""

    editor: BaseDatabaseSchemaEditor
    label: str
    earlier: ProjectState
    later: ProjectState


class _BothWays(Operation):
    """An operation with its own steps each way."""

    reduces_to_sql: ClassVar[bool] = True

    def up(self, step: _Step) -> None:
        raise NotImplementedError

    def down(self, step: _Step) -> None:
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.up(_Step(schema_editor, app_label, from_state, to_state))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.down(_Step(schema_editor, app_label, to_state, from_state))


class SaferAddIndexConcurrently(_BothWays, postgres.AddIndexConcurrently):
    """CREATE INDEX CONCURRENTLY IF NOT EXISTS, without a lock timeout."""

    def up(self, step: _Step) -> None:
        _create_index(step.editor, _model(self, step.label, step.later), self.index)

    def down(self, step: _Step) -> None:
        _drop_index(step.editor, _model(self, step.label, step.later), self.index)


class SaferRemoveIndexConcurrently(_BothWays, postgres.RemoveIndexConcurrently):
    """DROP INDEX CONCURRENTLY IF EXISTS, without a lock timeout."""

    def up(self, step: _Step) -> None:
        index = step.earlier.models[step.label, self.model_name_lower].get_index_by_name(self.name)
        _drop_index(step.editor, _model(self, step.label, step.earlier), index)

    def down(self, step: _Step) -> None:
        index = step.earlier.models[step.label, self.model_name_lower].get_index_by_name(self.name)
        _create_index(step.editor, _model(self, step.label, step.earlier), index)


class SaferAddUniqueConstraint(_BothWays, migrations.AddConstraint):
    """A unique index that is built concurrently, and the constraint on top of it."""

    def __init__(self, model_name: str, constraint: models.BaseConstraint, raise_if_exists: bool = True) -> None:
        super().__init__(model_name, constraint)
        self.raise_if_exists = raise_if_exists

    def up(self, step: _Step) -> None:
        _create_unique(step.editor, _model(self, step.label, step.later), self.constraint)

    def down(self, step: _Step) -> None:
        _drop_unique(step.editor, _model(self, step.label, step.earlier), self.constraint)


class SaferRemoveUniqueConstraint(_BothWays, migrations.RemoveConstraint):
    """The same turned round."""

    def up(self, step: _Step) -> None:
        _drop_unique(step.editor, _model(self, step.label, step.earlier), _constraint(self, step))

    def down(self, step: _Step) -> None:
        _create_unique(step.editor, _model(self, step.label, step.earlier), _constraint(self, step))


class SaferAddCheckConstraint(_BothWays, migrations.AddConstraint):
    """NOT VALID, then validated."""

    def up(self, step: _Step) -> None:
        _create_check(step.editor, _model(self, step.label, step.later), self.constraint)

    def down(self, step: _Step) -> None:
        step.editor.remove_constraint(_model(self, step.label, step.earlier), self.constraint)


class SaferRemoveCheckConstraint(_BothWays, migrations.RemoveConstraint):
    """The same turned round."""

    def up(self, step: _Step) -> None:
        step.editor.remove_constraint(_model(self, step.label, step.later), _constraint(self, step))

    def down(self, step: _Step) -> None:
        _create_check(step.editor, _model(self, step.label, step.earlier), _constraint(self, step))


class SaferAlterFieldSetNotNull(_BothWays, migrations.AlterField):
    """A check that proves it, NOT NULL, and the check away. Other changes of the field are not sent."""

    def up(self, step: _Step) -> None:
        table, column = self._place(step.label, step.later)
        name = f"{table[:10]}_{column[:10]}_{names_digest(table, column, length=10)}"
        alter = f"ALTER TABLE {quoted(table)}"
        send(step.editor, f"{alter} ADD CONSTRAINT {quoted(name)} CHECK ({quoted(column)} IS NOT NULL) NOT VALID")
        send(step.editor, f"{alter} VALIDATE CONSTRAINT {quoted(name)}")
        send(step.editor, f"{alter} ALTER COLUMN {quoted(column)} SET NOT NULL")
        send(step.editor, f"{alter} DROP CONSTRAINT {quoted(name)}")

    def down(self, step: _Step) -> None:
        table, column = self._place(step.label, step.earlier)
        send(step.editor, f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} DROP NOT NULL")

    def _place(self, label: str, state: ProjectState) -> tuple[str, str]:
        meta = state.apps.get_model(label, self.model_name)._meta  # noqa: SLF001  # the documented API of models
        return meta.db_table, meta.get_field(self.name).column


class SaferAddFieldForeignKey(_BothWays, migrations.AddField):
    """A column that may be empty, its index built concurrently, the key NOT VALID and then validated."""

    unique: ClassVar[bool] = False

    def up(self, step: _Step) -> None:
        if not self.field.null:
            raise ValueError("Can't safely create a FK field with null=False")
        _add_key(step.editor, _model(self, step.label, step.later), self, unique=self.unique)

    def down(self, step: _Step) -> None:
        _drop_key(step.editor, _model(self, step.label, step.earlier), self.name)


class SaferAddFieldOneToOne(SaferAddFieldForeignKey):
    """With a unique constraint in place of the index."""

    unique: ClassVar[bool] = True


class SaferRemoveFieldForeignKey(_BothWays, migrations.RemoveField):
    """DROP COLUMN without CASCADE."""

    def up(self, step: _Step) -> None:
        _drop_key(step.editor, _model(self, step.label, step.later), self.name)

    def down(self, step: _Step) -> None:
        _add_key(step.editor, _model(self, step.label, step.earlier), self, unique=False)


def _model(operation: Operation, label: str, state: ProjectState) -> _Model:
    found: _Model = state.apps.get_model(label, operation.model_name)
    return found


def _constraint(operation: migrations.RemoveConstraint, step: _Step) -> models.BaseConstraint:
    return step.earlier.models[step.label, operation.model_name_lower].get_constraint_by_name(operation.name)


def _without_timeout(editor: BaseDatabaseSchemaEditor, sql: str) -> None:
    send(editor, "SET lock_timeout = '0'")
    send(editor, sql)
    send(editor, "RESET lock_timeout")


def _create_index(editor: BaseDatabaseSchemaEditor, model: _Model, index: models.Index, kind: str = "INDEX") -> None:
    sql = str(index.create_sql(model, editor, concurrently=True))
    _without_timeout(editor, sql.replace("INDEX CONCURRENTLY", f"{kind} CONCURRENTLY IF NOT EXISTS", 1))


def _drop_index(editor: BaseDatabaseSchemaEditor, model: _Model, index: models.Index) -> None:
    _without_timeout(editor, str(index.remove_sql(model, editor, concurrently=True)))


def _create_unique(editor: BaseDatabaseSchemaEditor, model: _Model, constraint: models.UniqueConstraint) -> None:
    index = _index_of(constraint)
    sql = str(index.create_sql(model, editor, concurrently=True))
    sql = sql.replace("INDEX CONCURRENTLY", "UNIQUE INDEX CONCURRENTLY IF NOT EXISTS", 1)
    _without_timeout(
        editor, f"{sql} NULLS NOT DISTINCT" if getattr(constraint, "nulls_distinct", None) is False else sql
    )
    if constraint.condition is not None or constraint.expressions:
        return
    added = str(constraint.create_sql(model, editor)).split(" UNIQUE")[0]
    deferred = " DEFERRABLE INITIALLY DEFERRED" if constraint.deferrable == models.Deferrable.DEFERRED else ""
    send(editor, f"{added} UNIQUE USING INDEX {quoted(index.name)}{deferred}")


def _drop_unique(editor: BaseDatabaseSchemaEditor, model: _Model, constraint: models.UniqueConstraint) -> None:
    if constraint.condition is not None or constraint.expressions:
        _drop_index(editor, model, _index_of(constraint))
    else:
        editor.remove_constraint(model, constraint)


def _index_of(constraint: models.UniqueConstraint) -> models.Index:
    if not isinstance(constraint, models.UniqueConstraint):
        raise ValueError("only a UniqueConstraint is supported")
    return models.Index(
        *constraint.expressions,
        fields=constraint.fields,
        name=constraint.name,
        condition=constraint.condition,
        opclasses=constraint.opclasses,
    )


def _create_check(editor: BaseDatabaseSchemaEditor, model: _Model, constraint: models.BaseConstraint) -> None:
    if not isinstance(constraint, models.CheckConstraint):
        raise ValueError("only a CheckConstraint is supported")
    table = quoted(model._meta.db_table)  # noqa: SLF001  # the documented API of models
    send(editor, f"{constraint.create_sql(model, editor)} NOT VALID")
    send(editor, f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(constraint.name)}")


def _add_key(editor: BaseDatabaseSchemaEditor, model: _Model, operation: migrations.AddField, *, unique: bool) -> None:
    """The column is `<name>_id`, whatever the field says (`ForeignKeyManager`)."""
    table, column = model._meta.db_table, f"{operation.name}_id"  # noqa: SLF001  # likewise
    field = model._meta.get_field(operation.name)  # noqa: SLF001  # likewise
    target, remote = field.target_field, field.remote_field.model._meta.db_table  # noqa: SLF001  # likewise
    alter = f"ALTER TABLE {quoted(table)}"
    send(editor, f"{alter} ADD COLUMN IF NOT EXISTS {quoted(column)} {target.db_type(editor.connection)} NULL")
    if unique:
        name = _identifier(operation.model_name, column, "uniq")
        _create_unique(editor, model, models.UniqueConstraint(fields=(operation.name,), name=name))
    elif field.db_index:
        name = _identifier(operation.model_name, column, "idx")
        on = f"{quoted(name)} ON {quoted(table)} ({quoted(column)})"
        _without_timeout(editor, f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {on}")
    name = quoted(_identifier(table, column, "fk"))
    to = f"{quoted(remote)} ({quoted(target.db_column or target.name)})"
    key = f"FOREIGN KEY ({quoted(column)}) REFERENCES {to} DEFERRABLE INITIALLY DEFERRED NOT VALID"
    send(editor, f"{alter} ADD CONSTRAINT {name} {key}")
    send(editor, f"{alter} VALIDATE CONSTRAINT {name}")


def _drop_key(editor: BaseDatabaseSchemaEditor, model: _Model, name: str) -> None:
    table = quoted(model._meta.db_table)  # noqa: SLF001  # the documented API of models
    send(editor, f"ALTER TABLE {table} DROP COLUMN {quoted(f'{name}_id')}")


def _identifier(first: str, second: str, suffix: str) -> str:
    """Longer names end in a part of their MD5 (`build_postgres_identifier`)."""
    name = f"{first}_{second}_{suffix}"
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{name[: _LONGEST - len(suffix) - 10]}_{digest}_{suffix}"


_OPERATIONS: Final = (
    *(SaferAddIndexConcurrently, SaferRemoveIndexConcurrently, SaferAddUniqueConstraint, SaferRemoveUniqueConstraint),
    *(SaferAddCheckConstraint, SaferRemoveCheckConstraint, SaferAlterFieldSetNotNull, SaferAddFieldForeignKey),
    *(SaferAddFieldOneToOne, SaferRemoveFieldForeignKey),
)
NAMES: Final = {f"django_pg_migration_tools.operations.{kind.__name__}": kind for kind in _OPERATIONS}
