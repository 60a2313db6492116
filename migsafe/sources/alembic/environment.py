"""What `env.py` tells, read as text: nothing of it is run.

It is a program, so that only what it states plainly is taken: keywords of `configure`, timeouts in strings, and a
naming convention in it or in a module that it imports.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from migsafe.model.migration import TransactionScope
from migsafe.model.record import KeywordRecord
from migsafe.sources.tree import Tree

_LIMIT: Final = 1_000_000  # bytes
_MODULES: Final = 24  # files that are looked at for a naming convention
_TIMEOUT: Final = re.compile(r"lock_timeout\s*(?:=|to|\s)\s*'?\\?\s*([0-9]+\s*[a-z]*)", re.IGNORECASE)


class Facts(KeywordRecord):
    """`scope` is a TransactionScope; `lock_timeout` as it is written, empty when none is set."""

    scope: str = TransactionScope.GROUP.value
    lock_timeout: str = ""
    version_table: str = "alembic_version"
    naming_convention: Mapping[str, str] = {}


def read_environment(tree: Tree, path: str | None, folders: Sequence[str]) -> Facts:
    """The facts of an `env.py`; Alembic's defaults when there is none or it cannot be read."""
    text = tree.text(path, _LIMIT) if path is not None else ""
    module = _parsed(text)
    if module is None:
        return Facts()
    keywords = dict(_configured(module))
    timeout = _TIMEOUT.search(_without_comments(text))
    return Facts(
        scope=_scope(keywords),
        lock_timeout=timeout[1].strip() if timeout else "",
        version_table=_text(keywords.get("version_table")) or "alembic_version",
        naming_convention=_naming_convention(tree, module, folders),
    )


def _parsed(text: str) -> ast.Module | None:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff")) if text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))


def _configured(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "configure":
            yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg is not None)


def _scope(keywords: Mapping[str, ast.expr]) -> str:
    if _is(keywords.get("transactional_ddl"), False):
        return TransactionScope.NONE.value
    each = _is(keywords.get("transaction_per_migration"), True)
    return TransactionScope.FILE.value if each else TransactionScope.GROUP.value


def _is(value: ast.expr | None, wanted: bool) -> bool:
    return isinstance(value, ast.Constant) and value.value is wanted


def _text(value: ast.expr | None) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _naming_convention(tree: Tree, env: ast.Module, folders: Sequence[str]) -> dict[str, str]:
    """The convention that is stated nearest to `env.py`: in it, in a module that it imports, or one further."""
    waiting = [env]
    seen: set[str] = set()
    for depth in range(3):
        for module in waiting:
            found = _stated(module)
            if found:
                return found
        if depth == 2:
            break
        paths = [path for module in waiting for path in _imported(tree, module, folders) if path not in seen]
        paths = list(dict.fromkeys(paths))[: _MODULES - len(seen)]
        seen.update(paths)
        texts = [tree.text(path, _LIMIT) for path in paths]
        waiting = [module for module in map(_parsed, texts) if module is not None]
    return {}


def _stated(module: ast.Module) -> dict[str, str]:
    """`MetaData(naming_convention={…})`, also through a name."""
    known = {
        target.id: node.value
        for node in module.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "naming_convention":
            value = known.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.Dict):
                return _strings(value)
    return {}


def _strings(value: ast.Dict) -> dict[str, str]:
    pairs = [(_text(key), _text(item)) for key, item in zip(value.keys, value.values, strict=True)]
    return {key: item for key, item in pairs if key and item}


def _imported(tree: Tree, module: ast.Module, folders: Sequence[str]) -> Iterator[str]:
    for node in ast.walk(module):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            for folder in folders:
                path = f"{folder}/{name.replace('.', '/')}" if folder else name.replace(".", "/")
                yield from (file for file in (f"{path}.py", f"{path}/__init__.py") if tree.has_file(file))
