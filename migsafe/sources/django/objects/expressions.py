"""Expressions of indexes, constraints, generated columns and defaults: Django's own objects, made of what files say.

Texts that Django formats with `%` are Django's, or hold its named parts only: any other could ask for any width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import django
from django.contrib.postgres import search
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import expressions
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.fields import json

from migsafe.sources.django.editor.opaque import UnknownValue
from migsafe.sources.django.objects.fields import FIELD, described
from migsafe.sources.django.objects.values import OBJECT, UnbuildableError, real, wrapped
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Class

_OF_EXPRESSIONS: Final = (
    *("CombinedExpression", "DurationExpression", "ExpressionList", "NegatedExpression", "RawSQL", "Star"),
    *("Subquery", "OuterRef", "Window", "WindowFrame", "RowRange", "ValueRange", "Col", "Ref"),
)
_OF_SEARCH: Final = ("SearchVector", "SearchConfig", "SearchQuery", "SearchRank", "CombinedSearchVector")
_OF_JSON: Final = ("KeyTransform", "KeyTextTransform", "HasKey", "HasKeys", "HasAnyKeys", "KeyTransformExact")
_FORMATTED: Final = ("template", "arg_joiner", "function", "connector", "sql")
_POSITIONAL: Final = {"RawSQL": (0,), "CombinedExpression": (1,)}  # which of their arguments are formatted
_PLAIN: Final = re.compile(r"(?:[^%]|%%|%s|%\(\w+\)s){0,10000}")
_IN_WORDS_ONLY: Final = ("__doc__", "__repr__", "__str__", "__module__", "__qualname__", "deconstruct")
_STATED: Final = ("function", "template", "arg_joiner", "arity", "lookup_name", "output_field", "name")


def named() -> Iterator[tuple[str, Callable[..., object]]]:
    """The classes by the dotted names under which migrations import them, besides those of `models`."""
    for module, names in ((expressions, _OF_EXPRESSIONS), (search, _OF_SEARCH), (json, _OF_JSON)):
        for name in names:
            if hasattr(module, name):
                yield f"{module.__name__}.{name}", getattr(module, name)
    for module_name in ("django.contrib.postgres.fields", RangeBoundary.__module__):
        yield f"{module_name}.RangeBoundary", RangeBoundary
    for name in ("Subquery", "OuterRef", "Window", "WindowFrame", "RowRange", "ValueRange"):
        yield f"django.db.models.{name}", getattr(expressions, name)


def constants() -> Iterator[tuple[str, object]]:
    """The operators of exclusion constraints."""
    operators = {name: value for name, value in vars(RangeOperators).items() if not name.startswith("_")}
    kind = HostKind(name="RangeOperators", attribute=lambda _, name: operators.get(name))
    for module in ("django.contrib.postgres.fields", RangeOperators.__module__):
        yield f"{module}.RangeOperators", HostObject(kind)


def of_check(options: dict[str, object]) -> dict[str, object]:
    """Under the name that the installed Django has for it: `check` became `condition` in 5.1, and went with 6.0."""
    own, other = ("condition", "check") if django.VERSION >= (5, 1) else ("check", "condition")
    return {own if key == other else key: value for key, value in options.items()}


def built(kind: Callable[..., object], call: Call) -> object:
    """One of Django's objects from a call of its class."""
    if call.more is not None or not all(map(_is_plain, _formatted(kind, call))):
        return call.unknown()
    take = _of_condition if kind is models.Q else real
    try:
        arguments = [take(value) for value in call.args]
        options = {key: take(value) for key, value in call.kwargs.items()}
        return expression(kind(*arguments, **(of_check(options) if kind is models.CheckConstraint else options)))
    except UnbuildableError as error:
        return Unknown(Cause.CALL, str(error))
    except Exception:  # noqa: BLE001  # Django rejects the arguments; what it raises depends on the class
        return call.unknown()


def _formatted(kind: Callable[..., object], call: Call) -> Iterator[object]:
    """The arguments that become part of a text with `%` in it."""
    yield from (call.kwargs[key] for key in _FORMATTED if key in call.kwargs)
    positions = _POSITIONAL.get(getattr(kind, "__name__", ""), ())
    yield from (call.args[at] for at in positions if at < len(call.args))


def _is_plain(value: object) -> bool:
    return not isinstance(value, str) or _PLAIN.fullmatch(value) is not None


def _of_condition(value: object) -> object:
    """An argument of Q: a condition, or a name with a value, which may be unknown."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value[0], _of_condition(value[1])
    if isinstance(value, Unknown):
        return UnknownValue()
    return real(value)


def expression(value: object) -> HostObject:
    """The object with what can be done to it: an expression has methods and operators."""
    return HostObject(EXPRESSION, value) if isinstance(value, (BaseExpression, Combinable)) else wrapped(value)


def _method(name: str) -> Callable[[HostObject, Call], object]:
    def method(owner: HostObject, call: Call) -> object:
        found = getattr(owner.payload, name, None)
        return call.unknown() if found is None else built(found, call)

    return method


def _item(owner: HostObject, key: object) -> object | None:
    """`F("tags")[0]`."""
    if not isinstance(owner.payload, models.F) or type(key) not in (int, slice):
        return None
    try:
        return expression(owner.payload[key])
    except (TypeError, ValueError):
        return None


def _operator(sign: str, left: object, right: object) -> object | None:
    found = OBJECT.operator(sign, left, right) if OBJECT.operator else None
    return expression(found.payload) if isinstance(found, HostObject) else found


EXPRESSION: Final = HostKind(
    name="an expression",
    methods={
        name: _method(name)
        for name in ("asc", "desc", "bitand", "bitor", "bitxor", "bitleftshift", "bitrightshift", "copy")
    },
    operator=_operator,
    item=_item,
)
"""Payload: an expression of Django's."""
_MADE: dict[tuple[object, ...], type[models.Func]] = {}


def own_expression(defined: Class, kind: type[BaseExpression], call: Call) -> object:
    """An expression of a project's class, when that only states what its base does: `function = "uuid_generate_v4"`."""
    lineage = [each for each in defined.lineage() if isinstance(each, Class)]
    own = [name for each in lineage for name in each.namespace if name not in (*_IN_WORDS_ONLY, *_STATED)]
    stated = {name: value for name in _STATED if (value := defined.find(name)) is not MISSING}
    if own or not all(map(_is_plain, stated.values())):
        what = f"a {own[0]} of its own" if own else "a template that is not known"
        return Unknown(Cause.CALL, f"{defined.name}(…), which has {what}")
    try:
        return built(_made(defined.name, kind, stated), call)
    except UnbuildableError as error:
        return Unknown(Cause.CALL, str(error))


def _made(name: str, kind: type[BaseExpression], stated: Mapping[str, object]) -> type[BaseExpression]:
    """The class: one for equal words, because Django compares expressions by their classes."""
    found = {key: real(value) for key, value in stated.items()}
    key = (name, kind, *((word, _identity(stated[word], found[word])) for word in sorted(found)))
    if key not in _MADE:
        _MADE[key] = type(name, (kind,), found)
    return _MADE[key]


def _identity(stated: object, value: object) -> str:
    if isinstance(stated, HostObject) and stated.kind is FIELD and isinstance(value, models.Field):
        return repr(described(value))
    return repr(value)
