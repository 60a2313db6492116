"""The files that register handlers; importing one registers its operations."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

_NO_HANDLERS = {"__init__", "families", "builder", "dispatch", "settings"}
_loaded = False


def load_families() -> None:
    """Import every file of this folder once, so that a new family is a new file and nothing else."""
    global _loaded  # noqa: PLW0603 - importing is process-wide, and so is this note of it
    if _loaded:
        return
    import migsafe.effects.postgresql as folder

    for module in iter_modules(folder.__path__):
        if module.name not in _NO_HANDLERS:
            import_module(f"{folder.__name__}.{module.name}")
    _loaded = True
