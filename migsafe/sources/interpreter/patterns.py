"""`match`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.assignment import bind
from migsafe.sources.interpreter.branching import branch, opposite
from migsafe.sources.interpreter.dispatch import executes
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.truth import equal, truth
from migsafe.sources.interpreter.values import CONTAINERS, PLAIN, SCALARS, Cause, Maybe, Rest
from migsafe.sources.interpreter.values_defined import Builtin, Class, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@executes(ast.Match)
def match(machine: Machine, node: ast.Match, frame: Frame) -> Signal | None:
    return _cases(machine, node, frame, machine.evaluate(node.subject, frame), 0)


def _cases(machine: Machine, node: ast.Match, frame: Frame, subject: object, number: int) -> Signal | None:
    if number == len(node.cases):
        return None
    case = node.cases[number]
    fits = fit(machine, frame, case.pattern, subject)
    if fits is not False and case.guard is not None:
        holds = truth(machine, machine.evaluate(case.guard, frame))
        fits = False if holds is False else fits if holds else None
    if fits is None:
        words = f"{frame.module.source.words(node.subject)} matches {frame.module.source.words(case.pattern)}"
        return branch(
            machine,
            frame,
            (words, opposite((words,))),
            lambda: machine.block(case.body, frame),
            lambda: _cases(machine, node, frame, subject, number + 1),
        )
    if not fits:
        machine.trace.dead.update(case.body)
        return _cases(machine, node, frame, subject, number + 1)
    for other in node.cases[number + 1 :]:
        machine.trace.dead.update(other.body)
    return machine.block(case.body, frame)


def fit(machine: Machine, frame: Frame, pattern: ast.pattern, subject: object) -> bool | None:
    """Whether the pattern matches, if that is known; its names are bound on the way."""
    if isinstance(pattern, (ast.MatchValue, ast.MatchSingleton)):
        return _fit_value(machine, frame, pattern, subject)
    if isinstance(pattern, ast.MatchOr):
        return _any(fit(machine, frame, part, subject) for part in pattern.patterns)
    if isinstance(pattern, ast.MatchAs):
        return _fit_as(machine, frame, pattern, subject)
    if isinstance(pattern, ast.MatchSequence):
        return _fit_sequence(machine, frame, pattern, subject)
    if isinstance(pattern, ast.MatchMapping):
        return _fit_mapping(machine, frame, pattern, subject)
    if isinstance(pattern, ast.MatchClass):
        return _fit_class(machine, frame, pattern, subject)
    _bind_unknown(machine, frame, pattern)
    return None


def _fit_value(
    machine: Machine, frame: Frame, pattern: ast.MatchValue | ast.MatchSingleton, subject: object
) -> bool | None:
    if isinstance(pattern, ast.MatchValue):
        return equal(machine, subject, machine.evaluate(pattern.value, frame))
    return subject is pattern.value if type(subject) in PLAIN else None


def _any(answers: object) -> bool | None:
    assert hasattr(answers, "__iter__")
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        found = None if answer is None else found
    return found


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _fit_as(machine: Machine, frame: Frame, pattern: ast.MatchAs, subject: object) -> bool | None:
    found = True if pattern.pattern is None else fit(machine, frame, pattern.pattern, subject)
    if pattern.name is not None and found is not False:
        machine.bind(frame.scope.target(pattern.name).variables, pattern.name, subject)
    return found


def _fit_sequence(machine: Machine, frame: Frame, pattern: ast.MatchSequence, subject: object) -> bool | None:
    if not isinstance(subject, (list, tuple)) or any(isinstance(item, (Maybe, Rest)) for item in subject):
        _bind_unknown(machine, frame, pattern)
        return False if type(subject) in SCALARS or isinstance(subject, (dict, set)) else None
    star = next((n for n, part in enumerate(pattern.patterns) if isinstance(part, ast.MatchStar)), None)
    wanted = len(pattern.patterns)
    if len(subject) < wanted - 1 if star is not None else len(subject) != wanted:
        return False
    items: list[object] = list(subject)
    if star is not None:
        behind = len(items) - (wanted - star - 1)
        name = getattr(pattern.patterns[star], "name", None)
        if name is not None:
            machine.bind(frame.scope.target(name).variables, name, items[star:behind])
        items = [*items[:star], None, *items[behind:]]
    pairs = [(p, i) for n, (p, i) in enumerate(zip(pattern.patterns, items, strict=True)) if n != star]
    return _all([fit(machine, frame, part, item) for part, item in pairs])


def _fit_mapping(machine: Machine, frame: Frame, pattern: ast.MatchMapping, subject: object) -> bool | None:
    if not isinstance(subject, dict):
        _bind_unknown(machine, frame, pattern)
        return False if type(subject) in PLAIN else None
    answers: list[bool | None] = []
    keys = [machine.evaluate(key, frame) for key in pattern.keys]
    for key, part in zip(keys, pattern.patterns, strict=True):
        found = subject.get(key, subject) if type(key) in SCALARS else subject
        answers.append(False if found is subject else fit(machine, frame, part, found))
    if pattern.rest is not None:
        rest = {key: value for key, value in subject.items() if key not in keys}
        machine.bind(frame.scope.target(pattern.rest).variables, pattern.rest, rest)
    return _all(answers)


def _fit_class(machine: Machine, frame: Frame, pattern: ast.MatchClass, subject: object) -> bool | None:
    from migsafe.sources.interpreter.pyfunctions import is_instance

    wanted = machine.evaluate(pattern.cls, frame)
    found = is_instance(subject, wanted)
    if not found or not (pattern.patterns or pattern.kwd_patterns):
        return found
    if isinstance(wanted, Builtin) and len(pattern.patterns) == 1 and type(subject) in SCALARS | CONTAINERS:
        return fit(machine, frame, pattern.patterns[0], subject)
    if isinstance(wanted, Class) and isinstance(subject, Instance) and not pattern.patterns:
        pairs = zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)
        return _all([fit(machine, frame, p, subject.attributes.get(n)) for n, p in pairs])
    _bind_unknown(machine, frame, pattern)
    return None


def _bind_unknown(machine: Machine, frame: Frame, pattern: ast.pattern) -> None:
    """The names of a pattern of which it is not known what they get."""
    for part in ast.walk(pattern):
        name = getattr(part, "name", None) or getattr(part, "rest", None)
        if isinstance(name, str):
            machine.bind(frame.scope.target(name).variables, name, machine.unknown(Cause.UNSUPPORTED, frame, part))


__all__ = ["bind", "fit", "match"]
