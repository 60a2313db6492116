"""Settings of a project, read as text: the models that stand for swappable ones, lengths, folders of migrations.

Settings are programs, and another machine may have others. Only constants are taken that all files of settings agree
on, and none that decides what runs: a condition on a setting stays open.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.discovery.session_limits import stated_limits
from migsafe.sources.tree import Tree, join

_LONGEST: Final = 262_144
_CONSTANT: Final = re.compile(
    r"^[ \t]*((?:[A-Z][A-Z0-9_]*[ \t]*=[ \t]*)*)([A-Z][A-Z0-9_]*)\s*(?::\s*\w+\s*)?="
    r"\s*(?:([\"'])([\w.]+)\3|(\d{1,9}))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_OF_TESTS: Final = frozenset(("test", "tests", "testing", "test_project", "testproject"))
_USER: Final = "AUTH_USER_MODEL"
AUTO_FIELD: Final = "DEFAULT_AUTO_FIELD"
ENGINE: Final = "DATABASES ENGINE"
"""A database engine for PostgreSQL that is neither Django's own nor one that only counts or pools connections."""
_ENGINE: Final = re.compile(r"""["']ENGINE["']\]?\s*[:=]\s*["']([\w.]+)["']""")
_SAME_SQL: Final = (
    *("django.", "django_prometheus.", "dj_db_conn_pool.", "django_db_geventpool.", "django_postgrespool"),
    *("ddtrace.", "aiven.", "django_iam_dbauth.", "django_tenants."),
)
_DEFAULTS: Final[Mapping[str, object]] = {
    # What the libraries take when the project says nothing: django-oauth-toolkit (oauth2_provider/settings.py).
    "AUTH_USER_MODEL": "auth.User",
    "OAUTH2_PROVIDER_APPLICATION_MODEL": "oauth2_provider.Application",
    "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL": "oauth2_provider.AccessToken",
    "OAUTH2_PROVIDER_ID_TOKEN_MODEL": "oauth2_provider.IDToken",
    "OAUTH2_PROVIDER_GRANT_MODEL": "oauth2_provider.Grant",
    "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": "oauth2_provider.RefreshToken",
}


class StatedSettings(KeywordRecord):
    """`values` by name; `migration_modules` from an app's label to the dotted name of its package of migrations."""

    values: Mapping[str, object] = _DEFAULTS
    migration_modules: Mapping[str, str] = {}


def stated_settings(tree: Tree, start: str = "") -> StatedSettings:
    """What the files of settings below a folder state."""
    found: dict[str, object] = {}
    clashing: set[str] = set()
    modules: dict[str, str] = {}
    texts = {path: tree.text(path, _LONGEST) for path in _files(tree, start)}
    for text in texts.values():
        for name, value in _constants(text):
            if found.setdefault(name, value) != value and name != _USER:
                clashing.add(name)
        modules = {**dict(_migration_modules(text)), **modules}
    kept = {name: value for name, value in found.items() if name not in clashing} | stated_limits(texts)
    return StatedSettings(values={**_DEFAULTS, **kept}, migration_modules=modules)


def _files(tree: Tree, start: str) -> Iterator[str]:
    """Those of tests state what tests need: another user model, for example."""
    for folder in tree.folders(start):
        if not _OF_TESTS.isdisjoint(folder.split("/")):
            continue
        for name in tree.entries(folder).files:
            if name.endswith(".py") and ("settings" in name or _holds_settings(folder)):
                yield join(folder, name)


def _holds_settings(folder: str) -> bool:
    return "settings" in folder or "config" in folder or "conf" in folder.split("/")


def _constants(text: str) -> Iterator[tuple[str, object]]:
    """Models by name, the class of keys that nothing states, whole numbers, and the database's engine."""
    for before, last, _, words, number in _CONSTANT.findall(text):
        for name in (*before.replace("=", " ").split(), last):  # `SOCIAL_AUTH_USER_MODEL = AUTH_USER_MODEL = "…"`
            if number:
                yield name, int(number)
            elif name == AUTO_FIELD or (name.endswith("_MODEL") and words.count(".") == 1):
                yield name, words
    for engine in _ENGINE.findall(text):
        if ("postg" in engine or engine == "psqlextra.backend") and not engine.startswith(_SAME_SQL):
            yield ENGINE, engine


def _migration_modules(text: str) -> Iterator[tuple[str, str]]:
    if "MIGRATION_MODULES" not in text:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(map(_is_migration_modules, statement.targets)):
            yield from _pairs(statement.value)


def _is_migration_modules(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "MIGRATION_MODULES"


def _pairs(value: ast.expr) -> Iterator[tuple[str, str]]:
    for key, item in zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(item, ast.Constant):
            label, module = key.value, item.value
            if isinstance(label, str) and isinstance(module, str):
                yield label, module


def packed(values: Mapping[str, object]) -> str:
    """The values as one text, which `unpacked` reads."""
    return repr(sorted(values.items()))


def unpacked(text: str) -> Mapping[str, object]:
    return dict(ast.literal_eval(text)) if text else _DEFAULTS
