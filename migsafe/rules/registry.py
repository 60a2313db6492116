"""Finds the rules: every module of this package named after a rule, `ms101_blocking_index_build`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from migsafe import rules as package
from migsafe.rules.base import MigrationRule, Rule, RunRule, StatementRule, TransactionRule


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order of their codes. Raises TypeError when a rule's module defines none."""
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("ms"))
    return tuple(_load(name) for name in names)


def _load(name: str) -> Rule:
    module = importlib.import_module(f"{package.__name__}.{name}")
    page = (module.__doc__ or "").strip()
    for value in vars(module).values():
        if isinstance(value, StatementRule | TransactionRule | MigrationRule | RunRule):
            info = value.info.replace(page=page, summary=page.split("\n", 1)[0].rstrip("."))
            return value.replace(info=info)
    raise TypeError(f"{module.__name__} defines no rule")
