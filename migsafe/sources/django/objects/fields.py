"""Fields: Django's own, and those of well-known libraries as the field of Django's that they are in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib.postgres import fields as postgres
from django.contrib.postgres import search
from django.db import models

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.editor.opaque import OpaqueField, UnknownCall, changing_default, unknown_default
from migsafe.sources.django.editor.setup import connection
from migsafe.sources.django.editor.spatial import SPATIAL, SpatialField
from migsafe.sources.django.objects.stated_class import as_stated
from migsafe.sources.django.objects.values import UnbuildableError, is_callable, real, words
from migsafe.sources.interpreter import Call, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.values_defined import Builtin, Function

# Options that a column shows. All others are dropped, so that whatever they hold need not be known.
_IN_DATABASE = frozenset(
    (
        *("validators", "choices", "help_text", "verbose_name", "error_messages", "upload_to", "storage"),
        *("editable", "limit_choices_to", "width_field", "height_field", "encoder", "decoder", "allow_files"),
        *("allow_folders", "path", "match", "recursive", "unpack_ipv4", "protocol", "related_name"),
        *("related_query_name", "serialize", "allow_unicode", "allow_empty_file"),
    )
)
_IN_DATABASE = frozenset(
    (
        *(
            "name",
            "null",
            "blank",
            "default",
            "db_default",
            "db_index",
            "unique",
            "primary_key",
            "db_column",
            "max_length",
        ),
        *("max_digits", "decimal_places", "to", "on_delete", "to_field", "db_constraint", "db_tablespace"),
        *("db_collation", "base_field", "size", "auto_now", "auto_now_add", "through", "through_fields", "db_table"),
        *("symmetrical", "swappable", "expression", "output_field", "db_persist", "db_comment", "unique_for_date"),
        *("unique_for_month", "unique_for_year", "auto_created", "parent_link", "from_fields", "to_fields"),
    )
)
TYPE_METHODS = ("db_type", "rel_db_type", "get_internal_type")


def type_of(field: models.Field, method: str) -> str | None:
    """What one of the methods about types says for PostgreSQL; None when it depends on what is not there."""
    asked: Callable[..., object] = getattr(field, method)
    try:
        found = asked() if method == "get_internal_type" else asked(connection())
    except (AttributeError, TypeError, ValueError):  # of a relation, whose target is only a name
        return None
    return found if isinstance(found, str) else None


def _type_method(name: str) -> Callable[[HostObject, Call], object]:
    def ask(owner: HostObject, call: Call) -> object:
        assert isinstance(owner.payload, models.Field)
        found = type_of(owner.payload, name)
        return call.unknown() if found is None else found

    return ask


def _name_it(owner: HostObject, call: Call) -> object:
    """`set_attributes_from_name(name)`, and of `contribute_to_class(model, name)` what concerns the field."""
    name = call.args[-1] if call.args else call.kwargs.get("name")
    if isinstance(name, str) and not has_hole(name) and isinstance(owner.payload, models.Field):
        owner.payload.set_attributes_from_name(name)
    return None


def _assign(owner: HostObject, name: str, value: object) -> bool:
    """`field.column = "…"` and the like in steps: what names the field."""
    if name in ("column", "db_column", "name", "attname") and isinstance(value, str) and not has_hole(value):
        setattr(owner.payload, name, value)
    return True


FIELD = HostKind(
    name="a field",
    methods={
        **{name: _type_method(name) for name in TYPE_METHODS},
        **dict.fromkeys(("set_attributes_from_name", "contribute_to_class"), _name_it),
    },
    assign=_assign,
)
"""Payload: a real field of Django's, or an OpaqueField."""


class LibraryField(KeywordRecord):
    """A library's field class as the class that it is in the database.

    `base` is a class of Django's, or one of ours for a type that Django has no class for. `defaults` are what the
    library's constructor gives when the call says nothing, `forced` what it gives whatever the call says;
    `positional` are the constructor's arguments where they are not those of the base; `encodes` when values are
    written in a form of the library's own, so that a default is not known.
    """

    base: type[models.Field]
    defaults: Mapping[str, object] = {}
    forced: Mapping[str, object] = {}
    positional: tuple[str, ...] = ()
    encodes: bool = False

    def __call__(self, *args: object, **options: object) -> models.Field:
        if self.encodes and options.get("default") is not None:
            options["default"] = unknown_default
        return self.base(*args, **{**self.defaults, **options, **self.forced})


FieldMaker = type[models.Field] | LibraryField


class NoColumn(models.Field):
    """What a library's manager is, `TaggableManager` for one: it looks like a field and has no column."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(null=True)

    def db_type(self, connection: object) -> None:  # noqa: ARG002  # Django's signature
        return None


# Libraries whose managers look like fields and have no column.
NO_COLUMN = frozenset(
    (
        "taggit.managers.TaggableManager",
        "taggit_autosuggest.managers.TaggableManager",
        "modelcluster.contrib.taggit.ClusterTaggableManager",
        "cms.models.fields.PlaceholderRelationField",
        "parler.fields.TranslatedField",
        "django.contrib.contenttypes.fields.GenericForeignKey",
        "django.contrib.contenttypes.fields.GenericRelation",
    )
)
_POSTGRES = (
    *(postgres.ArrayField, postgres.HStoreField, postgres.IntegerRangeField, postgres.BigIntegerRangeField),
    *(postgres.DecimalRangeField, postgres.DateTimeRangeField, postgres.DateRangeField),
    *(postgres.CICharField, postgres.CIEmailField, postgres.CITextField, search.SearchVectorField),
)


def own_fields() -> dict[str, type[models.Field]]:
    """Django's field classes by all dotted names under which migrations import them."""
    found: dict[str, type[models.Field]] = {}
    for name in models.__all__:
        value = getattr(models, name)
        if isinstance(value, type) and issubclass(value, models.Field):
            for module in ("django.db.models", "django.db.models.fields", value.__module__):
                found[f"{module}.{name}"] = value
    for field in _POSTGRES:
        for module in ("django.contrib.postgres.fields", "django.contrib.postgres.search", field.__module__):
            found[f"{module}.{field.__name__}"] = field
    for module in ("django.contrib.postgres.fields", "django.contrib.postgres.fields.jsonb"):
        found[f"{module}.JSONField"] = models.JSONField
    return found | dict(SPATIAL)


def make_field(maker: FieldMaker, class_name: str, call: Call) -> HostObject:
    """A field from a call of its class; an opaque one when the database's type depends on what is not known. The name
    of a library's class has dots."""
    try:
        field = build_field(maker, call)
        return HostObject(FIELD, as_stated(field, class_name) if "." in class_name else field)
    except (UnbuildableError, TypeError, ValueError, AssertionError):
        return HostObject(FIELD, opaque(class_name.rpartition(".")[2], call.kwargs))


def build_field(maker: FieldMaker, call: Call) -> models.Field:
    """The field itself. Raises UnbuildableError for options that are not known, and what Django raises for bad ones."""
    return maker(*_columns(maker, call), **_options(maker, call))


def described(field: models.Field) -> tuple[object, ...]:
    """What a field is in the database: equal for fields that make equal columns."""
    _, _, args, options = field.deconstruct()
    return (type(field), args, options)


def opaque(class_name: str, options: Mapping[str, object]) -> OpaqueField:
    """A column whose type is not known, with those options that are."""
    kept = {}
    for key in ("null", "blank", "db_index", "unique", "primary_key", "db_column"):
        try:
            kept[key] = real(options[key])
        except (KeyError, UnbuildableError):
            continue
    if "default" in options:
        kept["default"] = unknown_default
    return OpaqueField(class_name, **kept)


def _columns(maker: FieldMaker, call: Call) -> list[object]:
    """The columns of a composite key, the only field whose arguments have no names."""
    return [real(value) for value in call.args] if positional(maker) is None else []


def _options(maker: FieldMaker, call: Call) -> dict[str, object]:
    """The options that matter for the database, with positional arguments under their names."""
    given = {**dict(zip(positional(maker) or (), call.args, strict=False)), **call.kwargs}
    if call.more is not None:
        raise UnbuildableError(call.more.text)
    base = maker.base if isinstance(maker, LibraryField) else maker
    known = _IN_DATABASE | getattr(base, "own_options", frozenset())
    if issubclass(base, models.ForeignKey):
        given.setdefault("on_delete", None)  # Django before 2.0 took CASCADE
    options = {
        key: _default(value) if key == "default" else _option(key, value)
        for key, value in given.items()
        if key in known
    }
    name = given.get("related_name")
    if isinstance(name, str) and ("to" in options or "through" in options):
        options["related_name"] = name  # Django leaves hidden relations (`+`) out when a model is renamed
    return options


def positional(maker: FieldMaker) -> tuple[str, ...] | None:
    """The names of a constructor's positional arguments; None when they are the columns of a composite key."""
    base = maker.base if isinstance(maker, LibraryField) else maker
    if isinstance(maker, LibraryField) and maker.positional:
        return maker.positional
    if base.__name__ == "CompositePrimaryKey":
        return None
    if base not in _NAMES:
        _NAMES[base] = next((names for kind, names in _POSITIONAL if issubclass(base, kind)), _OF_FIELDS)
    return _NAMES[base]


_NAMES: dict[type, tuple[str, ...]] = {}  # of Django's classes and ours


# django/db/models/fields/__init__.py (Field.__init__ and those of its subclasses), files.py, related.py
_OF_FIELDS = ("verbose_name", "name", "primary_key", "max_length", "unique", "blank", "null", "db_index")
_POSITIONAL: tuple[tuple[type[models.Field], tuple[str, ...]], ...] = (
    (models.ManyToManyField, ("to", "related_name")),
    (models.OneToOneField, ("to", "on_delete", "to_field")),
    (
        models.ForeignKey,
        ("to", "on_delete", "related_name", "related_query_name", "limit_choices_to", "parent_link", "to_field"),
    ),
    (postgres.ArrayField, ("base_field", "size")),
    (SpatialField, ("verbose_name", "dim", "geography")),
    (models.JSONField, ("verbose_name", "name", "encoder", "decoder")),
    (models.GenericIPAddressField, ("verbose_name", "name", "protocol", "unpack_ipv4")),
    (models.FilePathField, ("verbose_name", "name", "path", "match", "recursive")),
    (models.DecimalField, ("verbose_name", "name", "max_digits", "decimal_places")),
    (models.DateField, ("verbose_name", "name", "auto_now", "auto_now_add")),
    (models.TimeField, ("verbose_name", "name", "auto_now", "auto_now_add")),
    (models.ImageField, ("verbose_name", "name", "width_field", "height_field")),
    (models.FileField, ("verbose_name", "name", "upload_to", "storage")),
)


def _option(key: str, value: object) -> object:
    if key == "on_delete":  # what Django does in Python; no foreign key of its has ON DELETE
        return models.DO_NOTHING
    if key == "blank" and not isinstance(value, bool):
        return True  # it only decides whether rows get an empty text
    if key == "db_default":
        return _expression(value)
    found = real(value)
    if key == "to" and isinstance(found, type):
        raise UnbuildableError(words(value))
    return found


def _expression(value: object) -> object:
    """What the database computes; when it is not known, a call of a function of its name."""
    try:
        return real(value)
    except UnbuildableError:
        return UnknownCall(words(value).split("(")[0])


def _default(value: object) -> object:
    """A default: functions that give an empty container are called by Django, all others are not known."""
    if isinstance(value, Builtin) and value.name in ("dict", "list", "tuple", "set", "str", "int", "float", "bool"):
        return {"dict": dict, "list": list, "tuple": tuple, "set": set, "str": str, "int": int}.get(value.name, bool)
    if isinstance(value, Unknown) or is_callable(value):
        return unknown_default if isinstance(value, Function) else changing_default
    try:
        found = real(value)
    except UnbuildableError:
        return unknown_default
    return unknown_default if callable(found) else found
