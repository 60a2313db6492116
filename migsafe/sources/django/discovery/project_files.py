"""Files that migrations read: only SQL of the project, by a path that its code spells out.

`open(Path(__file__).parent / "sql/0002.sql").read()` is the text of that file. What lies outside of the project, or is
reached through a link that leaves it, is not known.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from migsafe.sources.django.discovery.fixtures import CALLS, ENDINGS, FIXTURE, Fixtures
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.holes import uses_reserved
from migsafe.sources.tree import Tree, join
from migsafe.text.holes import has_hole

_LONGEST: Final = 500_000  # characters of a file that is read
_READ: Final = (".sql", ".psql", ".pgsql", ".ddl")  # others may hold secrets, and statements are shown
_BASES: Final = (".settings.BASE_DIR", ".settings.ROOT_DIR", ".settings.PROJECT_ROOT")  # of Django's or a project's
_HERE: Final = "__file__"


class ProjectFiles:
    """`folders` are those to which a setting such as BASE_DIR may lead."""

    def __init__(self, tree: Tree, folders: Sequence[str]) -> None:
        self._tree = tree
        self.fixtures = Fixtures(tree)
        self._folders = tuple(dict.fromkeys((*folders, *_with_settings(tree, folders))))
        self._kind = HostKind(
            name="a path",
            methods={
                **dict.fromkeys(("resolve", "absolute", "expanduser"), _itself),
                "joinpath": lambda owner, call: self._joined(owner.payload, call.args) or call.unknown(),
                "read_text": lambda owner, call: self._read(owner.payload) or call.unknown(Cause.ENVIRONMENT),
                "open": lambda owner, call: self._opened(owner.payload, call),
                "exists": lambda owner, call: self._text(owner.payload) is not None or call.unknown(),
            },
            attributes={
                "parent": lambda owner: self._path(_parent(owner.payload)),
                "parents": lambda owner: [self._path(above) for above in _parents(owner.payload)],
            },
            operator=lambda sign, left, right: self._divided(left, right) if sign == "/" else None,
        )
        self._calls: Mapping[str, Callable[[Call], object | None]] = {
            "os.path.dirname": self._parent_of,
            **dict.fromkeys(
                ("os.path.abspath", "os.path.realpath", "os.path.normpath", "pathlib.Path", "pathlib.PurePath", "str"),
                self._first,
            ),
            "os.path.join": lambda call: self._joined(self._named(call, 0), call.args[1:]),
            **dict.fromkeys(("open", "io.open", "codecs.open"), self._open),
            **CALLS,
        }

    def call(self, callee: Unknown, call: Call) -> object | None:
        """What a call gives that is about a path in the project, else None."""
        known = self._calls.get(callee.text)
        return known(call) if known is not None and call.args else None

    def _named(self, call: Call, place: int) -> object:
        """The argument as a path in the project; None when it is none."""
        value = call.args[place] if len(call.args) > place else None
        if isinstance(value, Unknown) and value.text == _HERE:
            return call.site.path
        if isinstance(value, Unknown) and f".{value.text}".endswith(_BASES):
            return _BASE
        if isinstance(value, str) and not has_hole(value) and value.lower().endswith((*_READ, *ENDINGS)):
            return _below(_BASE, value)  # from the working directory: that of manage.py
        return value.payload if isinstance(value, HostObject) and value.kind is self._kind else None

    def _path(self, path: object) -> object | None:
        return HostObject(self._kind, path) if isinstance(path, (str, _Base)) else None

    def _first(self, call: Call) -> object | None:
        first = self._path(self._named(call, 0))
        return first if len(call.args) == 1 or first is None else self._joined(self._named(call, 0), call.args[1:])

    def _parent_of(self, call: Call) -> object | None:
        return self._path(_parent(self._named(call, 0)))

    def _joined(self, path: object, parts: Sequence[object]) -> object | None:
        """Raises nothing: what is not known, or leaves the project, is None."""
        for part in parts:
            path = _below(path, part)
        return self._path(path)

    def _divided(self, left: object, right: object) -> object | None:
        return self._joined(left.payload, (right,)) if isinstance(left, HostObject) else None

    def _open(self, call: Call) -> object | None:
        return self._opened(self._named(call, 0), call) if self._named(call, 0) is not None else None

    def _opened(self, path: object, call: Call) -> object:
        models = self._models(path)
        if models:
            return HostObject(FIXTURE, models)
        mode = call.kwargs.get("mode", call.args[-1] if call.args and call.args[-1] in ("r", "rt", "w", "rb") else "r")
        text = self._text(path) if mode in ("r", "rt") else None
        return HostObject(FILE, text) if text is not None else call.unknown(Cause.ENVIRONMENT)

    def _models(self, path: object) -> tuple[str, ...]:
        """The models of which a fixture at this path has rows."""
        candidates = (path for path in self._candidates(path) if path.lower().endswith(ENDINGS))
        return next(filter(None, map(self.fixtures.at, candidates)), ())

    def _text(self, path: object) -> str | None:
        """The file's text; None when there is none, or when it could be mistaken for a text with holes."""
        for candidate in self._candidates(path):
            if candidate.lower().endswith(_READ) and self._tree.has_file(candidate):
                text = self._tree.text(candidate, _LONGEST + 1)
                return text if len(text) <= _LONGEST and not uses_reserved(text) else None
        return None

    def _read(self, path: object) -> object | None:
        models = self._models(path)
        return HostObject(FIXTURE, models) if models else self._text(path)

    def _candidates(self, path: object) -> list[str]:
        if isinstance(path, _Base):
            return [posixpath.normpath(f"{folder}/{path.below}".lstrip("/")) for folder in self._folders]
        return [path] if isinstance(path, str) else []


def _with_settings(tree: Tree, folders: Sequence[str]) -> Iterator[str]:
    """The packages with the settings: some projects call theirs the project's folder."""
    for folder in folders:
        for inner in (join(folder, name) for name in tree.entries(folder).folders):
            if tree.has_file(join(inner, "settings.py")):
                yield inner


class _Base:
    """A path below the project's folder, which is that of BASE_DIR or one around it."""

    __slots__ = ("below",)

    def __init__(self, below: str = "") -> None:
        self.below = below


_BASE: Final = _Base()


def _parent(path: object) -> object | None:
    return posixpath.dirname(path) if isinstance(path, str) else None


def _parents(path: object) -> Iterator[str]:
    """The folders around a path, the nearest first, up to the project's own."""
    while isinstance(path, str) and path:
        path = posixpath.dirname(path)
        yield path


def _below(path: object, part: object) -> object | None:
    """None when it is not known, absolute, or leads out of the project."""
    if not isinstance(part, str) or has_hole(part) or part.startswith(("/", "\\")):
        return None
    if isinstance(path, _Base):
        joined = posixpath.normpath(posixpath.join(path.below, part))
        return None if joined.startswith("..") else _Base(joined)
    if not isinstance(path, str):
        return None
    joined = posixpath.normpath(posixpath.join(path, part))
    return None if joined.startswith("..") else joined


def _itself(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return owner


def _whole(owner: HostObject, call: Call) -> object:
    return owner.payload if not call.args else call.unknown(Cause.ENVIRONMENT)


def _lines(owner: HostObject) -> list[str]:
    return str(owner.payload).splitlines(keepends=True)


FILE: Final = HostKind(
    name="a file",
    methods={
        "read": _whole,
        "readlines": lambda owner, _: _lines(owner),
        "close": lambda _, __: None,
    },
    enter=_itself,
    leave=lambda _, __: None,
    items=_lines,
)
