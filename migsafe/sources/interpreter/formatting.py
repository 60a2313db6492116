"""Values as text: f-strings, `format` and `%`, without a single attribute of a real object looked up."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.errors import ErrorClass, ErrorValue
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.operators import bounded_text
from migsafe.sources.interpreter.truth import fits, is_certain
from migsafe.sources.interpreter.values import CONTAINERS, PLAIN, SCALARS, Cause, Either, Rest, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Builtin, Function, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_SPEC = re.compile(r"(?:.?[<>=^])?[-+ ]?z?#?0?([0-9]*)[,_]?(?:\.([0-9]+))?[a-zA-Z%]?", re.DOTALL)
_PERCENT = re.compile(r"%(?:\(([^()]*)\))?([-#0 +]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?[hlL]?(.)", re.DOTALL)
_MOST_DIGITS = 6  # of a width; more is over the limit anyway
_LARGEST_EXPONENT = 5_000  # of a Decimal that is written out


def text_of(machine: Machine, frame: Frame, node: ast.AST, value: object) -> str:
    """What `str(value)` is; a hole where that is not known."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind in SCALARS:
        return str(value)
    if isinstance(value, Unknown):
        return machine.hole(value)
    if isinstance(value, HostObject):
        words = value.kind.words(value) if value.kind.words else None
        return machine.hole(machine.unknown(Cause.UNSUPPORTED, frame, node)) if words is None else words
    if isinstance(value, Instance):
        return _text_of_instance(machine, frame, node, value)
    if isinstance(value, ErrorValue) and len(value.args) < 2:
        return text_of(machine, frame, node, value.args[0]) if value.args else ""
    return represent(machine, frame, node, value)


def _text_of_instance(machine: Machine, frame: Frame, node: ast.AST, value: Instance) -> str:
    own = value.defined.find("__str__")
    if isinstance(own, Function):
        return as_text(machine, frame, node, machine.invoke(own, (value,), {}, node))
    names = {base.name for base in value.defined.lineage() if isinstance(base, Builtin)}
    plain = value.attributes.get("value", MISSING)
    if (
        value.defined.members is not None
        and names & {"StrEnum", "IntEnum", "Choices", "TextChoices", "IntegerChoices"}
        and type(plain) in SCALARS
    ):
        return str(plain)
    # Enum members: Python 3.11 and 3.12 changed what format() of a mixed-in member gives (docs, "enum", ReprEnum).
    return machine.hole(machine.unknown(Cause.UNSUPPORTED, frame, node))


def as_text(machine: Machine, frame: Frame, node: ast.AST, value: object) -> str:
    """A text, or a hole for anything else."""
    if isinstance(value, str):
        return value
    return machine.hole(value if isinstance(value, Unknown) else machine.unknown(Cause.UNSUPPORTED, frame, node))


def represent(machine: Machine, frame: Frame, node: ast.AST, value: object) -> str:
    """What `repr(value)` is; a hole where that is not known."""
    if type(value) in SCALARS:
        text = str(value)
        return _quoted(text) if type(value) is str and has_hole(text) else repr(value)
    if type(value) in CONTAINERS and fits(machine, value) and is_certain(value):
        return repr(value) if not isinstance(value, (set, frozenset)) else _hole(machine, frame, node)
    if isinstance(value, (list, tuple)) and fits(machine, value) and not any(isinstance(v, Rest) for v in value):
        inner = ", ".join(represent(machine, frame, node, item) for item in value)
        opening, closing = "[]" if isinstance(value, list) else "()"
        return f"{opening}{inner}{',' if isinstance(value, tuple) and len(value) == 1 else ''}{closing}"
    if isinstance(value, Unknown):
        return machine.hole(value)
    return repr(value) if type(value) is range else _hole(machine, frame, node)


def _hole(machine: Machine, frame: Frame, node: ast.AST) -> str:
    return machine.hole(machine.unknown(Cause.UNSUPPORTED, frame, node))


def _quoted(text: str) -> str:
    """`repr` of a text with holes: the markers stay as they are."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def formatted(machine: Machine, frame: Frame, node: ast.AST, value: object, conversion: str, spec: str) -> str:
    """What one replacement field gives: `{value!conversion:spec}`."""
    if conversion:
        value = text_of(machine, frame, node, value) if conversion == "s" else represent(machine, frame, node, value)
        value = _ascii(value) if conversion == "a" else value
    if not spec:
        return text_of(machine, frame, node, value)
    if isinstance(value, str) and has_hole(value):
        return value  # padding and precision of a text that is not known
    return _with_spec(machine, frame, node, value, spec)


def _ascii(text: object) -> str:
    return ascii(text)[1:-1].replace("\\'", "'") if isinstance(text, str) and not has_hole(text) else str(text)


def _with_spec(machine: Machine, frame: Frame, node: ast.AST, value: object, spec: str) -> str:
    """`format(value, spec)` for scalars whose result is small."""
    kind = type(value)
    if kind not in SCALARS or has_hole(spec):
        return machine.hole(value) if isinstance(value, Unknown) else _hole(machine, frame, node)
    timely = hasattr(value, "strftime")  # a real date or time: its spec is a strftime format
    if (
        len(spec) > 100
        or (timely and not _is_safe_time_format(spec))
        or not (timely or _is_small(machine, value, spec))
    ):
        return machine.hole(machine.unknown(Cause.LIMIT, frame, node))
    try:
        return format(value, spec)
    except (TypeError, ValueError, OverflowError) as error:
        return machine.hole(machine.fail(frame, node, type(error).__name__, str(error)[:200]))


def _is_safe_time_format(spec: str) -> bool:
    return re.fullmatch(r"(?:%[aAbBcdfHIjmMpSUwWxXyYzZGuV%]|[^%\x00])*", spec) is not None


def _is_small(machine: Machine, value: object, spec: str) -> bool:
    found = _SPEC.fullmatch(spec)
    widths = [part for part in found.groups() if part] if found else []
    if any(len(part) > _MOST_DIGITS or int(part) > machine.limits.width for part in widths):
        return False
    return found is not None and not is_huge(value)


def is_huge(value: object) -> bool:
    """Whether a Decimal has more digits than anybody writes out."""
    from decimal import Decimal

    return isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT)


def brace_format(
    machine: Machine, frame: Frame, node: ast.AST, text: str, args: tuple[object, ...], kwargs: dict[str, object]
) -> object:
    """`text.format(*args, **kwargs)`."""
    filler = _Filler(machine, frame, node, args, kwargs)
    try:
        return bounded_text(machine, frame, node, filler.fill(text, 2))
    except (ValueError, IndexError, KeyError) as error:
        return machine.fail(frame, node, type(error).__name__, str(error)[:200])


class _Filler:
    """The state of one `format`: which automatic number comes next."""

    def __init__(
        self, machine: Machine, frame: Frame, node: ast.AST, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> None:
        self.machine, self.frame, self.node = machine, frame, node
        self.args, self.kwargs = args, kwargs
        self.next = 0
        self.length = 0

    def fill(self, text: str, depth: int) -> str:
        if depth < 0:
            raise ValueError("Max string recursion exceeded")
        parts: list[str] = []
        for literal, field, spec, conversion in string.Formatter().parse(text):
            parts.append(literal)
            if field is not None:
                parts.append(self._field(field, self.fill(spec or "", depth - 1) if spec else "", conversion or ""))
            self.length += len(literal) + len(parts[-1])
            if self.length > self.machine.limits.text:
                return self.machine.hole(self.machine.unknown(Cause.LIMIT, self.frame, self.node))
        return "".join(parts)

    def _field(self, field: str, spec: str, conversion: str) -> str:
        value = self._value(field)
        if isinstance(value, Either):
            value = Unknown(Cause.BRANCH, field)
        if conversion not in ("", "r", "s", "a"):
            raise ValueError(f"Unknown conversion specifier {conversion}")
        return formatted(self.machine, self.frame, self.node, value, conversion, spec)

    def _value(self, field: str) -> object:
        first = re.match(r"[^.\[]*", field)
        name = first[0] if first else ""
        value = self._argument(name)
        steps = re.findall(r"\.([^.\[]+)|\[([^\]]+)\]", field[len(name) :])
        for attribute, key in steps[:10]:
            value = self._step(value, attribute, key)
        return value

    def _argument(self, name: str) -> object:
        if name == "":
            self.next += 1
            return self.args[self.next - 1]
        if name.isascii() and name.isdigit():
            return self.args[int(name)] if len(name) < _MOST_DIGITS else self.args[len(self.args)]
        return self.kwargs[name]

    def _step(self, value: object, attribute: str, key: str) -> object:
        from migsafe.sources.interpreter.attributes import attribute_of
        from migsafe.sources.interpreter.subscripts import item_of

        if attribute:
            return attribute_of(self.machine, self.frame, self.node, value, attribute)
        index: object = int(key) if key.isascii() and key.isdigit() and len(key) < _MOST_DIGITS else key
        return item_of(self.machine, self.frame, self.node, value, index)


def percent(machine: Machine, frame: Frame, node: ast.AST, text: str, right: object) -> object:
    """`text % right`."""
    if isinstance(right, tuple):
        for number, part in enumerate(right):
            if isinstance(part, Either):
                before, after = right[:number], right[number + 1 :]
                return each(machine, part, lambda v: percent(machine, frame, node, text, (*before, v, *after)))
    filler = _Percent(machine, frame, node, right)
    try:
        result = _PERCENT.sub(filler.replace, text)
        filler.check()
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        return machine.fail(frame, node, type(error).__name__, str(error)[:200])
    return bounded_text(machine, frame, node, result)


class _Percent:
    """The state of one `%`: which argument comes next."""

    def __init__(self, machine: Machine, frame: Frame, node: ast.AST, right: object) -> None:
        self.machine, self.frame, self.node, self.right = machine, frame, node, right
        self.waiting = list(right) if isinstance(right, tuple) else [right]
        self.named = False
        self.length = 0

    def check(self) -> None:
        loose = any(isinstance(value, (Unknown, Rest)) for value in self.waiting)
        may_be_mapping = isinstance(self.right, (dict, list, bytes, range))  # PyMapping_Check, unicodeobject.c
        if self.waiting and not self.named and not may_be_mapping and not loose:
            raise TypeError("not all arguments converted during string formatting")

    def replace(self, found: re.Match[str]) -> str:
        name, flags, width, precision, kind = found.groups()
        if kind == "%":
            return "%"
        if "*" in (width, precision) or kind not in "diouxXeEfFgGcrsa":
            raise ValueError("unsupported format character")
        value = self._take(name)
        spec = f"%{flags}{width or ''}{'' if precision is None else '.' + precision}{kind}"
        result = self._format(value, spec, width, precision)
        self.length += len(result)
        if self.length > self.machine.limits.text:
            raise OverflowError("the text is too long")
        return result

    def _take(self, name: str | None) -> object:
        if name is not None:
            from migsafe.sources.interpreter.subscripts import item_of

            self.named = True
            return item_of(self.machine, self.frame, self.node, self.right, name)
        if not self.waiting:
            if isinstance(self.right, Unknown):
                return self.right
            raise TypeError("not enough arguments for format string")
        if isinstance(self.waiting[0], Rest):
            return self.waiting[0].unknown
        return self.waiting.pop(0)

    def _format(self, value: object, spec: str, width: str | None, precision: str | None) -> str:
        sizes = [part for part in (width, precision) if part]
        too_wide = any(len(part) > _MOST_DIGITS or int(part) > self.machine.limits.width for part in sizes)
        if too_wide or is_huge(value):
            return self.machine.hole(self.machine.unknown(Cause.LIMIT, self.frame, self.node))
        if isinstance(value, Either):
            value = Unknown(Cause.BRANCH, "%")
        if spec[-1] in "sra":
            value = formatted(self.machine, self.frame, self.node, value, spec[-1], "")
            spec = spec[:-1] + "s"
        if type(value) not in PLAIN:
            return text_of(self.machine, self.frame, self.node, value)
        if isinstance(value, str) and has_hole(value):
            return value
        return spec % (value,) if type(value) in SCALARS else spec % ()


__all__ = ["ErrorClass", "as_text", "brace_format", "formatted", "percent", "represent", "text_of"]
