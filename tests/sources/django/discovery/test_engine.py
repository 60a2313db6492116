"""A database engine of its own may have a schema editor of its own: it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.sources.django.discovery.settings_text import stated_settings
from migsafe.sources.tree import Tree
from tests.sources.django.projects import ORDER, collected, migration, project, second, shop

ADD = 'migrations.AddField("order", "seen", models.BooleanField(null=True)),'


def _engine_notes(root: Path, settings: str) -> list[str]:
    shop(root, second(ADD))
    (root / "settings.py").write_text(settings)
    return [note for note in collected(root).notes if "engine" in note]


@pytest.mark.parametrize("engine", ["django_zero_downtime_migrations.backends.postgres", "shop.db.postgresql"])
def test_one_that_is_not_djangos_is_named(tmp_path: Path, engine: str) -> None:
    [note] = _engine_notes(tmp_path, f'DATABASES = {{"default": {{"ENGINE": "{engine}", "NAME": "shop"}}}}\n')
    assert engine in note


@pytest.mark.parametrize(
    "engine",
    [
        "django.db.backends.postgresql",
        "django.contrib.gis.db.backends.postgis",
        "django_prometheus.db.backends.postgresql",
        "haystack.backends.whoosh_backend.WhooshEngine",
        "django.db.backends.mysql",
    ],
)
def test_others_are_not(tmp_path: Path, engine: str) -> None:
    assert _engine_notes(tmp_path, f'DATABASES["default"]["ENGINE"] = "{engine}"\n') == []


@pytest.mark.parametrize("engine", ["django_zero_downtime_migrations.backends.postgres", "sentry.db.postgres"])
def test_one_that_rewrites_the_sql_is_described(tmp_path: Path, engine: str) -> None:
    [note] = _engine_notes(tmp_path, f'DATABASES = {{"default": {{"ENGINE": "{engine}"}}}}\n')
    assert note.startswith(f"the database's engine is {engine}: it rewrites the SQL of migrations: ")
    assert "--render asks the project itself" in note


def test_settings_lie_in_folders_of_configuration(tmp_path: Path) -> None:
    root = project(tmp_path, {"0001_initial": migration(ORDER), "shop/conf/server.py": '{"ENGINE": "shop.postgres"}'})

    assert [note for note in collected(root).notes if "engine is shop.postgres" in note]


def test_several_names_may_be_assigned_at_once(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text('OTHER_USER_MODEL = AUTH_USER_MODEL = "people.Person"\nA = SMALL = 7\n')

    found = stated_settings(Tree(tmp_path)).values
    assert (found["OTHER_USER_MODEL"], found["AUTH_USER_MODEL"]) == ("people.Person", "people.Person")
    assert (found["A"], found["SMALL"]) == (7, 7)
