"""A Django project as one history: its files are read as text, its statements are what Django would send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from migsafe.errors import SetupError
from migsafe.model.migration import History
from migsafe.model.record import KeywordRecord
from migsafe.schema.schema import Schema
from migsafe.sources.django.discovery.engines import engine_remark
from migsafe.sources.django.discovery.pins import unlike
from migsafe.sources.django.discovery.settings_text import AUTO_FIELD, ENGINE, unpacked
from migsafe.sources.django.discovery.siblings import ProjectModules
from migsafe.sources.django.editor.setup import django_version, use_auto_field, use_user_model
from migsafe.sources.sql.convention import SqlFile
from migsafe.sources.tree import Tree, split
from migsafe.text.masking import printable
from migsafe.text.source import BYTE_ORDER_MARK, SourceText

if TYPE_CHECKING:
    from migsafe.sources.django.reading.domain import DjangoDomain
    from migsafe.sources.django.reading.reader import ReadMigration
    from migsafe.sources.django.sqlmigrate.printed import Printed
    from migsafe.sources.django.state.graph import Ordered
    from migsafe.sources.django.state.standing import Standing
    from migsafe.sources.interpreter import Source

_SHOWN: Final = 5  # gaps of the state that are told


class Wanted(KeywordRecord):
    """What is to be read: the files of a project, those in focus (None for all), the server's major version.

    `base` is a schema that is known from elsewhere, as a schema file has it; `applied` are paths of files that the
    database has applied already, `recorded` the names of applied migrations that no file has. With an `interpreter`
    the project's own Django is asked for the SQL.
    """

    folder: str
    files: tuple[SqlFile, ...]
    focus: frozenset[str] | None
    version: int
    base: Schema | None = None
    applied: frozenset[str] = frozenset()
    recorded: tuple[str, ...] = ()
    one_deploy: bool = False
    interpreter: str | None = None


class ReadProject(KeywordRecord):
    """The history, the schema before the first migration that is not replayed, what a version table means for it, and
    remarks for the user."""

    history: History
    base: Schema
    standing: Standing
    remarks: tuple[str, ...] = ()


def read_project(root: Path, wanted: Wanted) -> ReadProject:
    """Read everything. Raises SetupError when Django is not installed or a file cannot be read."""
    stated = unpacked(_settings(wanted))
    use_auto_field(stated.get(AUTO_FIELD))
    use_user_model(stated.get("AUTH_USER_MODEL"))
    from migsafe.sources.django.migrations.history import Course, history_of
    from migsafe.sources.django.migrations.limits import limits
    from migsafe.sources.django.state.standing import left_out_words, standing

    files = _Files(Tree(root), wanted)
    ordered = _ordered(files, wanted)
    wanted = _as_django_sees_it(ordered, wanted)
    printed, told = _printed(root, wanted)
    course = Course(
        focus=wanted.focus,
        version=wanted.version,
        base=wanted.base,
        applied=wanted.applied,
        printed=printed,
        limits=limits(stated),
    )
    found = history_of(ordered, course, files)
    members = (*found.migrations, *(down for down in found.downs if down is not None))
    history = History(
        folder=wanted.folder,
        migrations=found.migrations,
        downs=found.downs,
        focus=frozenset(m.key for m in members if wanted.focus is None or m.path in wanted.focus),
        one_deploy=wanted.one_deploy,
        replayed=found.replayed,
    )
    rendered_here = () if wanted.interpreter else _unlike(Tree(root), wanted.folder)
    left_out = left_out_words(ordered, wanted.focus)
    return ReadProject(
        history=history,
        base=found.base,
        standing=standing(ordered, wanted.recorded),
        remarks=(*told, *_remarks(wanted, found.notes), *rendered_here, *left_out),
    )


def _ordered(files: _Files, wanted: Wanted) -> Ordered:
    """The graph on an empty database, or on one that has applied some. What is named one by one runs."""
    from migsafe.sources.django.state.graph import order
    from migsafe.sources.django.state.standing import node_of

    read = [files.outline(file) for file in wanted.files]
    if wanted.applied:
        done = [file.id for file in wanted.files if file.path in wanted.applied]
        return order(read, applied=frozenset(map(node_of, (*done, *wanted.recorded))))
    named = wanted.focus if wanted.focus is not None else frozenset()
    return order(read, named=frozenset(m.node for m in read if m.path in named))


def _as_django_sees_it(ordered: Ordered, wanted: Wanted) -> Wanted:
    """A squashed migration is applied when all that it replaces is, whatever is recorded of itself."""
    if not wanted.applied:
        return wanted
    applied = frozenset(m.path for m in ordered.migrations if m.node in ordered.applied)
    pending = frozenset(m.path for m in ordered.migrations if m.node not in ordered.applied)
    focus = wanted.focus - applied if wanted.focus is not None else None
    again = wanted.applied & pending  # recorded, and not applied for Django
    return wanted.replace(applied=applied, focus=focus | again if focus is not None else None)


def _unlike(tree: Tree, folder: str) -> Iterator[str]:
    """That the project asks for another Django than the one that renders."""
    version = tuple(int(part) for part in django_version().split(".")[:2] if part.isdecimal())
    pin = unlike(tree, folder, version)
    if pin is not None:
        here = ".".join(map(str, version))
        words = printable(pin.words)
        yield (
            f"{pin.path} asks for Django {words}, and {here} is installed beside migsafe: the SQL may differ. With the "
            "project's own Django installed there, it is the project's."
        )


def _printed(root: Path, wanted: Wanted) -> tuple[Mapping[str, Printed], tuple[str, ...]]:
    """What the project's own Django prints, if it is asked. This runs code of the project."""
    if wanted.interpreter is None:
        return {}, ()
    from migsafe.sources.django.sqlmigrate.render import rendered

    paths = [file.path for file in wanted.files if wanted.focus is None or file.path in wanted.focus]
    found = rendered(root, wanted.folder, paths, wanted.interpreter)
    return found.printed, found.remarks


def _remarks(wanted: Wanted, gaps: tuple[str, ...]) -> Iterator[str]:
    where = f"{wanted.folder}: " if wanted.folder else ""
    yield f"{where}the SQL is what Django {django_version()} writes for PostgreSQL {wanted.version}."
    engine = unpacked(_settings(wanted)).get(ENGINE)
    if engine is not None:
        yield f"{where}{engine_remark(engine)}"
    yield from gaps[:_SHOWN]
    if len(gaps) > _SHOWN:
        yield f"{where}{len(gaps) - _SHOWN} more parts of the project's state are not known."


class _Files:
    """Reads the files of one project, in outline or whole."""

    def __init__(self, tree: Tree, wanted: Wanted) -> None:
        from migsafe.sources.django.reading.domain import DjangoDomain

        self._tree = tree
        self._files = {file.path: file for file in wanted.files}
        folders = _search_folders(tree, wanted)
        self._domain: DjangoDomain = DjangoDomain(unpacked(_settings(wanted)), tree, folders)
        self._modules = ProjectModules(tree, folders)
        self._focus = wanted.focus
        self._whole: dict[str, ReadMigration] = {}  # read, and not asked for yet

    def outline(self, file: SqlFile) -> ReadMigration:
        """What other migrations need to know; of one in focus everything at once, so that it is read once."""
        if self._focus is None or file.path in self._focus:
            self._whole[file.path] = self.whole(file.path)
            return self._whole[file.path]
        from migsafe.sources.django.reading.reader import outline

        label, _, name = file.id.partition(".")
        return outline(self.source(file.path), label, name, self._domain, self._modules)

    def whole(self, path: str) -> ReadMigration:
        """The file with what its Python does."""
        if path in self._whole:
            return self._whole.pop(path)
        from migsafe.sources.django.reading.reader import read

        label, _, name = self._files[path].id.partition(".")
        return read(self.source(path), label, name, self._domain, self._modules)

    def source(self, path: str) -> Source:
        """The file's text, in which places are offsets. Raises SetupError when it cannot be read."""
        from migsafe.sources.interpreter import Source

        try:
            text = SourceText.decode(self._tree.read(path), path).text
        except OSError as error:
            raise SetupError(f"cannot read {path}: {error.strerror}", "check the file's permissions") from error
        # Python leaves a mark out before it counts; an empty line in its place keeps all offsets.
        return Source(path, f"\n{text[1:]}" if text.startswith(BYTE_ORDER_MARK) else text)


def _settings(wanted: Wanted) -> str:
    return next((file.option("settings") for file in wanted.files), "")


def _search_folders(tree: Tree, wanted: Wanted) -> list[str]:
    """What Python would have on its path: the project's folder, those around it, `src`, and those around the packages
    that the migrations are in."""
    found = [wanted.folder]
    while found[-1]:
        found.append(split(found[-1])[0])
    packages = dict.fromkeys(split(file.path)[0] for file in wanted.files)
    return list(dict.fromkeys((*found, "src", *(_around_package(tree, package) for package in packages))))


def _around_package(tree: Tree, folder: str) -> str:
    """The folder in which the outermost package around a folder lies."""
    while folder and "__init__.py" in tree.entries(folder).files:
        folder = split(folder)[0]
    return folder
