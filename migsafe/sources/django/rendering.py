"""The SQL of one migration, as `sqlmigrate` prints it, from the project state before it.

Rendering a model class costs milliseconds, and a large project has a thousand of them: of the state only the models
are kept that the migration names, those that refer to them, and what all of these refer to. The schema editor sees
the same models as in the whole project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    """Renders the operations of one app's migration. `version` is the server's major version; `ran` is told of each
    statement at once, so that the catalog knows of it when the next operation asks."""

    def __init__(self, app_label: str, catalog: Catalog, version: int, ran: Callable[[str], None]) -> None:
        self._app_label = app_label
        self._connection = connection()
        self._connection.catalog = catalog
        self._connection.server_version = version
        self._ran = ran
        self._editor = self._new_editor()
        self._found: list[Rendered] = []
        self._failures: list[Failure] = []
        self._owners: dict[int, int] = {}  # of deferred statements: id → operation

    def forward(self, number: int, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """The next operation, from one state to the other."""
        self._run(number, lambda: operation.database_forwards(self._app_label, self._editor, before, after))

    def backward(self, number: int, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """The same operation undone."""
        self._run(number, lambda: operation.database_backwards(self._app_label, self._editor, after, before))

    def fail(self, number: int, reason: str) -> None:
        self._failures.append(Failure(number, reason))

    def result(self) -> Rendering:
        """All that is sent, with what is deferred to the end of the migration."""
        for one in self._editor.deferred_sql:
            rendered = Rendered(self._owners.get(id(one), 0), f"{one};", deferred=True)
            self._found.append(rendered)
            self._ran(rendered.sql)
        return Rendering(statements=tuple(self._found), failures=tuple(self._failures))

    def _run(self, number: int, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be wrong with it
            self.fail(number, f"{type(error).__name__}: {error}")
        for rendered in list(_collected(self._editor, number)):
            self._found.append(rendered)
            self._ran(rendered.sql)
        for deferred in self._editor.deferred_sql:
            self._owners.setdefault(id(deferred), number)

    def create(self, state: ProjectState, keys: Iterable[ModelKey]) -> tuple[str, ...]:
        """The statements that would create the tables of models as the state has them, foreign keys last."""
        editor = self._new_editor()
        apps = state.apps
        for key in keys:
            model = apps.get_model(*key)
            if model._meta.managed and not model._meta.proxy and not model._meta.swapped:  # noqa: SLF001
                editor.create_model(model)
        return (*editor.collected_sql, *(f"{one};" for one in editor.deferred_sql))

    def _new_editor(self) -> BaseDatabaseSchemaEditor:
        editor = self._connection.schema_editor(collect_sql=True, atomic=False)
        editor.deferred_sql = []  # what its __enter__ does besides opening a transaction
        return editor


def _collected(editor: BaseDatabaseSchemaEditor, number: int) -> Iterator[Rendered]:
    """The statements since the last operation. Comments that Django puts between them are no statements."""
    for sql in editor.collected_sql:
        if not sql.lstrip().startswith("--"):
            yield Rendered(number, sql)
    editor.collected_sql.clear()
