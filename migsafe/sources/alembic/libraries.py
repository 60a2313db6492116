"""Alembic and SQLAlchemy, imported when they are first needed and without the plug-ins of the environment."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType

from migsafe.errors import SetupError


@lru_cache(maxsize=1)
def load() -> ModuleType:
    """Alembic itself. Raises SetupError when it is not installed.

    Alembic 1.18 and later import every installed `alembic.plugins` entry point while they are imported
    (`runtime/plugins.py`, `_setup`): code that nobody asked for. While it is imported, no entry points exist.
    """
    try:
        with no_plugins():
            import alembic
            import alembic.operations
            import alembic.runtime.migration
    except ImportError as error:
        message = f"Alembic's revisions are read with Alembic, and it cannot be imported ({error.name or error})"
        raise SetupError(message, "install it with 'pip install alembic sqlalchemy'") from error
    return alembic


@contextmanager
def no_plugins() -> Iterator[None]:
    """Make every list of entry points empty for a while."""
    real = importlib.metadata.entry_points
    importlib.metadata.entry_points = lambda **_: importlib.metadata.EntryPoints(())  # type: ignore[assignment]  # no plugins are searched
    try:
        yield
    finally:
        importlib.metadata.entry_points = real


def revision_module() -> ModuleType:
    """`alembic.script.revision`."""
    load()
    with no_plugins():
        import alembic.script.revision

    return alembic.script.revision
