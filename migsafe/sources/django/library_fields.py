"""Well-known libraries' field classes, as the field of Django's that they are in the database."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from migsafe.sources.django.fields import FieldMaker, LibraryField


def char(length: int) -> LibraryField:
    return LibraryField(base=models.CharField, defaults={"max_length": length})


FOREIGN_KEY = LibraryField(base=models.ForeignKey)
USER_KEY = LibraryField(base=models.ForeignKey, defaults={"to": "auth.User"})
MONEY = LibraryField(base=models.DecimalField, defaults={"max_digits": 14, "decimal_places": 2})

THIRD_PARTY: Mapping[str, FieldMaker] = {
    "autoslug.fields.AutoSlugField": models.SlugField,
    "autoslug.AutoSlugField": models.SlugField,
    "colorfield.fields.ColorField": char(25),
    "django_countries.fields.CountryField": char(2),
    "django_cryptography.fields.EncryptedTextField": models.BinaryField,
    "django_extensions.db.fields.AutoSlugField": models.SlugField,
    "django_extensions.db.fields.CreationDateTimeField": models.DateTimeField,
    "django_extensions.db.fields.ModificationDateTimeField": models.DateTimeField,
    "django_extensions.db.fields.RandomCharField": char(50),
    "django_extensions.db.fields.ShortUUIDField": char(22),
    "django_extensions.db.fields.json.JSONField": models.TextField,
    "django_jsonfield_backport.models.JSONField": models.JSONField,
    "django_measurement.models.MeasurementField": models.FloatField,
    "djmoney.models.fields.CurrencyField": char(3),
    "djmoney.models.fields.MoneyField": MONEY,
    "easy_thumbnails.fields.ThumbnailerField": models.FileField,
    "easy_thumbnails.fields.ThumbnailerImageField": models.ImageField,
    "encrypted_fields.fields.EncryptedCharField": models.TextField,
    "encrypted_fields.fields.EncryptedTextField": models.TextField,
    "encrypted_model_fields.fields.EncryptedCharField": models.TextField,
    "encrypted_model_fields.fields.EncryptedTextField": models.TextField,
    "fernet_fields.fields.EncryptedCharField": models.BinaryField,
    "fernet_fields.fields.EncryptedTextField": models.BinaryField,
    "fernet_fields.EncryptedTextField": models.BinaryField,
    "filer.fields.file.FilerFileField": FOREIGN_KEY,
    "filer.fields.image.FilerImageField": FOREIGN_KEY,
    "imagekit.models.fields.ProcessedImageField": models.ImageField,
    "jsonfield.fields.JSONField": models.TextField,
    "jsonfield.JSONField": models.TextField,
    "macaddress.fields.MACAddressField": models.BigIntegerField,
    "markupfield.fields.MarkupField": models.TextField,
    "martor.models.MartorField": models.TextField,
    "model_utils.fields.AutoCreatedField": models.DateTimeField,
    "model_utils.fields.AutoLastModifiedField": models.DateTimeField,
    "model_utils.fields.MonitorField": models.DateTimeField,
    "model_utils.fields.StatusField": char(100),
    "model_utils.fields.UUIDField": models.UUIDField,
    "model_utils.fields.UrlsafeTokenField": char(128),
    "modelcluster.fields.ParentalKey": FOREIGN_KEY,
    "modelcluster.fields.ParentalManyToManyField": models.ManyToManyField,
    "mptt.fields.TreeForeignKey": FOREIGN_KEY,
    "mptt.fields.TreeOneToOneField": models.OneToOneField,
    "mptt.fields.TreeManyToManyField": models.ManyToManyField,
    "multiselectfield.db.fields.MultiSelectField": char(200),
    "organizations.fields.SlugField": models.SlugField,
    "ordered_model.fields.OrderField": models.PositiveIntegerField,
    "phonenumber_field.modelfields.PhoneNumberField": char(128),
    "positions.fields.PositionField": models.IntegerField,
    "private_storage.fields.PrivateFileField": models.FileField,
    "recurrence.fields.RecurrenceField": models.TextField,
    "sorl.thumbnail.fields.ImageField": models.ImageField,
    "sortedm2m.fields.SortedManyToManyField": models.ManyToManyField,
    "stdimage.models.StdImageField": models.ImageField,
    "timezone_field.fields.TimeZoneField": char(63),
    "timezone_field.TimeZoneField": char(63),
    "tinymce.models.HTMLField": models.TextField,
    "ckeditor.fields.RichTextField": models.TextField,
    "ckeditor_uploader.fields.RichTextUploadingField": models.TextField,
    "versatileimagefield.fields.VersatileImageField": models.ImageField,
    "versatileimagefield.fields.PPOIField": char(20),
    "wagtail.fields.RichTextField": models.TextField,
    "wagtail.fields.StreamField": models.JSONField,
    "wagtail.core.fields.RichTextField": models.TextField,
    "wagtail.core.fields.StreamField": models.TextField,
    "wagtail.wagtailcore.fields.RichTextField": models.TextField,
    "wagtail.wagtailcore.fields.StreamField": models.TextField,
    "django_currentuser.db.models.fields.CurrentUserField": USER_KEY,
    "django_currentuser.db.models.CurrentUserField": USER_KEY,
    "django_fsm.FSMField": char(50),
    "django_fsm.FSMIntegerField": models.IntegerField,
}
