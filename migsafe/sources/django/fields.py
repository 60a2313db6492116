"""Fields: Django's own, and those of well-known libraries as the field of Django's that they are in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib.postgres import fields as postgres
from django.contrib.postgres import search
from django.db import models

from migsafe.sources.django.opaque import OpaqueField, changing_default, unknown_default
from migsafe.sources.django.values import UnbuildableError, is_callable, real, words
from migsafe.sources.interpreter import Call, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values_defined import Builtin, Function

# Options that no column shows: dropped, so that whatever they hold need not be known.
_NOT_IN_DATABASE = frozenset(
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
_RELATIONS = (models.ForeignKey, models.ManyToManyField)
FieldMaker = Callable[..., models.Field]

FIELD = HostKind(name="a field")
"""Payload: a real field of Django's, or an OpaqueField."""


def _char(length: int) -> FieldMaker:
    def make(**options: object) -> models.Field:
        options.setdefault("max_length", length)
        return models.CharField(**options)

    return make


def _foreign_key(**options: object) -> models.Field:
    options.setdefault("on_delete", models.CASCADE)
    return models.ForeignKey(**options)


def _user_key(**options: object) -> models.Field:
    """crum and django-currentuser: the target is the user model when none is named."""
    return _foreign_key(**{"to": "auth.User", **options})


def _money(**options: object) -> models.Field:
    return models.DecimalField(**{"max_digits": 14, "decimal_places": 2, **options})


# What the class is in the database, from each library's source (`db_type`, `get_internal_type` or its base class).
THIRD_PARTY: Mapping[str, FieldMaker] = {
    "autoslug.fields.AutoSlugField": models.SlugField,
    "autoslug.AutoSlugField": models.SlugField,
    "colorfield.fields.ColorField": _char(25),
    "django_countries.fields.CountryField": _char(2),
    "django_cryptography.fields.EncryptedTextField": models.BinaryField,
    "django_extensions.db.fields.AutoSlugField": models.SlugField,
    "django_extensions.db.fields.CreationDateTimeField": models.DateTimeField,
    "django_extensions.db.fields.ModificationDateTimeField": models.DateTimeField,
    "django_extensions.db.fields.RandomCharField": _char(50),
    "django_extensions.db.fields.ShortUUIDField": _char(22),
    "django_extensions.db.fields.json.JSONField": models.TextField,
    "django_jsonfield_backport.models.JSONField": models.JSONField,
    "django_measurement.models.MeasurementField": models.FloatField,
    "djmoney.models.fields.CurrencyField": _char(3),
    "djmoney.models.fields.MoneyField": _money,
    "easy_thumbnails.fields.ThumbnailerField": models.FileField,
    "easy_thumbnails.fields.ThumbnailerImageField": models.ImageField,
    "encrypted_fields.fields.EncryptedCharField": models.TextField,
    "encrypted_fields.fields.EncryptedTextField": models.TextField,
    "encrypted_model_fields.fields.EncryptedCharField": models.TextField,
    "encrypted_model_fields.fields.EncryptedTextField": models.TextField,
    "fernet_fields.fields.EncryptedCharField": models.BinaryField,
    "fernet_fields.fields.EncryptedTextField": models.BinaryField,
    "fernet_fields.EncryptedTextField": models.BinaryField,
    "filer.fields.file.FilerFileField": _foreign_key,
    "filer.fields.image.FilerImageField": _foreign_key,
    "imagekit.models.fields.ProcessedImageField": models.ImageField,
    "jsonfield.fields.JSONField": models.TextField,
    "jsonfield.JSONField": models.TextField,
    "macaddress.fields.MACAddressField": models.BigIntegerField,
    "markupfield.fields.MarkupField": models.TextField,
    "martor.models.MartorField": models.TextField,
    "model_utils.fields.AutoCreatedField": models.DateTimeField,
    "model_utils.fields.AutoLastModifiedField": models.DateTimeField,
    "model_utils.fields.MonitorField": models.DateTimeField,
    "model_utils.fields.StatusField": _char(100),
    "model_utils.fields.UUIDField": models.UUIDField,
    "model_utils.fields.UrlsafeTokenField": _char(128),
    "modelcluster.fields.ParentalKey": _foreign_key,
    "modelcluster.fields.ParentalManyToManyField": models.ManyToManyField,
    "mptt.fields.TreeForeignKey": _foreign_key,
    "mptt.fields.TreeOneToOneField": models.OneToOneField,
    "mptt.fields.TreeManyToManyField": models.ManyToManyField,
    "multiselectfield.db.fields.MultiSelectField": _char(200),
    "organizations.fields.SlugField": models.SlugField,
    "ordered_model.fields.OrderField": models.PositiveIntegerField,
    "phonenumber_field.modelfields.PhoneNumberField": _char(128),
    "positions.fields.PositionField": models.IntegerField,
    "private_storage.fields.PrivateFileField": models.FileField,
    "recurrence.fields.RecurrenceField": models.TextField,
    "sorl.thumbnail.fields.ImageField": models.ImageField,
    "sortedm2m.fields.SortedManyToManyField": models.ManyToManyField,
    "stdimage.models.StdImageField": models.ImageField,
    "timezone_field.fields.TimeZoneField": _char(63),
    "timezone_field.TimeZoneField": _char(63),
    "tinymce.models.HTMLField": models.TextField,
    "ckeditor.fields.RichTextField": models.TextField,
    "ckeditor_uploader.fields.RichTextUploadingField": models.TextField,
    "versatileimagefield.fields.VersatileImageField": models.ImageField,
    "versatileimagefield.fields.PPOIField": _char(20),
    "wagtail.fields.RichTextField": models.TextField,
    "wagtail.fields.StreamField": models.JSONField,
    "wagtail.core.fields.RichTextField": models.TextField,
    "wagtail.core.fields.StreamField": models.TextField,
    "wagtail.wagtailcore.fields.RichTextField": models.TextField,
    "wagtail.wagtailcore.fields.StreamField": models.TextField,
    "django_currentuser.db.models.fields.CurrentUserField": _user_key,
    "django_currentuser.db.models.CurrentUserField": _user_key,
    "django_fsm.FSMField": _char(50),
    "django_fsm.FSMIntegerField": models.IntegerField,
}

# Libraries whose managers look like fields and have no column.
NO_COLUMN = frozenset(
    (
        "taggit.managers.TaggableManager",
        "taggit_autosuggest.managers.TaggableManager",
        "modelcluster.contrib.taggit.ClusterTaggableManager",
        "django.contrib.contenttypes.fields.GenericForeignKey",
        "django.contrib.contenttypes.fields.GenericRelation",
    )
)
_POSTGRES = (
    *(postgres.ArrayField, postgres.HStoreField, postgres.IntegerRangeField, postgres.BigIntegerRangeField),
    *(postgres.DecimalRangeField, postgres.DateTimeRangeField, postgres.DateRangeField),
    *(search.SearchVectorField,),
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
    return found


def make_field(maker: FieldMaker, class_name: str, call: Call) -> HostObject:
    """A field from a call of its class; an opaque one when the database's type depends on what is not known."""
    try:
        field = maker(**_options(maker, call))
        return HostObject(FIELD, field)
    except (UnbuildableError, TypeError, ValueError, AssertionError):
        return HostObject(FIELD, opaque(class_name, call.kwargs))


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


def _options(maker: FieldMaker, call: Call) -> dict[str, object]:
    """The options that matter for the database, with positional arguments under their names."""
    given = {**dict(zip(_positional(maker), call.args, strict=False)), **call.kwargs}
    if call.more is not None:
        raise UnbuildableError(call.more.text)
    options = {
        key: _default(value) if key == "default" else _option(key, value)
        for key, value in given.items()
        if key in _IN_DATABASE
    }
    name = given.get("related_name")
    if isinstance(name, str) and ("to" in options or "through" in options):
        options["related_name"] = name  # Django leaves hidden relations (`+`) out when a model is renamed
    return options


def _positional(maker: FieldMaker) -> tuple[str, ...]:
    if maker in (_foreign_key, _user_key):
        return ("to", "on_delete")
    if isinstance(maker, type) and issubclass(maker, models.ForeignKey):
        return ("to", "on_delete", "related_name", "related_query_name", "limit_choices_to", "parent_link", "to_field")
    if isinstance(maker, type) and issubclass(maker, models.ManyToManyField):
        return ("to", "related_name")
    if maker is postgres.ArrayField:
        return ("base_field", "size")
    return ("verbose_name", "name", "primary_key", "max_length", "unique")


def _option(key: str, value: object) -> object:
    if key == "on_delete":  # what Django does in Python; no foreign key of its has ON DELETE
        return models.DO_NOTHING
    found = real(value)
    if key == "to" and isinstance(found, type):
        raise UnbuildableError(words(value))
    return found


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
