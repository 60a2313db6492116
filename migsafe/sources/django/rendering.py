"""The SQL of one migration, as `sqlmigrate` prints it, from the project state before it.

Rendering a model class costs milliseconds, and a large project has a thousand of them: of the state only the models
are kept that the migration names, those that refer to them, and what all of these refer to. The schema editor sees
the same models as in the whole project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.setup import connection

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from migsafe.sources.django.catalog import Catalog

ModelKey = tuple[str, str]


class Rendered(NamedTuple):
    """A statement and the number of the operation that it comes from."""

    operation: int
    sql: str
    deferred: bool = False


class Failure(NamedTuple):
    """An operation that Django could not render, and why."""

    operation: int
    reason: str


class Rendering(KeywordRecord):
    """In the order in which they are sent. `deferred` foreign keys and indexes come at the end of the migration."""

    statements: tuple[Rendered, ...] = ()
    failures: tuple[Failure, ...] = ()


class Renderer:
    """Renders the operations of one app's migration. `version` is the server's major version."""

    def __init__(self, app_label: str, catalog: Catalog, version: int) -> None:
        self._app_label = app_label
        self._connection = connection()
        self._connection.catalog = catalog
        self._connection.server_version = version

    def forwards(self, state: ProjectState, operations: Sequence[Operation], ran: Callable[[str], None]) -> Rendering:
        """Each operation on the state that the ones before it leave. `state` itself stays as it is. `ran` is told of
        each statement at once, so that the catalog knows of it when the next operation asks."""
        editor = self._editor()
        current = state.clone()
        failures: list[Failure] = []
        found: list[Rendered] = []
        owners: dict[int, int] = {}  # of deferred statements: id → operation
        for number, operation in enumerate(operations):
            before = current.clone()
            failure = self._forward(operation, number, editor, before, current)
            failures += [failure] if failure else []
            new = list(_collected(editor, number))
            for rendered in new:
                ran(rendered.sql)
            found += new
            for deferred in editor.deferred_sql:
                owners.setdefault(id(deferred), number)
        for one in editor.deferred_sql:
            found.append(Rendered(owners.get(id(one), len(operations) - 1), f"{one};", deferred=True))
            ran(str(one))
        return Rendering(statements=tuple(found), failures=tuple(failures))

    def _forward(
        self,
        operation: Operation,
        number: int,
        editor: BaseDatabaseSchemaEditor,
        before: ProjectState,
        after: ProjectState,
    ) -> Failure | None:
        try:
            operation.state_forwards(self._app_label, after)
            if operation.reduces_to_sql:
                operation.database_forwards(self._app_label, editor, before, after)
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be wrong with it
            return Failure(number, f"{type(error).__name__}: {error}")
        return None

    def create(self, state: ProjectState, keys: Iterable[ModelKey]) -> tuple[str, ...]:
        """The statements that would create the tables of models as the state has them, foreign keys last."""
        editor = self._editor()
        apps = state.apps
        for key in keys:
            model = apps.get_model(*key)
            if model._meta.managed and not model._meta.proxy and not model._meta.swapped:  # noqa: SLF001
                editor.create_model(model)
        return (*editor.collected_sql, *(f"{one};" for one in editor.deferred_sql))

    def _editor(self) -> BaseDatabaseSchemaEditor:
        editor = self._connection.schema_editor(collect_sql=True, atomic=False)
        editor.deferred_sql = []  # what its __enter__ does besides opening a transaction
        return editor


def _collected(editor: BaseDatabaseSchemaEditor, number: int) -> Iterator[Rendered]:
    """The statements since the last operation. Comments that Django puts between them are no statements."""
    for sql in editor.collected_sql:
        if not sql.lstrip().startswith("--"):
            yield Rendered(number, sql)
    editor.collected_sql.clear()
