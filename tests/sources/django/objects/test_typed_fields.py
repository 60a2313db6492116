"""Fields with a type of their own are asked for it in all the ways in which Django asks."""

from __future__ import annotations

from migsafe.sources.django.editor.setup import connection

DATABASE = connection()

from django.db import models  # noqa: E402  # Django has to be configured before

from migsafe.sources.django.objects.typed_fields import of_type, typed  # noqa: E402  # Django is set up first


def test_the_connection_is_given_by_place_or_by_name() -> None:
    field = of_type("citext")()
    assert field.db_type(DATABASE) == field.db_type(connection=DATABASE) == "citext"
    assert field.db_parameters(connection=DATABASE)["type"] == "citext"


def test_equal_types_are_one_class() -> None:
    one, other = (type(of_type("citext")(null=null)) for null in (True, False))
    assert one is other
    assert typed(models.TextField, (("db_type", "citext"),)) is not one
