"""What the evaluator knows of a program is what Python says."""

from __future__ import annotations

import warnings
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migsafe.sources.interpreter import Cause, Interpreter, Result, Unknown, is_known
from tests.sources.interpreter.evaluating import PATH, interpreter
from tests.sources.interpreter.programs import NAMES, programs

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def really(text: str) -> dict[str, Any] | None:
    """The names that Python binds, None when the program fails. The programs are our own: made by programs.py."""
    scope: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(text, PATH, "exec"), scope)
        except Exception:  # noqa: BLE001  # whatever the program does wrong
            return None
    return scope


def shown(value: object) -> str:
    """Sets without their order; what Python gives as views and iterators, as lists."""
    if isinstance(value, (set, frozenset)):
        return f"set {sorted(map(shown, value))}"
    if type(value).__name__ in ("dict_items", "dict_keys", "dict_values", "list_reverseiterator"):
        return shown(list(value))  # type: ignore[call-overload]  # checked above
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{shown(k)}: {shown(v)}' for k, v in value.items())}}}"
    return repr(value)


def has_iterator(value: object) -> bool:
    """Views and iterators print and compare in their own ways; the evaluator has lists in their place."""
    if isinstance(value, (list, tuple)):
        return any(map(has_iterator, value))
    if isinstance(value, dict):
        return any(map(has_iterator, value.values()))
    return type(value).__name__ in ("dict_items", "dict_keys", "dict_values", "reversed", "list_reverseiterator")


def evaluated(text: str) -> tuple[Interpreter, Result, int]:
    """The program's evaluation, and how many unknown values came up in it."""
    doubts: list[str] = []
    begin = Unknown.__init__

    def noted(self: Unknown, cause: Cause, words: str) -> None:
        doubts.append(words)
        begin(self, cause, words)

    made = interpreter(text)
    with mock.patch.object(Unknown, "__init__", noted):
        result = made.run_module()
    return made, result, len(doubts)


def test_doubts_are_counted() -> None:
    assert evaluated("a = unknown_name")[2] == 1
    assert evaluated("a = [x for x in (1, 2)]\nb = f'{a}'")[2] == 0


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(programs())
def test_known_values_are_those_of_python(text: str) -> None:
    real = really(text)
    made, result, doubts = evaluated(text)
    if real is None or doubts:  # what raises in Python may be an unknown value here: then handlers differ
        return
    if any(word in text for word in (".items()", ".keys()", ".values()", "reversed(")):
        return
    assert [place.reason for place in result.unresolved if place.reason == "crashed"] == []
    for name in NAMES:
        value = made.globals.get(name)
        if name in real and not isinstance(value, Unknown) and is_known(value) and type(value).__module__ == "builtins":
            assert shown(value) == shown(real[name]), f"{name} after:\n{text}"


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(programs())
def test_most_values_are_known(text: str) -> None:
    """A test that nothing passes vacuously: without unknown input a result is unknown only for a stated cause."""
    real = really(text)
    made = interpreter(text)
    made.run_module()
    for name in NAMES if real is not None else ():
        value = made.globals.get(name)
        if isinstance(value, Unknown):
            assert value.cause.value in ("unsupported", "limit", "error", "branch", "loop", "call"), (
                f"{name}: {value} after:\n{text}"
            )


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    made = interpreter(text)
    result = made.run_module()
    assert all(0 <= place.span.start <= place.span.end <= len(text) for place in result.unresolved)


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(programs(), st.integers(0, 400), st.text("(){}[]:='\\n\\t ,.*%+-#@afdxif", max_size=5))
def test_damaged_programs_are_answered(text: str, place: int, insert: str) -> None:
    made = interpreter(text[:place] + insert + text[place:])
    made.run_module()
    if "f" in made.globals:
        made.call("f")
