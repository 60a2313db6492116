"""Field classes with a type that Django has no class for, or with columns that Django's class does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import models

from migsafe.sources.django.editor.opaque import is_opaque_type

Types = tuple[tuple[str, str | None], ...]
"""What methods about types give: pairs of a method's name and its result, sorted."""
_TYPED: Final[dict[tuple[type[models.Field], Types], type[models.Field]]] = {}


def typed(base: type[models.Field], stated: Types) -> type[models.Field]:
    """A subclass whose methods about types give constants: one for equal types, so that equal fields have one class.
    Django clones fields by their class."""
    found = _TYPED.get((base, stated))
    if found is None:
        known: dict[str, object] = {name: _constant(value) for name, value in stated}
        opaque = is_opaque_type(dict(stated).get("db_type"))
        found = type(base.__name__, (base,), {**known, "__module__": base.__module__, "has_opaque_type": opaque})
        _TYPED[base, stated] = found
    return found


def _constant(value: str | None) -> Callable[..., str | None]:
    return lambda *_, **__: value  # Django asks `db_type(connection=…)`, too


def of_type(db_type: str, base: type[models.Field] = models.Field) -> type[models.Field]:
    """A column of this type."""
    return typed(base, (("db_type", db_type),))


def stored_as(internal_type: str, base: type[models.Field]) -> type[models.Field]:
    """A field that is kept in the column of another field: of the internal type `TextField` for one."""
    return typed(base, (("get_internal_type", internal_type),))


def sized(db_type: str, option: str) -> type[models.Field]:
    """A type with a number in brackets, which the option states: `vector(1536)`."""

    class Sized(models.Field):
        own_options = frozenset((option,))

        def __init__(self, *args: object, **options: object) -> None:
            self.size = options.pop(option, None)
            super().__init__(*args, **options)

        def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
            name, path, args, options = super().deconstruct()
            return name, path, args, options if self.size is None else {**options, option: self.size}

        def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
            return db_type if self.size is None else f"{db_type}({self.size})"

    return Sized


class CurrencyField(models.CharField):
    """django-money b255e278, djmoney/models/fields.py: the code beside an amount, unless the model states it."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **{"max_length": 3, "default": "XYZ", **options})

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: object) -> None:
        if name not in [field.name for field in cls._meta.fields]:
            super().contribute_to_class(cls, name, **options)


class MoneyField(models.DecimalField):
    """An amount. Where the model has no column for its currency, the library makes one, as in its source."""

    own_options = frozenset(("default_currency", "currency_max_length", "currency_field_name"))

    def __init__(
        self,
        *args: object,
        default_currency: object = "XYZ",
        currency_max_length: int = 3,
        currency_field_name: str | None = None,
        **options: object,
    ) -> None:
        self.default_currency = default_currency
        self.currency_max_length = currency_max_length
        self.currency_field_name = currency_field_name
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 2, **options})

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: object) -> None:
        currency = CurrencyField(
            max_length=self.currency_max_length, default=self.default_currency, null=self.null, editable=False
        )
        currency.creation_counter = self.creation_counter - 1
        cls.add_to_class(self.currency_field_name or f"{name}_currency", currency)
        super().contribute_to_class(cls, name, **options)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, **{key: getattr(self, key) for key in self.own_options}}


class SortedManyToManyField(models.ManyToManyField):
    """django-sortedm2m 6c9285d, sortedm2m/fields.py: the table between the models has a column for the order, the
    first behind its key."""

    own_options = frozenset(("sorted", "sort_value_field_name"))

    def __init__(self, *args: object, **options: object) -> None:
        self.sorted = options.pop("sorted", True)
        self.sort_value_field_name = options.pop("sort_value_field_name", "sort_value")
        super().__init__(*args, **options)

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: object) -> None:
        super().contribute_to_class(cls, name, **options)
        through = self.remote_field.through  # a name where the project has the table as a model
        if self.sorted and isinstance(through, type) and issubclass(through, models.Model):
            self._add_order(through)

    def _add_order(self, through: type[models.Model]) -> None:
        if not through._meta.auto_created:  # noqa: SLF001  # the documented API of models
            return
        order = models.IntegerField(default=0)
        order.creation_counter = min(f.creation_counter for f in through._meta.local_fields if f.is_relation) - 0.5  # noqa: SLF001  # the documented API of models
        through.add_to_class(self.sort_value_field_name, order)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, **{key: getattr(self, key) for key in self.own_options}}


class StreamField(models.JSONField):
    """wagtail before 6: text, or JSON where the option asks for it (wagtail/core/fields.py of 2.16 and 3.0)."""

    own_options = frozenset(("use_json_field",))

    def __init__(self, *args: object, use_json_field: object = None, **options: object) -> None:
        self.use_json_field = use_json_field
        super().__init__(*args, **options)

    def get_internal_type(self) -> str:
        return "JSONField" if self.use_json_field else "TextField"

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
        return "jsonb" if self.use_json_field else "text"

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "use_json_field": self.use_json_field}


class RandomCharField(models.CharField):
    """django-extensions cfcb9112, django_extensions/db/fields: `length` is the column's."""

    own_options = frozenset(("length",))

    def __init__(self, *args: object, length: object = None, **options: object) -> None:
        super().__init__(*args, **{"blank": True, **options, "max_length": length or options.get("max_length")})
