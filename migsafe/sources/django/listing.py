"""Django's projects as folders of migrations. The order between apps is worked out when the files are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from migsafe.sources.discovery import MigrationFolder
from migsafe.sources.django.discovery.apps import App, find_projects
from migsafe.sources.django.discovery.settings_text import packed
from migsafe.sources.sql.convention import Note, SqlFile
from migsafe.sources.tree import Tree

CONVENTION: Final = "django"
_NAMED: Final = 3
_FOR_TESTS: Final = frozenset({"test", "tests", "testdata", "testapp", "test_project", "example", "examples"})

_STRAY: Final = "not judged, beside the app's folder of migrations, which is the only one that Django looks into: {}"


def folders(tree: Tree, dialect: str) -> Iterator[MigrationFolder]:
    """A folder for each project, and one for each app that stands apart: of tests, or with a label that is taken."""
    for project in find_projects(tree):
        settings = packed(project.settings)
        apps: dict[str, App] = {}
        apart: list[tuple[App, tuple[Note, ...]]] = []
        strays = [app for app in project.apps if _is_stray(app, project.apps)]
        for app in project.apps:
            if app in strays:
                continue
            first = apps.get(app.label)
            if not _FOR_TESTS.isdisjoint(app.folder.split("/")):
                apart.append((app, ()))
            elif first is not None:
                words = (
                    f"its label {app.label} is also that of {tree.show(first.folder)}: it is taken as another project"
                )
                apart.append((app, (Note(tree.show(app.folder), words),)))
            else:
                apps[app.label] = app
        if apps:
            notes = tuple(Note(tree.show(app.folder), _STRAY.format(_named(app.files))) for app in strays)
            yield _folder(tree, project.path, apps.values(), settings, dialect, notes)
        for app, notes in apart:
            yield _folder(tree, app.folder, [app], settings, dialect, notes)


def _named(files: Sequence[str]) -> str:
    """The files' names; of many the first."""
    names = [file.rpartition("/")[2] for file in files]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _is_stray(app: App, apps: Iterable[App]) -> bool:
    """Whether its files lie beside the folder of migrations instead of in it."""
    return any(other.folder.rpartition("/")[0] == app.folder and other is not app for other in apps)


def _folder(  # noqa: PLR0917  # what a folder is
    tree: Tree, path: str, apps: Iterable[App], settings: str, dialect: str, notes: tuple[Note, ...] = ()
) -> MigrationFolder:
    return MigrationFolder(
        path=tree.show(path),
        convention=CONVENTION,
        dialect=dialect,
        files=tuple(file for app in sorted(apps, key=lambda app: app.label) for file in _files(tree, app, settings)),
        notes=notes,
    )


def _files(tree: Tree, app: App, settings: str) -> Iterator[SqlFile]:
    for path in app.files:
        name = path.rpartition("/")[2].removesuffix(".py")
        version = name.partition("_")[0]
        yield SqlFile(
            path=tree.show(path),
            id=f"{app.label}.{name}",
            version=version if version.isdecimal() else "",
            options=(("app", app.label), ("settings", settings)),
        )
