"""The SQL of one migration, as `sqlmigrate` prints it, from the project state before it.

Rendering a model class costs milliseconds, and a large project has a thousand of them: of the state only the models
are kept that the migration names, those that refer to them, and what all of these refer to. The schema editor sees
the same models as in the whole project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.editor.setup import connection

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from migsafe.sources.django.editor.catalog import Catalog

ModelKey = tuple[str, str]


class Rendered(NamedTuple):
    """A statement and the number of the operation that it comes from. `supposed` are the models of other projects
    ("label.model") whose key has in it a type that nobody has stated."""

    operation: int
    sql: str
    deferred: bool = False
    supposed: tuple[str, ...] = ()


class Failure(NamedTuple):
    """An operation that Django could not render, and why; `refused` when Django itself will not run it either."""

    operation: int
    reason: str
    refused: bool = False


class Rendering(KeywordRecord):
    """In the order in which they are sent. `deferred` foreign keys and indexes come at the end of the migration."""

    statements: tuple[Rendered, ...] = ()
    failures: tuple[Failure, ...] = ()


class Renderer:
    """Renders the operations of one app's migration. `version` is the server's major version; `ran` is told of each
    statement before the catalog is asked again: RenameModel asks for the keys of tables that it has just renamed."""

    def __init__(self, app_label: str, catalog: Catalog, version: int, ran: Callable[[str], None]) -> None:
        self._app_label = app_label
        self._connection = connection()
        self._connection.catalog = catalog
        catalog.catch_up = self._catch_up
        self._number = 0
        self._connection.server_version = version
        self._ran = ran
        self._editor = self._new_editor()
        self._found: list[Rendered] = []
        self._failures: list[Failure] = []
        self._owners: dict[int, int] = {}  # of deferred statements: id → operation
        self._supposed: dict[int, tuple[str, ...]] = {}  # by operation

    def forward(self, number: int, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """The next operation, from one state to the other."""
        self._suppose(number, operation, before, after)
        self._run(number, lambda: operation.database_forwards(self._app_label, self._editor, before, after))
        if self._failures and self._failures[-1].operation == number and _is_whole(operation, self._app_label, before):
            reason = self._failures[-1].reason
            self._failures[-1] = Failure(number, reason, refused=_NOT_COMPATIBLE in reason)

    def backward(self, number: int, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """The same operation undone."""
        self._suppose(number, operation, before, after)
        self._run(number, lambda: operation.database_backwards(self._app_label, self._editor, after, before))
        if self._failures and self._failures[-1].operation == number:
            refused = _lacks_a_field(operation, self._app_label, before)
            self._failures[-1] = Failure(number, self._failures[-1].reason, refused=refused)

    def _suppose(self, number: int, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        from migsafe.sources.django.editor.supposed import supposed_keys

        self._supposed[number] = supposed_keys(operation, self._app_label, before, after)

    def fail(self, number: int, reason: str) -> None:
        self._failures.append(Failure(number, reason))

    def has_failed(self, number: int) -> bool:
        return any(failure.operation == number for failure in self._failures)

    def result(self) -> Rendering:
        """All that is sent, with what is deferred to the end of the migration."""
        for one in self._editor.deferred_sql:
            rendered = self._rendered(self._owners.get(id(one), 0), f"{one};", deferred=True)
            self._found.append(rendered)
            self._ran(rendered.sql)
        return Rendering(statements=tuple(self._found), failures=tuple(self._failures))

    def _run(self, number: int, work: Callable[[], None]) -> None:
        self._number = number
        try:
            work()
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be wrong with it
            self.fail(number, f"{type(error).__name__}: {error}")
        self._catch_up()
        for deferred in self._editor.deferred_sql:
            self._owners.setdefault(id(deferred), number)

    def _catch_up(self) -> None:
        for sql in list(_collected(self._editor)):
            self._found.append(self._rendered(self._number, sql))
            self._ran(sql)

    def _rendered(self, number: int, sql: str, *, deferred: bool = False) -> Rendered:
        leans = _HAS_KEY.search(sql) is not None
        return Rendered(number, sql, deferred, self._supposed.get(number, ()) if leans else ())

    def create(self, state: ProjectState, keys: Iterable[ModelKey]) -> tuple[str, ...]:
        """The statements that would create the tables of models as the state has them, foreign keys last."""
        editor = self._new_editor()
        apps = state.apps
        for key in keys:
            model = apps.get_model(*key)
            if model._meta.managed and not model._meta.proxy and not model._meta.swapped:  # noqa: SLF001  # the documented API of models
                editor.create_model(model)
        return (*editor.collected_sql, *(f"{one};" for one in editor.deferred_sql))

    def _new_editor(self) -> BaseDatabaseSchemaEditor:
        editor = self._connection.schema_editor(collect_sql=True, atomic=False)
        editor.deferred_sql = []  # what its __enter__ does besides opening a transaction
        return editor


_NOT_COMPATIBLE = "they are not compatible types"
"""What `BaseDatabaseSchemaEditor.alter_field` says of fields with and without a column (backends/base/schema.py)."""


def _is_whole(operation: Operation, app_label: str, before: ProjectState) -> bool:
    """Whether both fields are as the project has them, and none stands in for one that is not known."""
    from django.db.migrations import AlterField

    if not isinstance(operation, AlterField):
        return False
    model = before.models.get((app_label, operation.model_name_lower))
    old = model.fields.get(operation.name) if model is not None else None
    return _is_djangos(old) and _is_djangos(operation.field)


def _lacks_a_field(operation: Operation, app_label: str, before: ProjectState) -> bool:
    """Whether it deletes a model of which a constraint or an index has a field that was removed before: Django cannot
    make the table again (`DatabaseSchemaEditor.table_sql` and `_model_indexes_sql`,
    django/db/backends/base/schema.py)."""
    from django.db.migrations import DeleteModel
    from django.db.models.options import normalize_together

    model = before.models.get((app_label, operation.name_lower)) if isinstance(operation, DeleteModel) else None
    if model is None:
        return False
    pairs = (model.options.get(option) for option in ("unique_together", "index_together"))
    named = [*chain.from_iterable(map(normalize_together, pairs))]
    for option in ("constraints", "indexes"):
        named += [each.fields for each in model.options.get(option) or () if hasattr(each, "fields")]
    return any(name not in model.fields for names in named for name in names)


def _is_djangos(field: object) -> bool:
    from django.db.models import Field

    return isinstance(field, Field) and type(field).__module__.startswith("django.")


_HAS_KEY: Final = re.compile(r"\b(?:CREATE TABLE|ADD COLUMN|TYPE|REFERENCES)\b")
"""Where Django's statements have a column's type, or the key that it refers to."""


def _collected(editor: BaseDatabaseSchemaEditor) -> Iterator[str]:
    """The statements since the last operation. Comments that Django puts between them are no statements."""
    for sql in editor.collected_sql:
        if not sql.lstrip().startswith("--"):
            yield sql
    editor.collected_sql.clear()
