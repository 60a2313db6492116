"""What migrations may use: the exact names of Django's that are known, and the fields of well-known libraries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

from django.conf import global_settings
from django.contrib.postgres import constraints as postgres_constraints
from django.contrib.postgres import functions as postgres_functions
from django.contrib.postgres import indexes as postgres_indexes
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import functions, lookups
from django.db.models.expressions import BaseExpression
from django.db.models.fields import related_lookups

from migsafe.sources.django.discovery.configured import by_convention, settings
from migsafe.sources.django.discovery.project_files import ProjectFiles
from migsafe.sources.django.discovery.settings_text import AUTO_FIELD
from migsafe.sources.django.objects import expressions
from migsafe.sources.django.objects.custom_fields import BEGINNING, custom_field, encrypted, inherited
from migsafe.sources.django.objects.field_classes import FieldClasses
from migsafe.sources.django.objects.fields import (
    NO_COLUMN,
    FieldMaker,
    LibraryField,
    NoColumn,
    make_field,
    own_fields,
)
from migsafe.sources.django.objects.library_fields import THIRD_PARTY
from migsafe.sources.django.objects.values import wrapped
from migsafe.sources.django.reading import libraries, state_values
from migsafe.sources.django.reading.custom_operations import class_attribute, custom_operation
from migsafe.sources.django.reading.custom_operations import inherited as of_operation
from migsafe.sources.django.reading.libraries.base import Built
from migsafe.sources.django.reading.operations import (
    make_operation,
    own_operations,
)
from migsafe.sources.django.steps import python_steps
from migsafe.sources.django.steps.commands import call_command
from migsafe.sources.django.steps.helpers import StepHelpers
from migsafe.sources.django.steps.project_commands import ProjectCommands
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostKind, HostObject, NoDomain, Reason, Unknown
from migsafe.sources.interpreter.choices import KINDS as CHOICES
from migsafe.sources.interpreter.values import SCALARS, Either
from migsafe.sources.interpreter.values_defined import Class, Function
from migsafe.sources.tree import Tree


class Known:
    """A class that migrations call or inherit from. `noop` as RunPython and RunSQL have it."""

    __slots__ = ("make", "noop", "real")

    def __init__(self, real_class: object, make: Callable[[Call], object], noop: object = None) -> None:
        self.real = real_class
        self.make = make
        self.noop = noop


def _known(owner: HostObject) -> Known:
    assert isinstance(owner.payload, Known)
    return owner.payload


CLASS = HostKind(
    name="a class of Django's",
    call=lambda owner, call: _known(owner).make(call),
    attributes={"noop": lambda owner: _known(owner).noop, "__init__": lambda _: BEGINNING},
    item=lambda owner, _: owner,  # the type arguments of a base
)
"""Payload: a Known."""


_EXPRESSIONS = (
    *("Aggregate", "Avg", "Count", "Max", "Min", "Sum", "Case", "CheckConstraint", "UniqueConstraint"),
    *("Exists", "ExpressionWrapper", "F", "Func", "Index", "OrderBy", "Q", "Value", "When"),
    *("Lookup", "Transform"),
)
_PLAIN = ("CASCADE", "DO_NOTHING", "PROTECT", "RESTRICT", "SET_DEFAULT", "SET_NULL", "NOT_PROVIDED")


def _above(name: str) -> Iterator[str]:
    """The modules around a dotted name."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


class DjangoDomain(NoDomain):
    """The table of one project. `settings` are those that migrations refer to: AUTH_USER_MODEL and the like."""

    modules: frozenset[str] = frozenset(
        (
            *(
                "django",
                "django.apps",
                "django.conf",
                "django.core",
                "django.core.validators",
                "django.db",
                "django.utils",
            ),
            *("django.db.migrations", "django.db.migrations.operations", "django.db.models", "django.db.transaction"),
            *("django.db.migrations.operations.base", "django.db.migrations.operations.special"),
            *("django.db.migrations.operations.models", "django.db.migrations.operations.fields"),
            *("django.db.models.deletion", "django.db.models.fields", "django.db.models.fields.related"),
            *("django.db.models.functions", "django.db.models.functions.text", "django.db.models.expressions"),
            *("django.db.models.indexes", "django.db.models.constraints", "django.db.models.lookups"),
            *("django.db.models.manager", "django.db.models.fields.json", "django.contrib", "django.utils.timezone"),
            *("django.contrib.postgres", "django.contrib.postgres.fields", "django.contrib.postgres.indexes"),
            *("django.contrib.postgres.operations", "django.contrib.postgres.constraints"),
            *("django.contrib.postgres.functions", "django.contrib.postgres.search"),
            *("django.contrib.postgres.fields.jsonb", "django.contrib.postgres.fields.array"),
            *("django.contrib.postgres.fields.hstore", "django.contrib.postgres.fields.ranges"),
            *("django.contrib.auth", "django.contrib.auth.models", "django.contrib.contenttypes"),
            *("django.contrib.auth.management", "django.contrib.contenttypes.management"),
            *(module for name in (*own_fields(), *THIRD_PARTY, *NO_COLUMN) for module in _above(name)),
            *(kind.__module__ for kind in vars(functions).values() if isinstance(kind, type)),
            *("django.db.models.constants", "django.utils.module_loading"),
            *(module for name, _ in libraries.names() for module in _above(name)),
            *(module for name in python_steps.NAMES for module in _above(name)),
        )
    )

    def __init__(self, stated: Mapping[str, object], tree: Tree | None = None, folders: Sequence[str] = ()) -> None:
        """`tree` holds the project's modules, in which field classes are looked up below `folders`."""
        self._settings = settings({AUTO_FIELD: global_settings.DEFAULT_AUTO_FIELD, **stated})
        self._stated = stated
        self._helpers = StepHelpers(tree, folders) if tree is not None else None
        self._commands = ProjectCommands(tree, self._helpers) if tree is not None and self._helpers else None
        self._files = ProjectFiles(tree, folders) if tree is not None else None
        self._fields = FieldClasses(tree, folders, self, _is_about_fields) if tree is not None else None

    def resolve(self, module: str, name: str) -> object | None:
        """The value of exactly this name of exactly this module."""
        if (module, name) == ("django.conf", "settings"):
            return self._settings
        if (module, name) == ("django.utils.module_loading", "import_string"):
            return HostFunction(name, self._import_string)
        if (module, name) == ("django.contrib.auth", "get_user_model"):
            return python_steps.user_model(self._stated.get("AUTH_USER_MODEL"))
        if (module, name) == ("django.core.management", "call_command") and self._commands is not None:
            return HostFunction(name, functools.partial(call_command, own=self._commands.run, fixture=self._fixture))
        known = table().get(f"{module}.{name}")
        return known if known is not None or self._fields is None else self._fields.resolve(module, name)

    def _fixture(self, name: str) -> tuple[str, ...]:
        return self._files.fixtures.named(name) if self._files is not None else ()

    def _import_string(self, call: Call) -> object:
        wanted = call.args[0] if call.args else None
        module, _, name = wanted.rpartition(".") if isinstance(wanted, str) else ("", "", "")
        found = self.resolve(module, name) if module else None
        return call.unknown() if found is None else found

    def attribute_of_unknown(self, owner: Unknown, name: str) -> object | None:
        """A field class of the project by its dotted name: `import shop.fields`, then `shop.fields.PriceField`; and
        the managers of classes that steps import."""
        told = python_steps.attribute_of_unknown(owner, name)
        if told is not None or self._fields is None or owner.cause not in (Cause.IMPORT, Cause.ATTRIBUTE):
            return told
        return self._fields.resolve(owner.text, name)

    def call_of_unknown(self, callee: Unknown, call: Call) -> object | None:
        """What steps call of libraries and of the project's modules, and what they hand to a queue."""
        told = self._files.call(callee, call) if self._files is not None else None
        told = told if told is not None else python_steps.call_of_unknown(callee, call)
        if told is not None or not call.machine.inside:
            return told
        told = self._helpers.call(callee, call) if self._helpers is not None else None
        if told is None and call.machine.statement is not call.site.node:
            if python_steps.escapes(callee, call):
                call.report(Reason.EXTERNAL_HELPER, f"{callee.text} gets a row and is not known")
            elif python_steps.works(callee):
                call.report(Reason.EXTERNAL_HELPER, f"{callee.text} is not known")
        return told

    def attribute_of_function(self, function: Function, name: str) -> object | None:
        """`task.delay`."""
        return python_steps.attribute_of_function(function, name)

    def inherited(self, owner: object, name: str) -> object | None:
        """`super().__init__` and the like of a project's class."""
        found = inherited(owner, name)
        return found if found is not None else of_operation(owner, name)

    def instantiate(self, defined: Class, call: Call) -> object | None:
        """An object of a project's subclass of an operation or a field."""
        base = _known_base(defined)
        if base is None:
            proxy = python_steps.proxy(defined)
            return None if proxy is None or proxy.kind.call is None else proxy.kind.call(proxy, call)
        kind = base.real
        if isinstance(kind, type) and issubclass(kind, Operation):
            return custom_operation(defined, kind, call)
        if _is_index(kind):
            return _own_index(defined, kind, call)
        if _is_expression(kind):
            return expressions.own_expression(defined, kind, call)
        return custom_field(defined, kind, call) if _is_field(kind) else None

    def class_attribute(self, defined: Class, name: str) -> object | None:
        """RunPython.noop of a subclass, and what all operations have."""
        base = _known_base(defined)
        if base is None:
            proxy = python_steps.proxy(defined)
            return proxy.kind.attributes[name](proxy) if proxy is not None and name in proxy.kind.attributes else None
        kind = base.real
        if isinstance(kind, type) and issubclass(kind, Operation) and name != "noop":
            return class_attribute(name)
        return base.noop if name == "noop" else None


def _known_base(defined: Class) -> Known | None:
    """The nearest base that is known. One that another of the bases is derived from comes behind it, as in Python's
    own order: `class Mixin(Field)`, `class Secret(Mixin, CharField)`."""
    known = [_known(base) for base in defined.lineage() if isinstance(base, HostObject) and base.kind is CLASS]
    return next((one for one in known if not any(_is_below(other, one) for other in known)), None)


def _is_below(one: Known, other: Known) -> bool:
    kind, above = (k.real.base if isinstance(k.real, LibraryField) else k.real for k in (one, other))
    return isinstance(kind, type) and isinstance(above, type) and kind is not above and issubclass(kind, above)


def _is_field(kind: object) -> TypeGuard[FieldMaker]:
    return isinstance(kind, LibraryField) or (isinstance(kind, type) and issubclass(kind, models.Field))


def _is_index(kind: object) -> TypeGuard[type[models.Index | models.BaseConstraint]]:
    return isinstance(kind, type) and issubclass(kind, (models.Index, models.BaseConstraint))


def _is_expression(kind: object) -> TypeGuard[type[BaseExpression]]:
    return isinstance(kind, type) and issubclass(kind, BaseExpression)


def _is_followed(kind: object) -> bool:
    return _is_field(kind) or _is_index(kind) or _is_expression(kind)


def _own_index(defined: Class, kind: Callable[..., object], call: Call) -> object:
    """An index or a constraint of a project's class, when that only has other words for what its base does."""
    methods = [name for each in defined.lineage() if isinstance(each, Class) for name in each.namespace]
    own = [name for name in methods if name not in _NOT_IN_SQL]
    return (
        Unknown(Cause.CALL, f"{defined.name}(…), which has a {own[0]} of its own")
        if own
        else expressions.built(kind, call)
    )


_NOT_IN_SQL = ("__doc__", "__repr__", "__eq__", "__hash__", "deconstruct", "validate", "violation_error_message")


def _is_about_fields(value: object) -> bool:
    """A class of fields, indexes or expressions, one of several under conditions, or a constant (a length)."""
    if isinstance(value, Either):
        return all(_is_about_fields(option) for _, option in value.options)
    if isinstance(value, Class):
        base = _known_base(value)
        return base is not None and _is_followed(base.real)
    if isinstance(value, HostObject):
        return value.kind is CLASS and _is_followed(_known(value).real)
    return type(value) in SCALARS and value is not None


@functools.cache
def table() -> Mapping[str, object]:
    """All names, dotted."""
    found: dict[str, object] = {}
    for name, kind in own_fields().items():
        found[name] = _class(kind, functools.partial(make_field, kind, kind.__name__))
    for name, maker in THIRD_PARTY.items():
        found[name] = _class(maker, functools.partial(make_field, maker, name))
    for name in NO_COLUMN:
        found[name] = _class(NoColumn, lambda _: None)
    for name, operation in own_operations().items():
        found[name] = _class(operation, functools.partial(make_operation, operation), _noop(operation))
    found["django_cryptography.fields.encrypt"] = HostFunction("encrypt", encrypted)
    found.update(_objects())
    found.update(_others())
    found.update((name, _of_library(kind)) for name, kind in libraries.names())
    found.update(python_steps.NAMES)
    found.update(state_values.NAMES)
    for module in ("django.db.models", "django.db.models.enums"):
        found.update((f"{module}.{name}", kind) for name, kind in CHOICES.items())
    return found


def _class(kind: object, make: Callable[[Call], object], noop: object = None) -> HostObject:
    return HostObject(CLASS, Known(kind, make, noop))


def _of_library(kind: object) -> object:
    if isinstance(kind, type) and issubclass(kind, Operation):
        return _class(kind, functools.partial(make_operation, kind))
    return _class(kind.make, functools.partial(expressions.built, kind.make)) if isinstance(kind, Built) else kind


def _noop(operation: type[Operation]) -> object:
    if operation is migrations.RunPython:
        return wrapped(migrations.RunPython.noop)
    return "" if operation is migrations.RunSQL else None


def _objects() -> dict[str, object]:
    """Expressions, indexes, constraints, and the constants beside them."""
    found: dict[str, object] = {}
    for name in _EXPRESSIONS:
        if hasattr(models, name):
            value = getattr(models, name)
            for module in ("django.db.models", value.__module__):
                found[f"{module}.{name}"] = _class(value, functools.partial(expressions.built, value))
    for module in (functions, postgres_functions, postgres_indexes, postgres_constraints, lookups, related_lookups):
        for name in dir(module):
            value = getattr(module, name)
            if isinstance(value, type) and name[0].isupper():
                known = _class(value, functools.partial(expressions.built, value))
                found[f"{module.__name__}.{name}"] = found[f"{value.__module__}.{name}"] = known
    for name in _PLAIN:
        for home in ("django.db.models", "django.db.models.deletion", "django.db.models.fields"):
            found[f"{home}.{name}"] = wrapped(getattr(models, name))
    op_class = postgres_indexes.OpClass  # also where Django imports it for itself
    found["django.contrib.postgres.constraints.OpClass"] = _class(
        op_class, functools.partial(expressions.built, op_class)
    )
    found.update(expressions.constants())
    for name, expression in expressions.named():
        found[name] = _class(expression, functools.partial(expressions.built, expression))
    return found


_HOMES_OF_OPERATION = ("django.db.migrations.operations.base", "django.db.migrations.operations")


def _others() -> dict[str, object]:
    swappable = HostFunction("swappable_dependency", _swappable_dependency)
    nothing = HostFunction("a manager", lambda _: None)
    return {
        **{f"{home}.Operation": _class(Operation, lambda call: call.unknown()) for home in _HOMES_OF_OPERATION},
        "django.db.migrations.Migration": _class(migrations.Migration, lambda call: call.unknown()),
        "django.db.migrations.migration.Migration": _class(migrations.Migration, lambda call: call.unknown()),
        "django.db.migrations.swappable_dependency": swappable,
        "django.db.migrations.migration.swappable_dependency": swappable,
        "django.db.models.Model": _class(models.Model, lambda call: call.unknown()),
        "django.db.models.Manager": nothing,
        "django.db.models.manager.Manager": nothing,
        "django.db.models.SET": HostFunction("SET", lambda _: wrapped(models.SET_NULL)),
        "django.db.models.deletion.SET": HostFunction("SET", lambda _: wrapped(models.SET_NULL)),
        "django.db.models.Deferrable": HostObject(
            HostKind(name="Deferrable", attribute=lambda _, name: _deferrable(name)),
        ),
    }


def _deferrable(name: str) -> object | None:
    found = getattr(models.Deferrable, name, None) if name in ("DEFERRED", "IMMEDIATE") else None
    return wrapped(found) if found is not None else None


def _swappable_dependency(call: Call) -> object:
    """As Django writes it: the app of the model that the setting names, and its first migration."""
    value = call.args[0] if call.args else None
    if isinstance(value, Unknown):
        named = by_convention(value.text)
        return call.unknown() if named is None else (named[0], "__first__")
    return (value.split(".")[0], "__first__") if isinstance(value, str) and "." in value else call.unknown()
