"""django-postgres-extra: partitions, views, operations for the state alone (backend/migrations/operations, 3.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import SeparateDatabaseAndState

from migsafe.sources.django.reading.libraries.base import OnTable, literal, quoted, send
from migsafe.sources.interpreter import HostKind, HostObject

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import Field, Model


class ApplyState(SeparateDatabaseAndState):
    """An operation that changes the state and no table."""

    reduces_to_sql: ClassVar[bool] = False

    def __init__(self, state_operation: Operation) -> None:
        super().__init__(database_operations=[], state_operations=[state_operation])


class CreatePartitioned(migrations.CreateModel):
    """A partitioned table: Django's CREATE TABLE whose primary key has the partition key in it (schema.py,
    `create_partitioned_model`)."""

    def __init__(  # noqa: PLR0917  # the library's signature
        self,
        name: str,
        fields: Sequence[tuple[str, Field]],
        options: Mapping[str, object] | None = None,
        partitioning_options: Mapping[str, object] | None = None,
        bases: tuple[str | type[Model], ...] | None = None,
        managers: Sequence[object] | None = None,  # noqa: ARG002  # likewise
    ) -> None:
        super().__init__(name, fields, options, bases)
        self.partitioning_options = partitioning_options or {}

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        model: Any = to_state.apps.get_model(app_label, self.name)
        sql, params = schema_editor.table_sql(model)
        method, keys = self.partitioning_options.get("method"), self.partitioning_options.get("key")
        if not isinstance(method, str) or not isinstance(keys, (list, tuple)):
            raise ValueError("the partition key is not known")
        names = dict.fromkeys((model._meta.pk.name, *keys))  # noqa: SLF001  # the documented API of models
        whole = f"{sql.replace(' PRIMARY KEY', '', 1)[:-1]}, PRIMARY KEY ({', '.join(map(quoted, names))}))"
        by = ", ".join(map(quoted, keys))
        schema_editor.execute(f"{whole} PARTITION BY {method.upper()} ({by})", params or None)


class Partition(OnTable):
    """A partition's table is `<table>_<name>` (schema.py, `create_partition_table_name`)."""

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def bounds(self) -> str:
        """What the partition holds, as CREATE TABLE says it."""
        return "DEFAULT"

    def forwards(self, model: type[Model]) -> str:
        table = model._meta.db_table  # noqa: SLF001  # the documented API of models
        return f"CREATE TABLE {self._own(table)} PARTITION OF {quoted(table)} {self.bounds()}"

    def backwards(self, model: type[Model]) -> str:
        return f"DROP TABLE {self._own(model._meta.db_table)}"  # noqa: SLF001  # likewise

    def _own(self, table: str) -> str:
        return quoted(f"{table.lower()}_{self.name.lower()}")


class RangePartition(Partition):
    """From one value up to, and without, another."""

    def __init__(self, model_name: str, name: str, from_values: object, to_values: object) -> None:
        super().__init__(model_name, name)
        self.from_values = from_values
        self.to_values = to_values

    def bounds(self) -> str:
        return f"FOR VALUES FROM ({_values(self.from_values)}) TO ({_values(self.to_values)})"


class ListPartition(Partition):
    """Of some values."""

    def __init__(self, model_name: str, name: str, values: Sequence[object]) -> None:
        super().__init__(model_name, name)
        self.values = values

    def bounds(self) -> str:
        return f"FOR VALUES IN ({_values(self.values)})"


class HashPartition(Partition):
    """Of the rows whose key has a remainder."""

    def __init__(self, model_name: str, name: str, modulus: int, remainder: int) -> None:
        super().__init__(model_name, name)
        self.modulus = modulus
        self.remainder = remainder

    def bounds(self) -> str:
        return f"FOR VALUES WITH (MODULUS {self.modulus}, REMAINDER {self.remainder})"


class DeletePartition(Partition):
    """Drops the partition's table. What it held is not known here, so there is no way back."""

    reversible: ClassVar[bool] = False

    def forwards(self, model: type[Model]) -> str:
        return super().backwards(model)

    def backwards(self, model: type[Model]) -> str:
        raise NotImplementedError


def _values(values: object) -> str:
    if isinstance(values, (list, tuple)):
        return ", ".join(map(literal, values))
    return literal(values)


class DeleteView(migrations.DeleteModel):
    """Drops a view that the state has as a model."""

    kind = "VIEW IF EXISTS"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # Django's signature
    ) -> None:
        view = from_state.apps.get_model(app_label, self.name)._meta.db_table  # noqa: SLF001  # documented API
        send(schema_editor, f"DROP {self.kind} {quoted(view)}")

    reversible: ClassVar[bool] = False


class DeleteMaterializedView(DeleteView):
    """Likewise."""

    kind = "MATERIALIZED VIEW"


_HOME: Final = "psqlextra.backend.migrations.operations"
_OPERATIONS: Final[dict[str, tuple[str, type[Operation]]]] = {
    "ApplyState": ("apply_state", ApplyState),
    "PostgresCreatePartitionedModel": ("create_partitioned_model", CreatePartitioned),
    "PostgresAddDefaultPartition": ("add_default_partition", Partition),
    "PostgresAddRangePartition": ("add_range_partition", RangePartition),
    "PostgresAddListPartition": ("add_list_partition", ListPartition),
    "PostgresAddHashPartition": ("add_hash_partition", HashPartition),
    "PostgresDeletePartition": ("delete_partition", DeletePartition),
    "PostgresDeleteDefaultPartition": ("delete_default_partition", DeletePartition),
    "PostgresDeleteRangePartition": ("delete_range_partition", DeletePartition),
    "PostgresDeleteListPartition": ("delete_list_partition", DeletePartition),
    "PostgresDeleteHashPartition": ("delete_hash_partition", DeletePartition),
    "PostgresDeletePartitionedModel": ("delete_partitioned_model", migrations.DeleteModel),
    "PostgresDeleteViewModel": ("delete_view_model", DeleteView),
    "PostgresDeleteMaterializedViewModel": ("delete_materialized_view_model", DeleteMaterializedView),
}
_METHODS: Final = HostKind(
    name="PostgresPartitioningMethod",
    attributes={"RANGE": lambda _: "range", "LIST": lambda _: "list", "HASH": lambda _: "hash"},
)
NAMES: Final[dict[str, object]] = {
    "psqlextra.types.PostgresPartitioningMethod": HostObject(_METHODS),
    **{f"{home}.{name}": kind for name, (module, kind) in _OPERATIONS.items() for home in (_HOME, f"{_HOME}.{module}")},
}
