"""The state of a whole project is Django's own after the same operations."""

from __future__ import annotations

import pytest

from migsafe.sources.django.editor.setup import connection

connection()

from django.db import migrations, models  # noqa: E402  # Django has to be configured before
from django.db.migrations.state import ProjectState  # noqa: E402  # Django is set up first

from migsafe.sources.django.state.whole_state import WholeState  # noqa: E402  # Django is set up first

PLACE = migrations.CreateModel("Place", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())])


def _after(state: ProjectState, *operations: migrations.operations.base.Operation) -> ProjectState:
    for operation in (PLACE, *operations):
        operation.state_forwards("shop", state)
    return state


@pytest.mark.parametrize("preserve_default", [True, False])
def test_an_altered_field(preserve_default: bool) -> None:  # a parameter of the test
    alter = migrations.AlterField(
        "place", "name", models.CharField(max_length=9, default="x"), preserve_default=preserve_default
    )
    ours, djangos = _after(WholeState(), alter), _after(ProjectState(), alter)
    assert ours == djangos
    assert ours.models["shop", "place"].fields["name"].has_default() is preserve_default


def test_one_from_which_models_are_rendered_renders_them_again() -> None:
    state = _after(WholeState())
    assert state.apps.get_model("shop", "place")._meta.get_field("name").max_length is None
    migrations.AlterField("place", "name", models.CharField(max_length=9)).state_forwards("shop", state)
    assert state.apps.get_model("shop", "place")._meta.get_field("name").max_length == 9


def test_a_model_that_is_not_there_is_missed_as_django_misses_it() -> None:
    alter = migrations.AlterField("street", "name", models.TextField())
    for state in (WholeState(), ProjectState()):
        with pytest.raises(KeyError):
            alter.state_forwards("shop", state)
