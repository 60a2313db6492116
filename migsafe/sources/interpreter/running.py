"""Running a module's top level and its functions; what stops an evaluation ends here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import (  # noqa: F401  # they register themselves
    assignment,
    calls,
    classes,
    comprehensions,
    containers,
    expressions,
    functions,
    handlers,
    imports,
    loops,
    patterns,
    statements,
    texts,
)
from migsafe.sources.interpreter.errors import AbandonedError, RaisedError
from migsafe.sources.interpreter.host import Site
from migsafe.sources.interpreter.journal import Journal
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.result import Reason, Result, Unresolved
from migsafe.sources.interpreter.source import UnreadableError
from migsafe.sources.interpreter.values import CONTAINERS, Guards, Unknown, items_of

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_RECURSION = 4_000  # frames of Python; evaluating one nested expression takes about three


def _name(path: str) -> str:
    """`__name__` of a file that a tool loads by its path: Alembic makes it of the file's name (util/pyfiles.py)."""
    return "".join(c if c.isalnum() or c == "_" else "_" for c in path.rpartition("/")[2])


def run_module(machine: Machine) -> Result:
    """Read and evaluate the analysed file's top level."""
    try:
        module = imports.read(machine, machine.source, _name(machine.source.path))
    except UnreadableError as error:
        return _unreadable(machine, error)
    machine.main = module
    raised = _bounded(machine, lambda: imports.run_top_level(machine, module))[1]
    return machine.result(returned=None, raised=raised, entry=None)


def run_entry(
    machine: Machine, name: str, function: object, args: tuple[object, ...], kwargs: dict[str, object]
) -> Result:
    """Evaluate a call of a function from outside. The module's own state is afterwards as it was before."""
    from migsafe.sources.interpreter.functions import call_from_outside

    kept = _reachable(machine)
    journal = machine.journal = Journal(None)
    returned, raised = _bounded(machine, lambda: call_from_outside(machine, function, args, kwargs))
    result = machine.result(returned=returned, raised=raised, entry=name)
    journal.slots = {place: entry for place, entry in journal.slots.items() if place[0] in kept}
    journal.contents = {place: entry for place, entry in journal.contents.items() if place in kept}
    journal.undo()
    machine.journal = None
    return result


def _bounded(machine: Machine, work: Callable[[], object]) -> tuple[object, str | None]:
    """What the work returns, and the words of what it raises. Stops at the limits, with a report."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        return work(), None
    except RaisedError as error:
        if not error.written:
            machine.here = error.place
            _report(machine, Reason.RAISES, error.words)
        return None, error.words
    except AbandonedError:
        return None, None
    except BudgetExceededError as error:
        _report(machine, Reason.BUDGET_EXCEEDED, error.what)
    except (RecursionError, MemoryError) as error:
        _report(machine, Reason.BUDGET_EXCEEDED, f"evaluation nests too deep ({type(error).__name__})")
    except Exception as error:  # noqa: BLE001  # a mistake of ours is a reported place, never a lost run
        _report(machine, Reason.CRASHED, f"{type(error).__name__} while evaluating this")
    finally:
        sys.setrecursionlimit(before)
        machine.guards = ()
    return None, None


def _report(machine: Machine, reason: Reason, detail: str) -> None:
    source, node = machine.here
    guards: Guards = machine.guards
    place = (source, node)
    machine.report(reason, Site(source, node, machine.entry or place, guards, machine.loops > 0), detail)


def _unreadable(machine: Machine, error: UnreadableError) -> Result:
    found = Unresolved(
        reason=error.reason,
        path=machine.source.path,
        span=error.span,
        origin=error.span,
        text="",
        detail=error.message,
    )
    machine.unresolved.append(found)
    return machine.result(returned=None, raised=None, entry=None)


def _reachable(machine: Machine) -> set[int]:
    """The identities of the module's own variables and of the containers in them."""
    from migsafe.sources.interpreter.values_defined import Class, Instance

    scopes = [module.scope.variables for module in machine.modules.values() if module is not None]
    found = {id(variables) for variables in scopes}
    waiting = [value for variables in scopes for value in variables.values()]
    while waiting:
        value = waiting.pop()
        own: dict[str, object] | None = None
        if isinstance(value, (Class, Instance)):
            own = value.namespace if isinstance(value, Class) else value.attributes
        if isinstance(value, Unknown) or (type(value) not in CONTAINERS and own is None):
            continue
        place = id(value) if own is None else id(own)
        if place not in found:
            found.add(place)
            waiting += items_of(value) if own is None else list(own.values())
    return found


__all__ = ["ast", "run_entry", "run_module"]
