"""pgvector: its extension and its indexes (django/extensions.py, django/indexes.py, 0.5)."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.indexes import PostgresIndex
from django.contrib.postgres.operations import CreateExtension

from migsafe.sources.django.reading.libraries.base import Built


class VectorExtension(CreateExtension):
    """CREATE EXTENSION vector."""

    def __init__(self, hints: object = None) -> None:  # noqa: ARG002  # the library's signature
        super().__init__("vector")


class _WithParameters(PostgresIndex):
    """`parameters` are the names of the index's storage parameters, in the library's order."""

    parameters: tuple[str, ...] = ()

    def __init__(self, *expressions: object, **options: object) -> None:
        self.stated = {name: options.pop(name, None) for name in self.parameters}
        super().__init__(*expressions, **options)

    def deconstruct(self) -> tuple[str, tuple[object, ...], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, **{name: value for name, value in self.stated.items() if value is not None}}

    def get_with_params(self) -> list[str]:
        return [f"{name} = {value}" for name, value in self.stated.items() if value is not None]


class IvfflatIndex(_WithParameters):
    """USING ivfflat."""

    suffix = "ivfflat"
    parameters = ("lists",)


class HnswIndex(_WithParameters):
    """USING hnsw."""

    suffix = "hnsw"
    parameters = ("m", "ef_construction")


_HOMES: Final = ("pgvector.django", "pgvector.django.indexes")
NAMES: Final = {
    "pgvector.django.VectorExtension": VectorExtension,
    "pgvector.django.extensions.VectorExtension": VectorExtension,
    **{f"{home}.{kind.__name__}": Built(kind) for home in _HOMES for kind in (IvfflatIndex, HnswIndex)},
}
