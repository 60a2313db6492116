"""Well-known libraries' field classes, as the field of Django's that they are in the database.

Each was read in the library's source, at the commit that stands above it: its base class, what `__init__` makes of
its options, `get_internal_type` and `db_type`. A library that is not here and not in the project stays opaque.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.contrib.postgres.fields import ArrayField, HStoreField
from django.db import models

from migsafe.sources.django.objects.fields import FieldMaker, LibraryField
from migsafe.sources.django.objects.library_lengths import LENGTHS
from migsafe.sources.django.objects.typed_fields import (
    CurrencyField,
    MoneyField,
    RandomCharField,
    SortedManyToManyField,
    StreamField,
    of_type,
    sized,
    stored_as,
)

Entries = Mapping[str, FieldMaker]


def char(length: int, **defaults: object) -> LibraryField:
    """Text of this length unless the call states another."""
    return LibraryField(base=models.CharField, defaults={"max_length": length, **defaults})


def _secret(base: type[models.Field], internal_type: str, length: int | None = None) -> LibraryField:
    """A field whose values are written in a form of the library's own."""
    defaults = {} if length is None else {"max_length": length}
    return LibraryField(base=stored_as(internal_type, base), defaults=defaults, encodes=True)


def _key_to(target: str, *positional: str, null: bool = False) -> LibraryField:
    forced = {"to": target, **({"null": True} if null else {})}
    return LibraryField(base=models.ForeignKey, forced=forced, positional=positional)


TEXT: Final = LibraryField(base=models.TextField)
_ENUM: Final = ("enum", "verbose_name", "name")
_USER_KEY: Final = LibraryField(base=models.ForeignKey, defaults={"to": "auth.User"})
_UNKNOWN_DEFAULT: Final = LibraryField(base=models.TextField, encodes=True)

_TREES_AND_ORDER: Final[Mapping[str, Entries]] = {
    # django-mptt 4200dd3
    "mptt.fields": {
        "TreeForeignKey": models.ForeignKey,
        "TreeOneToOneField": models.OneToOneField,
        "TreeManyToManyField": models.ManyToManyField,
    },
    # django-treebeard 66af042; django-ltree 2c24b05
    "treebeard.ltree.fields": {"PathField": of_type("ltree", models.TextField)},
    "django_ltree.fields": {
        "PathField": of_type("ltree", models.TextField),
        "LqueryField": of_type("lquery", models.TextField),
    },
    # django-sortedm2m 6c9285d; django-ordered-model f4a338c; django-positions 2a010cf
    "sortedm2m.fields": {"SortedManyToManyField": SortedManyToManyField},
    "ordered_model.fields": {"OrderedManyToManyField": models.ManyToManyField},
    "positions.fields": {"PositionField": LibraryField(base=models.IntegerField, defaults={"default": -1})},
    # django-modelcluster fef1604
    "modelcluster.fields": {"ParentalKey": models.ForeignKey, "ParentalManyToManyField": models.ManyToManyField},
    # django-parler e9b49a7
    "parler.fields": {"TranslationsForeignKey": models.ForeignKey},
    # django-smart-selects 780c1df
    "smart_selects.db_fields": {
        "ChainedForeignKey": models.ForeignKey,
        "GroupedForeignKey": models.ForeignKey,
        "ChainedManyToManyField": models.ManyToManyField,
    },
    # django-annoying d9c116f
    "annoying.fields": {"AutoOneToOneField": models.OneToOneField, "JSONField": TEXT},
    # django-simple-history 8bb6175
    "simple_history.models": {
        "HistoricForeignKey": models.ForeignKey,
        "HistoricOneToOneField": models.OneToOneField,
    },
    # django-audit-fields 0.3.17
    "django_audit_fields.fields.hostname_modification_field": {"HostnameModificationField": models.CharField},
    "django_audit_fields.fields.userfield": {"UserField": models.CharField},
    "django_audit_fields.fields.uuid_auto_field": {"UUIDAutoField": models.UUIDField},
    # django-currentuser 1a7c187
    "django_currentuser.db.models": {"CurrentUserField": _USER_KEY},
    "django_currentuser.db.models.fields": {"CurrentUserField": _USER_KEY},
    # django-address 6e5b138
    "address.models": {"AddressField": LibraryField(base=models.ForeignKey, defaults={"to": "address.Address"})},
}

_JSON_AND_PICKLES: Final[Mapping[str, Entries]] = {
    # jsonfield 157aa92
    "jsonfield": {"JSONField": TEXT, "JSONCharField": models.CharField},
    "jsonfield.fields": {"JSONField": TEXT, "JSONCharField": models.CharField},
    # django-jsonfield-backport 3d2dd87
    "django_jsonfield_backport.models": {"JSONField": models.JSONField},
    # django-picklefield b8b24be
    "picklefield": {"PickledObjectField": _UNKNOWN_DEFAULT},
    "picklefield.fields": {"PickledObjectField": _UNKNOWN_DEFAULT},
    # social-app-django 8db532e6: JSON where a setting asks for it
    "social_django.fields": {"JSONField": TEXT},
    # django-geojson 9179a21
    "djgeojson.fields": {
        f"{kind}Field": models.JSONField
        for kind in (
            *("GeoJSON", "Geometry", "Point", "LineString", "Polygon"),
            *("MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
        )
    },
    # dj-stripe f04d5d7e
    "djstripe.fields": {
        "JSONField": models.JSONField,
        "PaymentMethodForeignKey": models.ForeignKey,
        "StripeCurrencyCodeField": char(3),
        "StripeDateTimeField": models.DateTimeField,
        "StripeDecimalCurrencyAmountField": LibraryField(
            base=models.DecimalField, defaults={"max_digits": 14, "decimal_places": 2}
        ),
        "StripeEnumField": char(255),
        "StripeForeignKey": models.ForeignKey,
        "StripeIdField": char(255),
        "StripePercentField": LibraryField(base=models.DecimalField, defaults={"max_digits": 5, "decimal_places": 2}),
        "StripeQuantumCurrencyAmountField": models.BigIntegerField,
    },
}

_BASES: Final[Mapping[str, type[models.Field]]] = {
    "Char": models.CharField,
    "Text": models.TextField,
    "Date": models.DateField,
    "DateTime": models.DateTimeField,
    "Email": models.EmailField,
    "Integer": models.IntegerField,
    "Float": models.FloatField,
    "Boolean": models.BooleanField,
    "PositiveInteger": models.PositiveIntegerField,
    "SmallInteger": models.SmallIntegerField,
    "PositiveSmallInteger": models.PositiveSmallIntegerField,
    "BigInteger": models.BigIntegerField,
}


def _encrypted(internal_type: str, names: str) -> Entries:
    """`Encrypted<Base>Field` for each of Django's fields."""
    return {f"Encrypted{name}Field": _secret(_BASES[name], internal_type) for name in names.split()}


_FERNET: Final = _encrypted("BinaryField", "Char Text Date DateTime Email Integer")
_ENCRYPTED: Final[Mapping[str, Entries]] = {
    # django-fernet-fields 8f8cadb
    "fernet_fields": _FERNET,
    "fernet_fields.fields": _FERNET,
    # django-fernet-encrypted-fields fb8f3bf
    "encrypted_fields.fields": {
        **_encrypted("TextField", "Char Text Date DateTime Email Integer Float Boolean"),
        "EncryptedJSONField": LibraryField(base=models.JSONField, encodes=True),
    },
    # django-encrypted-model-fields 0.6.5
    "encrypted_model_fields.fields": _encrypted(
        "TextField",
        "Char Text Date DateTime Email Integer PositiveInteger SmallInteger PositiveSmallInteger BigInteger Boolean",
    ),
    # django-cryptography a5cde9b; `encrypt` is in domain.py
    "django_cryptography.fields": {
        **_encrypted("BinaryField", "Char Text Date DateTime Email Integer"),
        "PickledField": LibraryField(base=models.BinaryField, encodes=True),
    },
    # django-mirage-field 612f8f5
    "mirage.fields": {
        "EncryptedTextField": _secret(models.TextField, "TextField"),
        "EncryptedJSONField": _secret(models.JSONField, "TextField"),
        "EncryptedCharField": _secret(models.CharField, "CharField", 255),
        "EncryptedURLField": _secret(models.URLField, "CharField", 200),
        "EncryptedEmailField": _secret(models.EmailField, "CharField", 254),
        "EncryptedIntegerField": _secret(models.CharField, "CharField", 64),
    },
}

_TEXTS: Final[Mapping[str, Entries]] = {
    # django-autoslug cd99e65
    "autoslug": {"AutoSlugField": models.SlugField},
    "autoslug.fields": {"AutoSlugField": models.SlugField},
    # django-extensions cfcb9112
    "django_extensions.db.fields": {
        "AutoSlugField": LibraryField(base=models.SlugField, defaults={"blank": True}),
        "CreationDateTimeField": LibraryField(
            base=models.DateTimeField, defaults={"blank": True, "auto_now_add": True}
        ),
        "ModificationDateTimeField": LibraryField(base=models.DateTimeField, defaults={"auto_now": True}),
        "RandomCharField": RandomCharField,
        "ShortUUIDField": char(22, blank=True),
    },
    "django_extensions.db.fields.json": {"JSONField": TEXT},
    # django-model-utils 66734d6
    "model_utils.fields": {
        "AutoCreatedField": models.DateTimeField,
        "AutoLastModifiedField": models.DateTimeField,
        "MonitorField": models.DateTimeField,
        "SplitField": TEXT,
        "StatusField": char(100),
        "UUIDField": LibraryField(
            base=models.UUIDField, defaults={"primary_key": True}, positional=("primary_key", "version", "editable")
        ),
        "UrlsafeTokenField": LibraryField(
            base=models.CharField, defaults={"max_length": 128}, positional=("editable", "max_length", "factory")
        ),
    },
    # django-organizations a4fb7d6
    "organizations.fields": {
        "AutoCreatedField": models.DateTimeField,
        "AutoLastModifiedField": models.DateTimeField,
        "SlugField": LibraryField(base=models.SlugField, defaults={"blank": True}),
    },
    # django-fsm 83a3a08
    "django_fsm": {"FSMField": char(50), "FSMIntegerField": models.IntegerField, "FSMKeyField": models.ForeignKey},
    # django-i18nfield ef139fc
    "i18nfield.fields": {"I18nCharField": TEXT, "I18nTextField": TEXT},
    # wagtail c2ae43b926; before it, text unless JSON is asked for
    "wagtail.fields": {
        "RichTextField": TEXT,
        "StreamField": LibraryField(base=models.JSONField, positional=("block_types", "use_json_field")),
    },
    "wagtail.images.models": {"WagtailImageField": models.ImageField},
    **{
        module: {
            "RichTextField": TEXT,
            "StreamField": LibraryField(base=StreamField, positional=("block_types", "use_json_field")),
        }
        for module in ("wagtail.core.fields", "wagtail.wagtailcore.fields")
    },
    # django-ckeditor 1a9c5a78; django-ckeditor-5 1d16469; django-tinymce e7c705c; django-froala-editor 802b4593
    "ckeditor.fields": {"RichTextField": TEXT},
    "ckeditor_uploader.fields": {"RichTextUploadingField": TEXT},
    "django_ckeditor_5.fields": {"CKEditor5Field": TEXT},
    "tinymce.models": {"HTMLField": TEXT},
    "froala_editor.fields": {"FroalaField": TEXT},
    # django-summernote f79c71b; martor 0bf92e6; django-markdownx 36cd358
    "django_summernote.fields": {"SummernoteTextField": TEXT},
    "martor.models": {"MartorField": TEXT},
    "markdownx.models": {"MarkdownxField": TEXT},
    # django-markupfield 507efca: the columns beside it are stated in migrations
    "markupfield.fields": {"MarkupField": TEXT},
    # django-recurrence f3b5116
    "recurrence.fields": {"RecurrenceField": TEXT},
    # django-cms 22f01b69b
    "cms.models.fields": {
        "PageField": _key_to("cms.Page"),
        "PlaceholderField": _key_to("cms.Placeholder", "slotname", null=True),
    },
    "cms.models.settingmodels": {"PlaceholderForeignKey": models.ForeignKey},
    # django-shortuuidfield 9f6106d; shortuuid b889887; django-ulid f24032c
    "shortuuidfield": {"ShortUUIDField": char(22, blank=True)},
    "shortuuidfield.fields": {"ShortUUIDField": char(22, blank=True)},
    "shortuuid.django_fields": {"ShortUUIDField": char(22)},
    "django_ulid.models": {"ULIDField": models.UUIDField},
    # edx-opaque-keys 75436a9
    "opaque_keys.edx.django.models": {
        f"{name}Field": char(255)
        for name in ("OpaqueKey", "CourseKey", "UsageKey", "LearningContextKey", "BlockTypeKey", "LocationKey")
    },
    # morango 6f52041
    "morango.models.fields.uuids": {"UUIDField": models.UUIDField},
    "morango.models.fields": {"UUIDField": models.UUIDField, "PublicKeyField": TEXT, "PrivateKeyField": TEXT},
    "morango.models.fields.crypto": {"PublicKeyField": TEXT, "PrivateKeyField": TEXT},
    "morango.models": {"UUIDField": models.UUIDField},
    # django-oauth-toolkit 0a5ffdb
    "oauth2_provider.models": {"ClientSecretField": models.CharField, "TokenChecksumField": models.CharField},
}

_FILES: Final[Mapping[str, Entries]] = {
    # easy-thumbnails 035d9ff; sorl-thumbnail 8ca4a9b; django-imagekit 92dff00; django-stdimage 59ff176
    "easy_thumbnails.fields": {"ThumbnailerField": models.FileField, "ThumbnailerImageField": models.ImageField},
    "sorl.thumbnail.fields": {"ImageField": models.ImageField},
    "imagekit.models.fields": {"ProcessedImageField": models.ImageField},
    "stdimage.models": {"StdImageField": models.ImageField, "JPEGField": models.ImageField},
    # django-versatileimagefield 8a29222; django-resized 658ec86
    "versatileimagefield.fields": {
        "VersatileImageField": models.ImageField,
        "PPOIField": char(20, default="0.5x0.5"),
    },
    # django-filer 29cd5378
    "filer.fields.file": {"FilerFileField": _key_to("filer.File")},
    "filer.fields.image": {"FilerImageField": LibraryField(base=models.ForeignKey, defaults={"to": "filer.Image"})},
    "filer.fields.folder": {"FilerFolderField": _key_to("filer.Folder")},
    "filer.fields.multistorage_file": {"MultiStorageFileField": models.FileField},
    # django-private-storage bd6bf1d; django-video-encoding e74f2f6; cloudinary 85f4b40
    "private_storage.fields": {"PrivateFileField": models.FileField, "PrivateImageField": models.ImageField},
    "video_encoding.fields": {"VideoField": models.FileField},
    "cloudinary.models": {"CloudinaryField": char(255)},
}

_VALUES: Final[Mapping[str, Entries]] = {
    # django-money b255e278
    "djmoney.models.fields": {
        "MoneyField": LibraryField(
            base=MoneyField, positional=("verbose_name", "name", "max_digits", "decimal_places", "default")
        ),
        "CurrencyField": LibraryField(base=CurrencyField, positional=("price_field", "verbose_name", "name")),
    },
    # django-phonenumber-field da9a65b; django-timezone-field d568270; django-countries ee82223
    "phonenumber_field.modelfields": {"PhoneNumberField": char(128)},
    "timezone_field": {"TimeZoneField": char(63)},
    "timezone_field.fields": {"TimeZoneField": char(63)},
    "django_countries.fields": {"CountryField": char(2)},
    # django-colorfield fab5ae1; django-multiselectfield 679bac6
    "colorfield.fields": {"ColorField": char(25)},
    "multiselectfield": {"MultiSelectField": char(200)},
    "multiselectfield.db.fields": {"MultiSelectField": char(200), "SortMultiSelectField": char(200)},
    # django-enumfields bda0a46; django-enumfield 5d7c958
    **{
        module: {
            "EnumField": LibraryField(
                base=models.CharField, defaults={"max_length": 10}, positional=_ENUM, encodes=True
            ),
            "EnumIntegerField": LibraryField(base=models.IntegerField, positional=_ENUM, encodes=True),
        }
        for module in ("enumfields", "enumfields.fields")
    },
    "django_enumfield.db.fields": {"EnumField": LibraryField(base=models.IntegerField, positional=_ENUM, encodes=True)},
    # django-bitfield ffada6c
    **{
        module: {
            "BitField": LibraryField(
                base=models.BigIntegerField, positional=("flags", "default", "verbose_name"), encodes=True
            )
        }
        for module in ("bitfield", "bitfield.models")
    },
    # django-hashid-field 8d7b7b4
    **{
        module: {
            "HashidField": models.IntegerField,
            "BigHashidField": models.BigIntegerField,
            "HashidAutoField": models.AutoField,
            "BigHashidAutoField": stored_as("BigAutoField", models.AutoField),
        }
        for module in ("hashid_field", "hashid_field.field")
    },
    # django-measurement b5b905f; django-macaddress 6a1893e
    "django_measurement.models": {"MeasurementField": models.FloatField},
    "macaddress.fields": {"MACAddressField": models.BigIntegerField},
    # django-better-admin-arrayfield b934990
    "django_better_admin_arrayfield.models.fields": {"ArrayField": ArrayField},
    # django-postgres-extra b573ebd
    "psqlextra.fields": {"HStoreField": HStoreField},
    "psqlextra.fields.hstore_field": {"HStoreField": HStoreField},
    # django-postgresql-netfields f7529f2
    **{
        module: {
            "InetAddressField": LibraryField(base=of_type("inet"), defaults={"max_length": 39}),
            "CidrAddressField": LibraryField(base=of_type("cidr"), defaults={"max_length": 43}),
            "MACAddressField": of_type("macaddr"),
            "MACAddress8Field": of_type("macaddr8"),
        }
        for module in ("netfields", "netfields.fields")
    },
}


def _pgvector() -> Mapping[str, Entries]:
    """pgvector-python 33293bf: each class in a module of its own, and in the package."""
    entries: Mapping[str, Entries] = {
        "vector": {"VectorField": sized("vector", "dimensions")},
        "halfvec": {"HalfVectorField": sized("halfvec", "dimensions")},
        "sparsevec": {"SparseVectorField": sized("sparsevec", "dimensions")},
        "bit": {"BitField": sized("bit", "length")},
    }
    every = {name: field for fields in entries.values() for name, field in fields.items()}
    return {"pgvector.django": every, **{f"pgvector.django.{name}": fields for name, fields in entries.items()}}


def _all() -> Iterator[tuple[str, FieldMaker]]:
    groups = (_TREES_AND_ORDER, _JSON_AND_PICKLES, _ENCRYPTED, _TEXTS, _FILES, _VALUES, _pgvector())
    for group in groups:
        for module, fields in group.items():
            yield from ((f"{module}.{name}", field) for name, field in fields.items())
    for module, lengths in LENGTHS.items():
        yield from ((f"{module}.{name}", char(length)) for name, length in lengths.items())


THIRD_PARTY: Final[Mapping[str, FieldMaker]] = dict(_all())
"""By dotted name, each under every module that migrations import it from."""
