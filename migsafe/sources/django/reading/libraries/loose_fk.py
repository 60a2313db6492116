"""django-loose-fk: a check that one of two fields is filled, a key or an address (constraints.py, 1.1)."""

from __future__ import annotations

from typing import Final

from django.db import models

from migsafe.sources.django.objects.expressions import of_check
from migsafe.sources.django.reading.libraries.base import Built


def _check(fk_field: str, url_field: str, app_label: str = "", model_name: str = "") -> models.CheckConstraint:
    prefix = f"{app_label}_{model_name}_" if app_label and model_name else ""
    no_url, no_key = models.Q(**{url_field: ""}), models.Q(**{f"{fk_field}__isnull": True})
    one = (~no_key & no_url) | (no_key & ~no_url)
    options = of_check({"check": one, "name": f"{prefix}{fk_field}_or_{url_field}_filled"})
    return models.CheckConstraint(**options)


NAMES: Final = {"django_loose_fk.constraints.FkOrURLFieldConstraint": Built(_check)}
