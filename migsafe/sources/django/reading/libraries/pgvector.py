"""pgvector: its extension (django/extensions.py, 0.5)."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.operations import CreateExtension


class VectorExtension(CreateExtension):
    """CREATE EXTENSION vector."""

    def __init__(self, hints: object = None) -> None:  # noqa: ARG002  # the library's signature
        super().__init__("vector")


NAMES: Final = {
    "pgvector.django.VectorExtension": VectorExtension,
    "pgvector.django.extensions.VectorExtension": VectorExtension,
}
