"""Strings: literals, f-strings, and the methods of `str`."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.dispatch import evaluates
from migsafe.sources.interpreter.formatting import brace_format, formatted
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.holes import has_hole, split, uses_reserved
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.operators import bounded_text
from migsafe.sources.interpreter.values import SCALARS, Cause, Either, Guards, Maybe, Rest, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

StringMethod = Callable[[Invocation, str], object]


@evaluates(ast.Constant)
def constant(machine: Machine, node: ast.Constant, frame: Frame) -> object:
    value: object = node.value
    if isinstance(value, str):
        return machine.unknown(Cause.UNSUPPORTED, frame, node) if uses_reserved(value) else value
    if isinstance(value, int) and value.bit_length() > machine.limits.bits:
        return machine.unknown(Cause.LIMIT, frame, node)
    return value


@evaluates(ast.JoinedStr)
def f_string(machine: Machine, node: ast.JoinedStr, frame: Frame) -> object:
    values = [_part(machine, part, frame) for part in node.values]
    return _joined(machine, frame, node, [], values)


Part = tuple[str, object, str, str] | str  # literal text, or ("", value, conversion, spec)


def _part(machine: Machine, node: ast.expr, frame: Frame) -> Part:
    if not isinstance(node, ast.FormattedValue):
        value = machine.evaluate(node, frame)
        return value if isinstance(value, str) else machine.hole(machine.unknown(Cause.UNSUPPORTED, frame, node))
    value = machine.evaluate(node.value, frame)
    spec = machine.evaluate(node.format_spec, frame) if node.format_spec is not None else ""
    conversion = chr(node.conversion) if node.conversion > 0 else ""
    return ("", value, conversion, spec if isinstance(spec, str) else "")


def _joined(machine: Machine, frame: Frame, node: ast.JoinedStr, done: list[str], parts: list[Part]) -> object:
    """The text; one for each possible value of a part of which there are several."""
    pieces = list(done)
    for number, part in enumerate(parts):
        if isinstance(part, str):
            pieces.append(part)
            continue
        _, value, conversion, spec = part
        if isinstance(value, Either):
            rest = parts[number + 1 :]
            return each(
                machine, value, lambda v: _joined(machine, frame, node, pieces, [("", v, conversion, spec), *rest])
            )
        field = node.values[len(node.values) - len(parts) + number]
        inner = field.value if isinstance(field, ast.FormattedValue) else field
        pieces.append(formatted(machine, frame, inner, value, conversion, spec))
        if sum(map(len, pieces)) > machine.limits.text:
            return machine.unknown(Cause.LIMIT, frame, node)
    return bounded_text(machine, frame, node, "".join(pieces))


def _plain(name: str, *, with_holes: bool) -> StringMethod:
    """A method of `str` that gives a small result for known arguments. `with_holes`: holes may stay in the text."""
    method: Callable[..., object] = getattr(str, name)

    def run(invocation: Invocation, text: str) -> object:
        values = (*invocation.args, *invocation.kwargs.values())
        if not all(_is_known_argument(value) for value in values):
            return invocation.unknown(Cause.UNSUPPORTED)
        if has_hole(text) and not with_holes:
            return invocation.unknown(Cause.UNSUPPORTED)
        result = method(text, *invocation.args, **invocation.kwargs)
        return _bounded(invocation, result)

    return run


def _is_known_argument(value: object) -> bool:
    if isinstance(value, tuple):
        return all(_is_known_argument(part) for part in value)
    return type(value) in SCALARS and not (isinstance(value, str) and has_hole(value))


def _bounded(invocation: Invocation, result: object) -> object:
    limits = invocation.machine.limits
    if isinstance(result, str):
        return bounded_text(invocation.machine, invocation.frame, invocation.node, result)
    if isinstance(result, (list, tuple)) and len(result) > limits.items:
        raise BudgetExceededError(f"a list of more than {limits.items} items")
    return result


def _padded(name: str) -> StringMethod:
    method: Callable[..., str] = getattr(str, name)

    def run(invocation: Invocation, text: str) -> object:
        width = invocation.argument(0, "width")
        if has_hole(text) or isinstance(width, Unknown):
            return text if has_hole(text) else invocation.unknown(Cause.UNSUPPORTED)
        if isinstance(width, int) and width > invocation.machine.limits.width:
            return invocation.unknown(Cause.LIMIT)
        return method(text, *invocation.args)

    return run


def _join(invocation: Invocation, text: str) -> object:
    from migsafe.sources.interpreter.loops import collect

    machine, frame, node = invocation.machine, invocation.frame, invocation.node
    if len(invocation.args) != 1:
        raise TypeError("join() takes exactly one argument")
    source = invocation.args[0]
    if isinstance(source, Either):
        return each(machine, source, lambda v: _join(invocation.with_arguments((v,), {}), text))
    options: list[tuple[Guards, list[str]]] = [((), [])]
    for item in collect(machine, frame, node, source):
        options = _appended(invocation, options, item)
    joined = [(guards, bounded_text(machine, frame, node, text.join(parts))) for guards, parts in options]
    return either(joined, machine.limits.options)


def _appended(
    invocation: Invocation, options: list[tuple[Guards, list[str]]], item: object
) -> list[tuple[Guards, list[str]]]:
    """The possible lists with one more item: an item that is perhaps there makes two of each."""
    machine = invocation.machine
    room = machine.limits.options - len(options)
    if isinstance(item, Maybe) and len(options) <= room:
        from migsafe.sources.interpreter.branching import extended, opposite

        taken = [(extended(g, *item.guards), [*parts, _text(invocation, item.value)]) for g, parts in options]
        return [*taken, *((extended(g, opposite(item.guards)), parts) for g, parts in options)]
    if isinstance(item, Either) and len(options) * len(item.options) <= machine.limits.options:
        from migsafe.sources.interpreter.branching import extended

        return [
            (extended(g, *inner), [*parts, _text(invocation, v)]) for g, parts in options for inner, v in item.options
        ]
    word = _text(invocation, item)
    for _, parts in options:
        parts.append(word)
    return options


def _text(invocation: Invocation, item: object) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Rest):
        return invocation.machine.hole(item.reason)
    if isinstance(item, Unknown):
        return invocation.machine.hole(item)
    if isinstance(item, (Maybe, Either)):
        return invocation.machine.hole(Unknown(Cause.BRANCH, "one of several texts"))
    if type(item) in SCALARS:
        raise TypeError("sequence item: expected str instance")
    return invocation.machine.hole(invocation.unknown(Cause.UNSUPPORTED))


_FURTHER = 16  # arguments of `format` that come from an unknown value


def _format(invocation: Invocation, text: str) -> object:
    machine, frame, node = invocation.machine, invocation.frame, invocation.node
    for number, value in enumerate(invocation.args):
        if isinstance(value, Either):
            before, after = invocation.args[:number], invocation.args[number + 1 :]
            return each(
                machine,
                value,
                lambda v: _format(invocation.with_arguments((*before, v, *after), invocation.kwargs), text),
            )
    for name, value in invocation.kwargs.items():
        if isinstance(value, Either):
            return each(
                machine,
                value,
                lambda v, n=name: _format(  # type: ignore[misc]  # lambda defaults
                    invocation.with_arguments(invocation.args, {**invocation.kwargs, n: v}), text
                ),
            )
    further = [invocation.more] * _FURTHER if invocation.more else []  # as many as the text may name
    return brace_format(machine, frame, node, text, (*invocation.args, *further), invocation.kwargs)


def _format_map(invocation: Invocation, text: str) -> object:
    mapping = invocation.argument(0, "mapping")
    if not isinstance(mapping, dict):
        return invocation.unknown(Cause.UNSUPPORTED)
    kwargs = {key: value for key, value in mapping.items() if isinstance(key, str)}
    return brace_format(invocation.machine, invocation.frame, invocation.node, text, (), kwargs)


def _replace(invocation: Invocation, text: str) -> object:
    old, new = invocation.argument(0, "old"), invocation.argument(1, "new")
    if isinstance(new, Unknown):
        new = invocation.machine.hole(new)
    if not isinstance(old, str) or not isinstance(new, str) or has_hole(old):
        return invocation.unknown(Cause.UNSUPPORTED)
    count = invocation.argument(2, "count", -1)
    if not isinstance(count, int):
        return invocation.unknown(Cause.UNSUPPORTED)
    if (text.count(old) if old else len(text) + 1) * len(new) + len(text) > invocation.machine.limits.text:
        return invocation.unknown(Cause.LIMIT)
    if old == "" and has_hole(text):
        return invocation.unknown(Cause.UNSUPPORTED)
    return text.replace(old, new, count)


def _begins(name: str) -> StringMethod:
    """`startswith`, `endswith`: known when the known part at that end is long enough."""
    plain = _plain(name, with_holes=True)
    place = 0 if name == "startswith" else -1

    def run(invocation: Invocation, text: str) -> object:
        wanted = invocation.argument(0, "prefix")
        wanted_texts = wanted if isinstance(wanted, tuple) else (wanted,)
        end = split(text)[place] if has_hole(text) else text
        known = len(end) if isinstance(end, str) else 0
        long_enough = all(isinstance(part, str) and len(part) <= known for part in wanted_texts)
        if has_hole(text) and (not long_enough or len(invocation.args) > 1):
            return invocation.unknown(Cause.UNSUPPORTED)
        return plain(invocation, text)

    return run


def _encode(invocation: Invocation, text: str) -> object:
    if has_hole(text) or str(invocation.argument(0, "encoding", "utf-8")).lower() not in _ENCODINGS:
        return invocation.unknown(Cause.UNSUPPORTED)
    return text.encode("utf-8")


_ENCODINGS = frozenset(("utf-8", "utf8", "ascii", "latin-1"))


def _expandtabs(invocation: Invocation, text: str) -> object:
    size = invocation.argument(0, "tabsize", 8)
    if not isinstance(size, int) or size > 100 or has_hole(text):
        return invocation.unknown(Cause.UNSUPPORTED)
    return bounded_text(invocation.machine, invocation.frame, invocation.node, text.expandtabs(size))


def _translate(invocation: Invocation, text: str) -> object:
    table = invocation.argument(0, "table")
    known = isinstance(table, dict) and all(type(value) in (str, int, type(None)) for value in table.values())
    if not known or has_hole(text) or not isinstance(table, dict):
        return invocation.unknown(Cause.UNSUPPORTED)
    longest = max((len(value) for value in table.values() if isinstance(value, str)), default=1)
    if longest * len(text) > invocation.machine.limits.text:
        return invocation.unknown(Cause.LIMIT)
    result = text.translate(
        {k: v for k, v in table.items() if isinstance(k, int) and isinstance(v, (str, int, type(None)))}
    )
    return invocation.unknown(Cause.UNSUPPORTED) if uses_reserved(result) else result


_KEEP_HOLES = (
    *("upper", "lower", "strip", "lstrip", "rstrip", "capitalize", "title", "casefold", "swapcase"),
    *("split", "rsplit", "splitlines", "partition", "rpartition", "removeprefix", "removesuffix"),
)
_NEED_ALL = (
    *("find", "rfind", "index", "rindex", "count", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit"),
    *("isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper"),
)

METHODS: dict[str, Callable[[Invocation, object], object]] = {}


def _register(name: str, method: StringMethod) -> None:
    METHODS[name] = lambda invocation, owner: method(invocation, str(owner))


for _name in _KEEP_HOLES:
    _register(_name, _plain(_name, with_holes=True))
for _name in _NEED_ALL:
    _register(_name, _plain(_name, with_holes=False))
for _name in ("ljust", "rjust", "center", "zfill"):
    _register(_name, _padded(_name))
for _name in ("startswith", "endswith"):
    _register(_name, _begins(_name))
_register("join", _join)
_register("format", _format)
_register("format_map", _format_map)
_register("replace", _replace)
_register("encode", _encode)
_register("expandtabs", _expandtabs)
_register("translate", _translate)


def dedent(text: str) -> str:
    """`textwrap.dedent`; a line that begins with a hole counts as one without indentation, as its text would."""
    return textwrap.dedent(text)
