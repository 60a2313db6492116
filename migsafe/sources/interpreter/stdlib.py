"""The part of the standard library that migrations use, name by name. Nothing of it is imported for a program."""

from __future__ import annotations

import datetime as dt
import decimal
import string
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import harmless
from migsafe.sources.interpreter import stdlib_calls as calls
from migsafe.sources.interpreter import stdlib_values as values
from migsafe.sources.interpreter.exit_stack import exit_stack
from migsafe.sources.interpreter.pyfunctions import guarded
from migsafe.sources.interpreter.pytypes import TYPES, fromkeys, maketrans
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.stdlib_tools import INERT, constant, identity, opaque, unknown
from migsafe.sources.interpreter.texts import METHODS as TEXT_METHODS
from migsafe.sources.interpreter.values import PLAIN, Cause
from migsafe.sources.interpreter.values_defined import MISSING, Builtin, ModuleRef

if TYPE_CHECKING:
    from migsafe.sources.interpreter.invocation import Invocation

NOTHING = Builtin("nothing", constant(None))
METHODS = values.METHODS
"""Methods of dates, numbers, UUIDs and bytes, by exact type."""

_INERT_MODULES = frozenset(
    (
        *("logging", "logging.config", "logging.handlers", "warnings", "typing", "typing_extensions", "types", "abc"),
        *("collections.abc", "__future__", "pprint", "traceback", "numbers"),
    )
)
_ENVIRONMENT = frozenset(("os", "os.path", "pathlib", "io", "sys", "platform", "tempfile", "glob", "csv", "getpass"))
_VOLATILE = frozenset(("time", "random", "secrets"))


def _f(name: str, function: Callable[[Invocation], object]) -> Builtin:
    return Builtin(name, guarded(function))


def _class(name: str, function: Callable[[Invocation], object]) -> Builtin:
    return Builtin(name, guarded(function))


_DATETIME = {
    "datetime": _class("datetime", values.made(dt.datetime)),
    "date": _class("date", values.made(dt.date)),
    "time": _class("time", values.made(dt.time)),
    "timedelta": _class("timedelta", values.made(dt.timedelta)),
    "timezone": _class("timezone", values.made(dt.timezone)),
    "UTC": dt.UTC,
}
_ENUM: dict[str, object] = {
    name: Builtin(name, unknown(Cause.UNSUPPORTED)) for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
}
_UUID: dict[str, object] = {
    "UUID": _class("UUID", values.made(uuid.UUID)),
    **{name: Builtin(name, unknown(Cause.VOLATILE)) for name in ("uuid1", "uuid4", "getnode")},
    "uuid3": _f("uuid3", values.made(uuid.uuid3)),
    "uuid5": _f("uuid5", values.made(uuid.uuid5)),
    **{f"NAMESPACE_{name}": getattr(uuid, f"NAMESPACE_{name}") for name in ("DNS", "URL", "OID", "X500")},
}
_STRING: dict[str, object] = {
    name: getattr(string, name)
    for name in (
        "ascii_letters",
        "ascii_lowercase",
        "ascii_uppercase",
        "digits",
        "hexdigits",
        "punctuation",
        "whitespace",
    )
}
_FUNCTOOLS: dict[str, object] = {
    **{name: Builtin(name, identity) for name in ("lru_cache", "cache", "singledispatch")},
    "wraps": Builtin("wraps", constant(Builtin("wraps", identity))),
    "partial": _f("partial", calls.partial),
    "cached_property": TYPES.get("property", Builtin("cached_property", calls.as_property)),
    "reduce": _f("reduce", calls.reduce),
}
_CONTEXTLIB: dict[str, object] = {
    **{name: Builtin(name, identity) for name in ("contextmanager", "asynccontextmanager")},
    "suppress": Builtin("suppress", calls.suppress),
    "nullcontext": Builtin("nullcontext", calls.null_context),
    "closing": Builtin("closing", calls.null_context),
    "ExitStack": Builtin("ExitStack", exit_stack),
}
_ITERTOOLS: dict[str, object] = {
    "chain": _f("chain", calls.chain),
    "product": _f("product", calls.product),
    "islice": _f("islice", calls.islice),
    "zip_longest": _f("zip_longest", calls.zip_longest),
    "repeat": _f("repeat", calls.repeat),
    "groupby": _f("groupby", calls.groupby),
    "batched": _f("batched", calls.batched),
}
_COLLECTIONS: dict[str, object] = {
    "OrderedDict": TYPES["dict"],
    "defaultdict": _f("defaultdict", calls.defaultdict),
    "namedtuple": _f("namedtuple", calls.namedtuple),
    "deque": TYPES["list"],
}
_TYPING: dict[str, object] = {
    "TYPE_CHECKING": False,
    "cast": _f("cast", calls.cast),
    "NamedTuple": Builtin("NamedTuple", calls.namedtuple),
    "TypedDict": Builtin("TypedDict", unknown(Cause.UNSUPPORTED)),
}

NAMES: dict[str, dict[str, object]] = {
    "datetime": {**_DATETIME},
    "decimal": {"Decimal": _class("Decimal", values.made(decimal.Decimal))},
    "enum": {**_ENUM, "auto": Builtin("auto", calls.auto), "unique": Builtin("unique", identity)},
    "uuid": _UUID,
    "string": _STRING,
    "textwrap": {"dedent": _f("dedent", calls.dedent), "indent": _f("indent", calls.indent)},
    "functools": _FUNCTOOLS,
    "contextlib": _CONTEXTLIB,
    "itertools": _ITERTOOLS,
    "collections": _COLLECTIONS,
    "typing": _TYPING,
    "typing_extensions": _TYPING,
    "abc": {"abstractmethod": Builtin("abstractmethod", identity)},
    "json": {"dumps": _f("dumps", calls.json_dumps), "loads": _f("loads", calls.json_loads)},
    "copy": {"copy": _f("copy", calls.copy), "deepcopy": _f("deepcopy", calls.deepcopy)},
    "dataclasses": {"dataclass": Builtin("dataclass", calls.dataclass), "field": Builtin("field", calls.field)},
    "inspect": {"cleandoc": _f("cleandoc", calls.cleandoc)},
    "builtins": {},
}
MODULES = frozenset((*NAMES, *_INERT_MODULES, *_ENVIRONMENT, *_VOLATILE, *harmless.MODULES))


def resolve(module: str, name: str, importer: Source) -> object:
    """The imitation of exactly this name of exactly this module; MISSING when there is none."""
    found = NAMES.get(module, {}).get(name, MISSING)
    if found is not MISSING:
        return found
    inner = f"{module}.{name}"
    if inner in MODULES:
        return ModuleRef(inner, importer)
    if module in _INERT_MODULES:
        return INERT
    if module in harmless.MODULES:
        shown = harmless.resolve(module, name)
        return MISSING if shown is None else shown
    if module == "os" and name in _RUNS_PROGRAMS:
        return MISSING
    if module in _ENVIRONMENT:
        return opaque(Cause.ENVIRONMENT, inner)
    return opaque(Cause.VOLATILE, inner) if module in _VOLATILE else MISSING


_RUNS_PROGRAMS = frozenset(("system", "popen", "execv", "execve", "execvp", "spawnl", "spawnv", "posix_spawn"))


def member(owner: Builtin, name: str) -> object:
    """An attribute of an imitated class or function: `datetime.now`, `dict.fromkeys`, `str.upper`."""
    if name == "__name__":
        return owner.name
    found = _MEMBERS.get((owner.name, name), MISSING)
    if found is MISSING and owner is TYPES.get("str") and name in TEXT_METHODS:
        return Builtin(f"str.{name}", guarded(lambda invocation: _unbound(invocation, name)))
    return found


def _unbound(invocation: Invocation, name: str) -> object:
    """`str.upper(text)`."""
    owner = invocation.args[0]
    if not isinstance(owner, str):
        return invocation.unknown(Cause.UNSUPPORTED)
    return TEXT_METHODS[name](invocation.with_arguments(invocation.args[1:], invocation.kwargs), owner)


_MEMBERS: dict[tuple[str, str], object] = {
    **{
        ("datetime", name): Builtin(name, unknown(Cause.VOLATILE))
        for name in ("now", "utcnow", "today", "fromtimestamp")
    },
    **{("date", name): Builtin(name, unknown(Cause.VOLATILE)) for name in ("today", "fromtimestamp")},
    ("datetime", "fromisoformat"): _f("fromisoformat", values.made(dt.datetime.fromisoformat)),
    ("date", "fromisoformat"): _f("fromisoformat", values.made(dt.date.fromisoformat)),
    ("datetime", "combine"): _f("combine", values.made(dt.datetime.combine)),
    ("datetime", "min"): dt.datetime.min,
    ("datetime", "max"): dt.datetime.max,
    ("date", "min"): dt.date.min,
    ("date", "max"): dt.date.max,
    ("timezone", "utc"): dt.UTC,
    ("dict", "fromkeys"): _f("fromkeys", fromkeys),
    ("str", "maketrans"): _f("maketrans", maketrans),
    ("chain", "from_iterable"): _f("from_iterable", calls.chain_from),
}


def plain_attribute(value: object, name: str) -> object:
    """An attribute of a date, number or UUID that is in the table; MISSING otherwise."""
    allowed = values.ATTRIBUTES.get(type(value), frozenset())
    if name not in allowed or type(value) not in PLAIN:
        return MISSING
    found: object = getattr(value, name)
    return found if type(found) in PLAIN else MISSING
