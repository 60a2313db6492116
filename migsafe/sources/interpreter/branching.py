"""Conditions that cannot be decided: both sides run, each under its guard, and what they leave is merged."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.errors import AbandonedError, RaisedError
from migsafe.sources.interpreter.frame import Escape, Frame, Signal
from migsafe.sources.interpreter.host import Site
from migsafe.sources.interpreter.journal import Changes, Journal, either, merge_items, merge_slot, put, refill
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.values import Cause, Either, Guards, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

MOST_GUARDS = 24  # conditions of one place; further ones say nothing new

_SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)


def words_of(source: Source, test: ast.expr) -> tuple[str, str]:
    """A condition and its opposite as a reader would write them."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        positive, negative = words_of(source, test.operand)
        return negative, positive
    text = source.words(test)
    return text, f"not {text}" if isinstance(test, _SIMPLE) else f"not ({text})"


def extended(guards: Guards, *further: str) -> Guards:
    """The conditions with further ones, each once."""
    new = tuple(dict.fromkeys(guard for guard in further if guard not in guards))
    return (*guards, *new)[:MOST_GUARDS] if new else guards


def under(machine: Machine, guards: Guards, work: Callable[[], object]) -> object:
    """The result of the work, done under further conditions."""
    base = machine.guards
    machine.guards = extended(base, *guards)
    try:
        return work()
    finally:
        machine.guards = base


def each(machine: Machine, value: Either, work: Callable[[object], object]) -> object:
    """What the work makes of each of the possible values."""
    results: list[tuple[Guards, object]] = []
    failed: RaisedError | None = None
    for guards, option in value.options:
        outcome = _attempt(machine, guards, lambda v=option: work(v))  # type: ignore[misc]  # a lambda's default
        if isinstance(outcome, RaisedError):
            failed = outcome
        else:
            results.append((guards, outcome))
    if results or failed is None:
        return either(results, machine.limits.options)
    if machine.tries or failed.written:
        raise failed
    machine.report(
        Reason.RAISES, Site(*machine.here, machine.entry or machine.here, machine.guards, False), failed.words
    )
    return Unknown(Cause.ERROR, failed.words)


def _attempt(machine: Machine, guards: Guards, work: Callable[[], object]) -> object:
    """What the work returns for one of several values, or the error: a value that fails is not the one that occurs."""
    depth = machine.depth
    machine.tries += 1
    try:
        return under(machine, guards, work)
    except RaisedError as error:
        machine.depth = depth
        return error
    finally:
        machine.tries -= 1


class _Side:
    """One side of a branch after it ran."""

    __slots__ = ("changes", "error", "guards", "journal", "result", "signal")

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.changes = Changes()
        self.signal: Signal | None = None
        self.error: RaisedError | AbandonedError | None = None
        self.guards: Guards = ()
        self.result: object = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing after the branch sees what this side did."""
        return self.error is not None


def _run(machine: Machine, guard: str, work: Callable[[], object]) -> _Side:
    base, depth = machine.guards, machine.depth
    journal = machine.journal = Journal(machine.journal)
    side = _Side(journal)
    machine.guards = extended(base, guard)
    machine.undecided += 1
    try:
        result = work()
        side.result = result
        side.signal = result if isinstance(result, Signal) else None
    except (RaisedError, AbandonedError) as error:
        side.error = error
        side.signal = Signal.RAISE
        machine.may_raise = True
        machine.depth = depth
    finally:
        side.guards = machine.guards
        machine.journal = journal.outer
        machine.guards = base
        machine.undecided -= 1
    side.changes = journal.undo()
    return side


def _merge(machine: Machine, first: _Side, second: _Side, guards: tuple[Guards, Guards]) -> None:
    """Put in place what both sides left behind; a side that raised left nothing."""
    for side in (first, second):
        if machine.journal is not None:
            side.journal.hand_over()
    if first.is_lost and second.is_lost:
        return
    lost = [side.is_lost for side in (first, second)]
    for place, (slots, key, before) in {**second.journal.slots, **first.journal.slots}.items():
        one = first.changes.slots.get(place, before)
        two = second.changes.slots.get(place, before)
        if lost[0] or lost[1]:
            put(slots, key, two if lost[0] else one)
        else:
            put(slots, key, merge_slot((guards[0], one), (guards[1], two), machine.limits.options))
    for number, (content, items) in {**second.journal.contents, **first.journal.contents}.items():
        left = first.changes.contents.get(number, items)
        right = second.changes.contents.get(number, items)
        if lost[0] or lost[1]:
            refill(content, right if lost[0] else left)
        else:
            refill(content, merge_items(items, (guards[0], left), (guards[1], right)))


def branch(
    machine: Machine,
    frame: Frame,
    words: tuple[str, str],
    first: Callable[[], Signal | None],
    second: Callable[[], Signal | None],
) -> Signal | None:
    """Run both sides of an undecided condition; what follows runs under the opposite of what left early."""
    base, mark = machine.guards, len(frame.escapes)
    sides = (_run(machine, words[0], first), _run(machine, words[1], second))
    _merge(machine, *sides, ((words[0],), (words[1],)))
    ends = [side.signal for side in sides]
    if all(ends):
        return _both_end(frame, *sides)
    for side in sides:
        if side.signal is not None and side.signal is not Signal.RAISE:
            frame.escapes.append(Escape(side.signal, side.guards))
    machine.guards = after_escapes(base, frame.escapes[mark:])
    return None


def _both_end(frame: Frame, first: _Side, second: _Side) -> Signal | None:
    if first.error is not None and second.error is not None:
        raise first.error
    if first.error is not None or second.error is not None:
        return (second if first.error is not None else first).signal
    if first.signal is second.signal:
        return first.signal
    strong, weak = sorted((first, second), key=lambda side: side.signal.value if side.signal else 0)
    frame.escapes.append(Escape(strong.signal or Signal.RETURN, strong.guards))
    return weak.signal


def after_escapes(base: Guards, escapes: list[Escape]) -> Guards:
    """The conditions after a block that some paths left early."""
    further = [opposite(tuple(g for g in escape.guards if g not in base)) for escape in escapes]
    return extended(base, *(words for words in further if words))


def opposite(guards: Guards) -> str:
    """The words for the case that not all of the conditions hold."""
    if len(guards) == 1:
        only = guards[0]
        if only.startswith("not (") and only.endswith(")") and only.count("(") == only.count(")") == 1:
            return only[5:-1]
        if only.startswith("not ") and " " not in only[4:]:
            return only[4:]
        return f"not {only}" if only.isidentifier() or (only.endswith(")") and " " not in only) else f"not ({only})"
    return f"not ({' and '.join(guards)})" if guards else ""


def choose(
    machine: Machine, words: tuple[str, str], first: Callable[[], object], second: Callable[[], object]
) -> object:
    """The value of an expression of which one of two sides is evaluated, it is not known which."""
    sides = (_run(machine, words[0], first), _run(machine, words[1], second))
    _merge(machine, *sides, ((words[0],), (words[1],)))
    for side, other in (sides, sides[::-1]):
        if side.error is not None:
            if other.error is not None:
                raise side.error
            return other.result
    return either([((words[0],), sides[0].result), ((words[1],), sides[1].result)], machine.limits.options)


def perhaps(machine: Machine, frame: Frame, guard: str, work: Callable[[], Signal | None]) -> Signal | None:
    """Run something that may also not run."""
    return branch(machine, frame, (guard, opposite((guard,))), work, lambda: None)


def symbolic(
    machine: Machine, frame: Frame, words: str, assigned: frozenset[str], work: Callable[[], Signal | None]
) -> None:
    """Run a loop's body once, for any number of rounds.

    What the body assigns and has a value before is unknown at its beginning: it may come from another round.
    """
    _forget(machine, frame, assigned)
    machine.loops += 1
    try:
        signal = perhaps(machine, frame, words, work)
    finally:
        machine.loops -= 1
    assert signal is None, "not running is always possible"


def _forget(machine: Machine, frame: Frame, assigned: frozenset[str]) -> None:
    for name in sorted(assigned):
        owner = frame.scope.owner(name)
        if owner is frame.scope or (owner is not None and name in frame.scope.redirected):
            machine.bind(owner.variables, name, Unknown(Cause.LOOP, name))
