"""Finds the rules: every module of this package named after a rule, `ms101_blocking_index_build`.

Importing more than a hundred modules takes longer than judging a file, and a migration needs a part of them: of the
rules about statements only those about its operations. What must be known of all rules (code, name, operations) is
therefore kept in the cache as an outline, under the state of the code, and a rule's module is imported when the rule is
first asked.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import migsafe
from migsafe import rules as package
from migsafe.cache import Cache, code_state
from migsafe.model import operations
from migsafe.model.operations import Operation
from migsafe.rules.base import Hit, MigrationRule, Rule, RuleInfo, RunRule, StatementRule, TransactionRule
from migsafe.version import __version__

_OPERATIONS: Final[dict[str, type[Operation]]] = {
    name: kind for name, kind in vars(operations).items() if isinstance(kind, type) and issubclass(kind, Operation)
}
_CODE: Final = ("rules", "model")
Outline = tuple[str, str, dict[str, str | bool], list[str]]  # module, kind, what RuleInfo has but for the page, about


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order of their codes. Raises TypeError when a rule's module defines none."""
    return tuple(_load(name) for name in _names())


def outlined(kept: Cache) -> tuple[Rule, ...]:
    """The same rules without their pages; those that the cache tells about are imported when they are first asked."""
    if not kept.keeps:
        return rules()
    known = kept.get(_key())
    if known is not None:
        return tuple(_of_outline(*each) for each in json.loads(known))
    kept.put(_key(), json.dumps([_outline(*each) for each in zip(_names(), rules(), strict=True)]))
    return rules()


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("ms")))


@cache
def _key() -> str:
    """Stands for the rules of this process, whatever becomes of its files later on."""
    state = code_state(Path(migsafe.__file__).parent, _CODE)
    return blake2b("\0".join((__version__, *_names())).encode() + state, digest_size=16).hexdigest()


@cache
def _load(name: str) -> Rule:
    module = importlib.import_module(f"{package.__name__}.{name}")
    page = (module.__doc__ or "").strip()
    for value in vars(module).values():
        if isinstance(value, StatementRule | TransactionRule | MigrationRule | RunRule):
            info = value.info.replace(page=page, summary=page.split("\n", 1)[0].rstrip("."))
            return value.replace(info=info)
    raise TypeError(f"{module.__name__} defines no rule")


def _outline(module: str, rule: Rule) -> Outline:
    info = {name: getattr(rule.info, name) for name in rule.info.fields if name != "page"}
    about = [kind.__name__ for kind in rule.about] if isinstance(rule, StatementRule) else []
    return module, type(rule).__name__, info, about


def _of_outline(module: str, kind: str, info: dict[str, str | bool], about: Iterable[str]) -> Rule:
    known, check = RuleInfo(**info), _Late(module)  # type: ignore[arg-type]  # as `_outline` took them
    match kind:
        case "StatementRule":
            return StatementRule(known, check, tuple(_OPERATIONS[name] for name in about))
        case "TransactionRule":
            return TransactionRule(known, check)
        case "MigrationRule":
            return MigrationRule(known, check)
        case _:
            return RunRule(known)


class _Late:
    """The check of a rule whose module is imported when the rule is first asked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(self, situation: object) -> Iterable[Hit]:
        rule = _load(self._module)
        assert not isinstance(rule, RunRule)
        return rule.check(situation)  # type: ignore[arg-type]  # the outline says of which kind it is
