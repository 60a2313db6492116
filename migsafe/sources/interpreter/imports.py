"""Imports: from the front end's list, imitations of the standard library, or files of the project, as text."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import stdlib
from migsafe.sources.interpreter.dispatch import executes
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.source import Source, UnreadableError, parse
from migsafe.sources.interpreter.values import Cause, Maybe, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Module, ModuleRef

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


def read(machine: Machine, source: Source, name: str) -> Module:
    """Parse a file and take it in. Raises UnreadableError."""
    module = Module(name, source, parse(source, machine.limits))
    machine.modules[source.path] = module
    return module


def run_top_level(machine: Machine, module: Module) -> None:
    machine.block(module.tree.body, Frame(module.scope, module))


def load(machine: Machine, source: Source, name: str) -> Module | None:
    """The module of another file, evaluated at its first import; None when it cannot be read."""
    if source.path in machine.modules:
        return machine.modules[source.path]
    if len(machine.modules) >= machine.limits.modules:
        return None
    try:
        module = read(machine, source, name)
    except UnreadableError:
        machine.modules[source.path] = None
        return None
    _run_apart(machine, module)
    return module


def _run_apart(machine: Machine, module: Module) -> None:
    """Run a top level for which the conditions and branches around the import mean nothing."""
    kept = (machine.guards, machine.loops, machine.tries, machine.journal, machine.statement, machine.here)
    machine.guards, machine.loops, machine.tries, machine.journal = (), 0, 0, None
    machine.importing += 1
    machine.depth += 1
    try:
        run_top_level(machine, module)
    finally:
        machine.importing -= 1
        machine.depth -= 1
        machine.guards, machine.loops, machine.tries, machine.journal, machine.statement, machine.here = kept


@executes(ast.Import)
def import_(machine: Machine, node: ast.Import, frame: Frame) -> Signal | None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.split(".")[0]
        _note_unknown(machine, alias.name, frame.module.source)
        bound = alias.asname or name
        machine.bind(frame.scope.target(bound).variables, bound, ModuleRef(name, frame.module.source))
    return None


@executes(ast.ImportFrom)
def import_from(machine: Machine, node: ast.ImportFrom, frame: Frame) -> Signal | None:
    module = node.module or ""
    importer = frame.module.source
    if not node.level:
        _note_unknown(machine, module, importer)
    for alias in node.names:
        if alias.name == "*":
            _import_all(machine, frame, module, node.level)
            continue
        value = _imported(machine, module, node.level, alias.name, importer)
        name = alias.asname or alias.name
        machine.bind(frame.scope.target(name).variables, name, value)
    return None


def _note_unknown(machine: Machine, module: str, importer: Source) -> None:
    """An import that is not on a list may fail: handlers around it may run."""
    if module not in machine.domain.modules and module not in stdlib.MODULES:
        machine.may_raise = machine.may_raise or machine.siblings(module, 0, importer.path) is None


def _imported(machine: Machine, module: str, level: int, name: str, importer: Source) -> object:
    if not level:
        found = from_lists(machine, module, name, importer)
        if found is not MISSING:
            return found
    found = _from_file(machine, module, level, name, importer)
    if found is not MISSING:
        return found
    here = machine.modules.get(importer.path)
    home = _absolute(here, module, level) if here is not None and here is not machine.main else module
    dots = "." * level if home == module else ""
    return Unknown(Cause.IMPORT, f"{dots}{home}.{name}" if home else f"{dots}{name}")


def from_lists(machine: Machine, module: str, name: str, importer: Source) -> object:
    """The front end's value of the name, or the standard library's, or a module of that name."""
    value = machine.domain.resolve(module, name)
    if value is not None:
        return value
    inner = f"{module}.{name}"
    if inner in machine.domain.modules:
        return ModuleRef(inner, importer)
    return stdlib.resolve(module, name, importer)


def _from_file(machine: Machine, module: str, level: int, name: str, importer: Source) -> object:
    source = machine.siblings(module, level, importer.path) if module or level else None
    if source is not None:
        loaded = machine.load(source, module)
        if loaded is None:
            return MISSING
        found = loaded.scope.variables.get(name, MISSING)
        if found is not MISSING:
            return found.value if isinstance(found, Maybe) else found
    inner = f"{module}.{name}" if module else name
    below = machine.siblings(inner, level, importer.path)
    loaded = machine.load(below, inner) if below is not None else None
    return MISSING if loaded is None else loaded


def module_attribute(machine: Machine, ref: ModuleRef, name: str) -> object:
    """`module.name`."""
    found = from_lists(machine, ref.name, name, ref.importer)
    if found is MISSING:
        found = _from_file(machine, ref.name, 0, name, ref.importer)
    if found is not MISSING:
        return found
    if _is_package(machine, f"{ref.name}.{name}"):
        return ModuleRef(f"{ref.name}.{name}", ref.importer)
    return Unknown(Cause.IMPORT, f"{ref.name}.{name}")


def of_module(machine: Machine, module: Module, name: str) -> object:
    """An attribute of a file that was read: one of its names, or a file below it."""
    found = module.scope.variables.get(name, MISSING)
    if found is not MISSING or machine.main is None or not module.source.path.endswith("__init__.py"):
        return found
    inner = f"{module.name}.{name}"
    below = machine.siblings(inner, 0, machine.main.source.path)
    loaded = machine.load(below, inner) if below is not None else None
    return MISSING if loaded is None else loaded


def _is_package(machine: Machine, name: str) -> bool:
    return name in _packages(machine.domain.modules) or name in _packages(stdlib.MODULES)


@cache
def _packages(modules: frozenset[str]) -> frozenset[str]:
    """What stands before some dot of these names."""
    parts = (module.split(".") for module in modules)
    return frozenset(".".join(each[:end]) for each in parts for end in range(1, len(each)))


def _import_all(machine: Machine, frame: Frame, module: str, level: int) -> None:
    source = machine.siblings(module, level, frame.module.source.path)
    known = module in machine.domain.modules and not level
    loaded = machine.load(source, module) if source is not None and not known else None
    if loaded is None:
        frame.module.stars.append(_absolute(frame.module, module, level))
        return
    listed = loaded.scope.variables.get("__all__")
    names = (
        listed if isinstance(listed, (list, tuple)) else [n for n in loaded.scope.variables if not n.startswith("_")]
    )
    for name in names:
        if isinstance(name, str) and name in loaded.scope.variables:
            machine.bind(frame.scope.variables, name, loaded.scope.variables[name])
    frame.module.stars += loaded.stars


def _absolute(importer: Module, module: str, level: int) -> str:
    """The module's name from the root (importlib._bootstrap, _resolve_name); as written where that is not known."""
    parts = importer.name.split(".")
    up = level - importer.source.path.endswith("__init__.py")
    if not level or up > len(parts):
        return module
    kept = parts[: len(parts) - up]
    return ".".join((*kept, module) if module else kept)


def from_stars(machine: Machine, module: Module, name: str) -> object | None:
    """A name that `from module import *` may have bound."""
    if not module.stars or name.startswith("_"):
        return None
    for starred in module.stars:
        found = from_lists(machine, starred, name, module.source)
        if found is not MISSING:
            return found
    return None
