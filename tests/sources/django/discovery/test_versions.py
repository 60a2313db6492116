"""Which Django writes the SQL is told, and whether the project asks for another one."""

from __future__ import annotations

import sys
from pathlib import Path

import django
import pytest

from migsafe.errors import SetupError
from migsafe.sources.django.discovery.pins import Pin, allows, unlike
from migsafe.sources.django.editor import setup
from migsafe.sources.tree import Tree
from tests.sources.django.projects import ORDER, collected, migration, project

HERE = ".".join(map(str, django.VERSION[:2]))
OTHER = "3.2"


@pytest.mark.parametrize(
    ("words", "version", "allowed"),
    [
        ("==5.2.4", (5, 2), True),
        ("==5.2.4", (5, 1), False),
        ("==5.2.*", (5, 2), True),
        ("==5.*", (5, 1), True),
        ("~=5.1", (5, 2), True),
        ("~=5.1", (6, 0), False),
        ("~=5.1.3", (5, 2), False),
        (">=4.2,<5", (4, 2), True),
        (">=4.2,<5", (5, 0), False),
        ("<5.2", (5, 2), False),
        ("<5.2.8", (5, 2), True),
        ("<=5.2", (5, 2), True),
        (">5.1,!=5.2.1", (5, 2), True),
        (">=6", (5, 2), False),
        ("^5.0", (5, 2), True),
        ("^4.2", (5, 2), False),
        ("4.2.1", (5, 2), False),
    ],
)
def test_a_specifier_allows_a_version_or_rules_it_out(words: str, version: tuple[int, ...], allowed: bool) -> None:
    assert allows(words, version) is allowed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", f"celery==5.2.1\ndjango-environ==0.9\nDjango[argon2]=={OTHER}.1  # LTS\n"),
        ("requirements/base.txt", f"django ~= {OTHER}.0\n"),
        ("requirements-dev.txt", f"Django>=2.2,<={OTHER}\n"),
        ("pyproject.toml", f'[project]\ndependencies = ["django-filter>=5", "Django=={OTHER}.*"]\n'),
        ("pyproject.toml", f'[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^{OTHER}"\n'),
        ("pyproject.toml", f'[tool.poetry.dependencies]\nDjango = {{version = "~{OTHER}", extras = ["x"]}}\n'),
        ("uv.lock", f'[[package]]\nname = "django"\nversion = "{OTHER}.9"\n'),
        ("poetry.lock", f'[[package]]\nname = "Django"\nversion = "{OTHER}.9"\n'),
        ("Pipfile.lock", f'{{"default": {{"django": {{"hashes": ["a"], "version": "=={OTHER}.9"}}}}}}'),
        ("setup.cfg", f"[options]\ninstall_requires =\n    Django <={OTHER}\n"),
    ],
)
def test_a_project_that_asks_for_another_django_is_told(name: str, text: str, tmp_path: Path) -> None:
    root = project(tmp_path, {"0001_initial": migration(ORDER)})
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)

    told = [note for note in collected(root).notes if "asks for" in note]

    assert len(told) == 1
    assert name in told[0]
    assert OTHER in told[0]


@pytest.mark.parametrize(
    "text", [f"Django=={HERE}.1\n", "Django\n", "django-extensions==3.2\n", "# Django==3.2\n", "celery==1\n", ""]
)
def test_a_project_that_asks_for_the_same_or_any_is_told_nothing(text: str, tmp_path: Path) -> None:
    root = project(tmp_path, {"0001_initial": migration(ORDER)})
    (root / "requirements.txt").write_text(text)

    assert not any("asks for" in note for note in collected(root).notes)


def test_a_lock_counts_more_than_what_is_wished_for(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Django<4\n")
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "django"\nversion = "4.2.9"\n')

    assert unlike(Tree(tmp_path), "", (4, 2)) is None
    assert unlike(Tree(tmp_path), "", (5, 2)) == Pin("uv.lock", "==4.2.9")


def test_the_requirements_of_a_project_below_lie_beside_it_or_above(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "manage.py").touch()
    (tmp_path / "requirements.txt").write_text("Django==3.2\n")

    assert unlike(Tree(tmp_path), "backend", (5, 2)) == Pin("requirements.txt", "==3.2")


def test_the_version_that_wrote_the_sql_is_told(tmp_path: Path) -> None:
    found = collected(project(tmp_path, {"0001_initial": migration(ORDER)}))

    assert any(f"the SQL is what Django {django.get_version()} writes" in note for note in found.notes)


@pytest.mark.parametrize(("module", "name"), [("django", "Django"), ("psycopg", "psycopg")])
def test_what_is_not_installed_is_named_with_the_remedy(
    module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.django_version.cache_clear()
    setup.connection.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    root = project(tmp_path, {"0001_initial": migration(ORDER)})

    with pytest.raises(SetupError, match=f"{name} is not installed") as refused:
        collected(root)

    assert refused.value.remedy == 'install "migsafe-lint[django]"'


def test_a_django_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.django_version.cache_clear()
    setup.connection.cache_clear()
    monkeypatch.setattr(django, "VERSION", (3, 2, 25, "final", 0))
    root = project(tmp_path, {"0001_initial": migration(ORDER)})

    with pytest.raises(SetupError, match=r"4\.2 or newer"):
        collected(root)
