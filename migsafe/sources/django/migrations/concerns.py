"""What a migration's text shows and none of its statements do: models of today's code, apps that it does not name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from migsafe.model.migration import Concern, ConcernKind
from migsafe.model.text import Span
from migsafe.sources.django.editor.setup import CONTRIB_APPS
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.state.slices import new_models, references
from migsafe.sources.interpreter import Source

_OF_FRAMEWORKS = ("django", "rest_framework")
_OF_DJANGO = frozenset(name.rpartition(".")[2] for name in CONTRIB_APPS)
_USES_OF_MODELS = ("objects", "_default_manager", "_base_manager", "all_objects")


def concerns(
    migration: ReadMigration, source: Source, known: frozenset[str], labels: frozenset[str]
) -> tuple[Concern, ...]:
    """`known` are the apps of the migrations before it; `labels` all apps of the project."""
    return (*_current_models(source), *_undeclared(migration, known, labels))


def _undeclared(migration: ReadMigration, known: frozenset[str], labels: frozenset[str]) -> Iterator[Concern]:
    """Only apps of the project: of others nothing is known."""
    seen: set[str] = set()
    relations = () if _leads_elsewhere(migration, labels) else _in_relations(migration)
    for label, place in (*_in_steps(migration), *relations):
        if label in labels and label not in known and label not in seen:
            seen.add(label)
            yield Concern(ConcernKind.UNDECLARED_APP, label, place)


def _leads_elsewhere(migration: ReadMigration, labels: frozenset[str]) -> bool:
    """Whether it comes after a migration that was not read: of another app than Django's own, which may come after
    anything."""
    return any(label not in labels and label not in _OF_DJANGO for label, _ in migration.dependencies)


def _in_steps(migration: ReadMigration) -> Iterator[tuple[str, Span]]:
    for read in migration.operations:
        for step in (*read.steps, *read.back):
            if step.model is not None and not step.after:  # all apps are migrated when that runs
                yield step.model[0], step.span


def _in_relations(migration: ReadMigration) -> Iterator[tuple[str, Span]]:
    """The apps of models that new columns, and links between models, refer to. Django cannot resolve a model that no
    migration before has made, whether the database has its table or not."""
    for read in migration.operations:
        for operation in nested(read.operation) if read.operation is not None else ():
            for model in new_models([operation], migration.app_label):
                yield from ((label, read.span) for label, _ in references(model))


def _current_models(source: Source) -> Iterator[Concern]:
    if "models" not in source.text or not _may_use(source.text):
        return
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    imported = dict(_imported(tree))
    seen: set[str] = set()
    for name, node in _used_as_models(tree):
        if name in imported and name not in seen:
            seen.add(name)
            yield Concern(ConcernKind.CURRENT_MODEL, f"{imported[name]}.{name}", source.span(node))


def _may_use(text: str) -> bool:
    """Whether it can use one: most migrations cannot, and are not parsed once more. Python takes other letters for the
    same name (PEP 3131)."""
    return not text.isascii() or any(use in text for use in _USES_OF_MODELS)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names from modules of models, with the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _holds_models(node.module or ""):
            yield from ((alias.asname or alias.name, node.module or "") for alias in node.names)


def _holds_models(module: str) -> bool:
    parts = module.split(".")
    return "models" in parts and parts[0] not in _OF_FRAMEWORKS


def _used_as_models(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """`Name.objects` in a function."""
    functions: Iterable[ast.AST] = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr in _USES_OF_MODELS and isinstance(node.value, ast.Name):
                yield node.value.id, node
