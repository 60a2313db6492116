"""Where the configuration says that revisions are: alembic.ini and `[tool.alembic]`, read as text."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.sources.tree import Tree, join, split

_NAMED: Final = re.compile(r"%\((\w+)\)s")
_SPLITTERS: Final = {"os": os.pathsep, "space": " ", "newline": "\n", ";": ";", ":": ":"}
_LEGACY: Final = re.compile(r", *|(?: +)|\n")
_DEPTH: Final = 8  # names inside of names


class Section(KeywordRecord):
    """One environment as the configuration states it. Locations are relative to the project; `name` is the section's.

    `locations` is empty when the revisions are in `versions` below the script location.
    """

    file: str
    name: str
    script: str | None
    locations: tuple[str, ...] = ()
    recursive: bool = False
    stated: str = ""  # the script location as it is written


def sections(tree: Tree, path: str) -> Iterator[Section]:
    """The environments that a configuration file states."""
    text = tree.text(path)
    folder = split(path)[0]
    if path.endswith(".toml"):
        yield from _of_toml(tree, path, folder, text)
        return
    for name, values in _ini(text):
        if "script_location" in values:
            yield _section(tree, path, name, _Values(values, folder))


def _ini(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for name in parser.sections():
        yield name, dict(parser.items(name))


def _of_toml(tree: Tree, path: str, folder: str, text: str) -> Iterator[Section]:
    import tomllib

    if "[tool.alembic" not in text:
        return
    try:
        table = tomllib.loads(text).get("tool", {}).get("alembic", {})
    except tomllib.TOMLDecodeError:
        return
    values: dict[str, str] = {}
    for key, value in table.items() if isinstance(table, dict) else ():
        if isinstance(value, list):
            values[key] = "\n".join(str(item) for item in value)
        else:
            values[key] = str(value).lower() if isinstance(value, bool) else str(value)
    if "script_location" in values:
        yield _section(tree, path, "tool.alembic", _Values({**values, "path_separator": "newline"}, folder))


class _Values:
    """The values of one section, with the names in them replaced: `%(here)s` is the file's folder."""

    def __init__(self, values: Mapping[str, str], folder: str) -> None:
        self.folder = folder
        self._values = values

    def get(self, name: str) -> str:
        return self._filled(self._values.get(name, ""))

    def _filled(self, text: str, depth: int = 0) -> str:
        if depth > _DEPTH:
            return ""
        values = {"here": "\0", **self._values}
        filled = _NAMED.sub(lambda match: values.get(match[1], ""), text)
        again = self._filled(filled, depth + 1) if _NAMED.search(filled) else filled
        return again.replace("%%", "%")


def _section(tree: Tree, path: str, name: str, values: _Values) -> Section:
    stated = values.get("script_location").strip()
    script = _place(tree, stated, values.folder)
    return Section(
        file=path,
        name=name,
        script=script,
        locations=tuple(_locations(tree, values)),
        recursive=values.get("recursive_version_locations").split("#")[0].strip().lower() in ("true", "1", "yes", "on"),
        stated=stated.replace("\0", "%(here)s"),
    )


def _locations(tree: Tree, values: _Values) -> Iterator[str]:
    text = values.get("version_locations").strip()
    if not text:
        return
    words = (values.get("path_separator") or values.get("version_path_separator")).split("#")[0].strip()
    separator = _SPLITTERS.get(words)
    for part in _LEGACY.split(text) if separator is None else text.split(separator):
        found = _place(tree, part.strip(), values.folder) if part.strip() else None
        if found is not None:
            yield found


def _place(tree: Tree, stated: str, folder: str) -> str | None:
    """The folder that a location means: a path from the configuration's folder or from the project's, or
    `package:path`. None when there is no such folder."""
    if stated.startswith("\0"):
        return _existing(tree, _normal(join(folder, stated[1:].lstrip("/"))))
    package, _, inside = stated.partition(":")
    if inside:
        return _in_package(tree, package, inside, folder)
    starts = dict.fromkeys((folder, "", *_above(folder)))
    found = (_existing(tree, _normal(join(start, stated))) for start in starts)
    return next((place for place in found if place is not None), None)


def _in_package(tree: Tree, package: str, inside: str, folder: str) -> str | None:
    """A package is looked for beside the configuration, above it, and in a `src` folder there."""
    wanted = join(package.replace(".", "/"), inside)
    starts = dict.fromkeys((folder, *_above(folder), ""))
    for start in starts:
        for middle in ("", "src", "lib"):
            found = _existing(tree, _normal(join(join(start, middle), wanted)))
            if found is not None:
                return found
    return None


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = split(folder)[0]
        yield folder


def _existing(tree: Tree, path: str | None) -> str | None:
    if path is None:
        return None
    entries = tree.entries(path)
    return path if entries.files or entries.folders else None


def _normal(path: str) -> str | None:
    """The path without `.` and `..`; None when it leads out of the project."""
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
