"""Functions of the standard library, imitated on bounded values."""

from __future__ import annotations

import ast
import itertools
import json
import textwrap
from typing import Any

from migsafe.sources.interpreter.containers import items, room, update
from migsafe.sources.interpreter.holes import has_hole, uses_reserved
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.likeness import many, stands_for_all
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.operators import bounded_text
from migsafe.sources.interpreter.stdlib_tools import NULL_CONTEXT, Suppress
from migsafe.sources.interpreter.truth import fits, is_certain
from migsafe.sources.interpreter.values import CONTAINERS, Cause, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import Builtin, Class, Function, Partial, Wrapped


def auto(_: Invocation) -> object:
    """`enum.auto()`: the class gives it its value."""
    return Unknown(Cause.UNSUPPORTED, "auto()")


def dedent(invocation: Invocation) -> object:
    text = invocation.args[0]
    return textwrap.dedent(text) if isinstance(text, str) else invocation.args[0]


def cleandoc(invocation: Invocation) -> object:
    import inspect

    text = invocation.args[0]
    return inspect.cleandoc(text) if isinstance(text, str) else invocation.unknown(Cause.UNSUPPORTED)


def indent(invocation: Invocation) -> object:
    text, prefix = invocation.args[0], invocation.argument(1, "prefix")
    if not isinstance(text, str) or not isinstance(prefix, str) or "predicate" in invocation.kwargs:
        return invocation.unknown(Cause.UNSUPPORTED)
    if len(prefix) * (text.count("\n") + 1) + len(text) > invocation.machine.limits.text:
        return invocation.unknown(Cause.LIMIT)
    return textwrap.indent(text, prefix)


def partial(invocation: Invocation) -> object:
    return Partial(function=invocation.args[0], args=invocation.args[1:], kwargs=dict(invocation.kwargs))


def reduce(invocation: Invocation) -> object:
    function, values = invocation.args[0], items(invocation, invocation.args[1])
    values = [*invocation.args[2:3], *values]
    if any(isinstance(value, (Rest, Maybe)) for value in values):
        return invocation.unknown(Cause.LOOP)
    result = values[0]
    for value in values[1:]:
        result = invocation.machine.invoke(function, (result, value), {}, invocation.node)
    return result


def as_property(invocation: Invocation) -> object:
    return Wrapped(how="property", function=invocation.args[0])


def suppress(invocation: Invocation) -> object:
    return Suppress(invocation.args)


def null_context(invocation: Invocation) -> object:
    return HostObject(NULL_CONTEXT, invocation.args[0] if invocation.args else None)


def cast(invocation: Invocation) -> object:
    return invocation.args[1]


def _chained(invocation: Invocation, sources: list[object]) -> object:
    found: list[object] = []
    for source in sources:
        if isinstance(source, Rest):
            found.append(source)
            continue
        part = items(invocation, source.value if isinstance(source, Maybe) else source)
        found += [Maybe(source.guards, item) for item in part] if isinstance(source, Maybe) else part
        room(invocation.machine, len(found))
    return found


def chain(invocation: Invocation) -> object:
    return _chained(invocation, list(invocation.args))


def chain_from(invocation: Invocation) -> object:
    return _chained(invocation, items(invocation, invocation.args[0]))


def defaultdict(invocation: Invocation) -> object:
    """`collections.defaultdict(factory, …)`: a dict of which the machine remembers the factory."""
    made: dict[object, object] = {}
    update(invocation.with_arguments(invocation.args[1:], invocation.kwargs), made)
    factory = invocation.argument(0, "default_factory")
    if isinstance(factory, Unknown):
        return invocation.unknown(Cause.UNSUPPORTED)
    invocation.machine.factories[id(made)] = (made, factory)  # held, so that the identity stays its own
    return made


def groupby(invocation: Invocation) -> object:
    """Pairs of a key and the items that have it: the key is not known, the items are some of them."""
    return [many((Unknown(Cause.LOOP, "a key"), _some(items(invocation, invocation.args[0]))))]


def batched(invocation: Invocation) -> object:
    """The items in tuples: how many of them is not known."""
    return [many(_some(items(invocation, invocation.args[0])))]


def _some(values: list[object]) -> list[object]:
    """Any number of the items."""
    alike = stands_for_all(values)
    return [many(alike)] if alike is not None else [Rest(Unknown(Cause.LOOP, "an item"))]


def product(invocation: Invocation) -> object:
    repeat_ = invocation.kwargs.get("repeat", 1)
    if not isinstance(repeat_, int) or repeat_ > 10:
        return invocation.unknown(Cause.LIMIT)
    columns = [items(invocation, source) for source in invocation.args] * repeat_
    if any(isinstance(item, (Rest, Maybe)) for column in columns for item in column):
        return [Rest(invocation.unknown(Cause.LOOP))]
    count = 1
    for column in columns:
        count *= len(column)
        room(invocation.machine, count)
    return list(itertools.product(*columns))


def zip_longest(invocation: Invocation) -> object:
    columns = [items(invocation, source) for source in invocation.args]
    if any(isinstance(item, (Rest, Maybe)) for column in columns for item in column):
        return [Rest(invocation.unknown(Cause.LOOP))]
    return list(itertools.zip_longest(*columns, fillvalue=invocation.kwargs.get("fillvalue")))


def islice(invocation: Invocation) -> object:
    values, bounds = items(invocation, invocation.args[0]), invocation.args[1:]
    loose = any(isinstance(item, (Rest, Maybe)) for item in values)
    if loose or not all(bound is None or (type(bound) is int and bound >= 0) for bound in bounds):
        return _some(values)
    return list(itertools.islice(values, *[bound for bound in bounds if bound is None or isinstance(bound, int)]))


def repeat(invocation: Invocation) -> object:
    times = invocation.argument(1, "times")
    if not isinstance(times, int) or times > invocation.machine.limits.items:
        return [Rest(invocation.unknown(Cause.LOOP))]
    return [invocation.args[0]] * times


def json_dumps(invocation: Invocation) -> object:
    value = invocation.argument(0, "obj")
    options = {name: option for name, option in invocation.kwargs.items() if name != "obj"}
    allowed = {"indent", "sort_keys", "ensure_ascii", "separators"}
    indent_ = options.get("indent")
    small = indent_ is None or (isinstance(indent_, int) and indent_ <= 10)
    if not (is_certain(value) and fits(invocation.machine, value) and small and options.keys() <= allowed):
        return invocation.unknown(Cause.UNSUPPORTED)
    if options.get("separators") not in (None, (",", ":"), (", ", ": ")):
        return invocation.unknown(Cause.UNSUPPORTED)
    known: Any = options
    text = json.dumps(value, **known)
    return bounded_text(invocation.machine, invocation.frame, invocation.node, text)


def json_loads(invocation: Invocation) -> object:
    text = invocation.argument(0, "s")
    if (
        not isinstance(text, str)
        or has_hole(text)
        or invocation.kwargs.keys() - {"s"}
        or len(text) > invocation.machine.limits.expanded
    ):
        return invocation.unknown(Cause.UNSUPPORTED)
    if "\\u" in text and uses_reserved(json.dumps(json.loads(text), ensure_ascii=False)):
        return invocation.unknown(Cause.UNSUPPORTED)
    found: object = json.loads(text)
    return found


def copy(invocation: Invocation) -> object:
    value = invocation.args[0]
    if isinstance(value, (list, dict, set)):
        return type(value)(value)
    return value


def deepcopy(invocation: Invocation) -> object:
    value = invocation.args[0]
    if type(value) not in CONTAINERS:
        return value
    if not fits(invocation.machine, value):
        raise BudgetExceededError("a copy of a large value")
    return _copied(value)


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_copied(item) for item in value)
    return set(value) if isinstance(value, set) else value


def dataclass(invocation: Invocation) -> object:
    """Marks the class: calling it fills its annotated fields."""
    if not invocation.args:
        return Builtin("dataclass", dataclass)
    if isinstance(invocation.args[0], Class):
        invocation.args[0].keywords["record"] = True
    return invocation.args[0]


def field(invocation: Invocation) -> object:
    """A field's default, by value or from a function without arguments."""
    if "default" in invocation.kwargs:
        return invocation.kwargs["default"]
    factory = invocation.kwargs.get("default_factory")
    if isinstance(factory, (Function, Builtin)):
        return invocation.machine.invoke(factory, (), {}, invocation.node)
    return Unknown(Cause.PARAMETER, "field")


def namedtuple(invocation: Invocation) -> object:
    """`collections.namedtuple("Name", "a b c")`: a class with fields."""
    name, fields = invocation.args[0], invocation.argument(1, "field_names")
    names = fields.replace(",", " ").split() if isinstance(fields, str) else items(invocation, fields)
    if not isinstance(name, str) or not all(isinstance(part, str) for part in names):
        return invocation.unknown(Cause.UNSUPPORTED)
    node = ast.ClassDef(name=name, bases=[], keywords=[], body=[], decorator_list=[])
    made = Class(name, (), {}, node, invocation.frame.module)
    made.annotations = {str(part): "" for part in names}
    made.keywords = {"record": True}
    return made
