"""Which Django a project asks for, from the text of its requirements and lock files.

The SQL of a migration depends on Django's version (identity columns since 4.1, `DROP COLUMN` without CASCADE since
6.0), so that a project that runs another one than the one beside migsafe should know. Only what decides a major and
minor version is looked at: exact versions first, ranges where there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from migsafe.sources.tree import Tree, join, split

_LONGEST: Final = 4_000_000  # characters; lock files are long
_LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_OTHERS: Final = ("Pipfile.lock", "Pipfile", "pyproject.toml", "setup.cfg", "setup.py")
_FLAGS: Final = re.MULTILINE | re.IGNORECASE
_LOCKED: Final = re.compile(
    r"""^name[ \t]*=[ \t]*["']django["'][ \t]*\r?\n[ \t]*version[ \t]*=[ \t]*["']([\d.]+)""", _FLAGS
)
_PIPENV: Final = re.compile(r""""django"\s*:\s*\{[^{}]{0,9999}?"version"\s*:\s*"([^"\n]+)\"""", _FLAGS)
_REQUIREMENT: Final = re.compile(
    r"""(?:^|["'])[ \t]*django(?:\[[\w ,-]*\])?[ \t]*\(?((?:[~=!<>]=?=?[ \t]*[\w.*+-]+[ \t]*,?[ \t]*)+)""", _FLAGS
)
_TABLE: Final = re.compile(
    r"""^[ \t]*["']?django["']?[ \t]*=[ \t]*"""
    r"""(?:["']([^"'\n]+)["']|\{[^{}\n]{0,999}?version[ \t]*=[ \t]*["']([^"'\n]+)["'])""",
    _FLAGS,
)
_PART: Final = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d+(?:\.\d+)*)(?:\.\*)?")

Release = tuple[int, ...]


class Pin(NamedTuple):
    """What a file asks for, in its own words."""

    path: str
    words: str


def unlike(tree: Tree, folder: str, version: Release) -> Pin | None:
    """The first file from a project's folder upwards that rules a version of Django out, unless one before it allows
    it. Of the version only the first two numbers count."""
    for pin in _pins(tree, folder):
        return None if allows(pin.words, version) else pin
    return None


def _pins(tree: Tree, folder: str) -> Iterator[Pin]:
    place: str | None = folder
    while place is not None:
        for name in _files(tree, place):
            text = tree.text(join(place, name), _LONGEST)
            words = _words(text, name) if "jango" in text else ""
            if words:
                yield Pin(join(place, name), words)
        place = split(place)[0] if place else None


def _files(tree: Tree, folder: str) -> Iterator[str]:
    """Locks before wishes: what a lock says is what runs."""
    names = tree.entries(folder).files
    yield from (name for name in _LOCKS if name in names)
    yield from (name for name in names if "requirements" in name and name.endswith(".txt"))
    inner = tree.entries(join(folder, "requirements")).files
    yield from (f"requirements/{name}" for name in inner if name.endswith(".txt"))
    yield from (name for name in _OTHERS if name in names)


def _words(text: str, name: str) -> str:
    """What a file asks of Django; nothing when it asks for nothing, or for any version."""
    if name.endswith((".lock", "pylock.toml")):
        found = _LOCKED.search(text) or _PIPENV.search(text)
        return f"=={found[1].removeprefix('==')}" if found else ""
    found = _REQUIREMENT.search(text)
    if found is None and name in ("pyproject.toml", "Pipfile"):
        found = _TABLE.search(text)
    if found is None:
        return ""
    words = next(part for part in found.groups() if part is not None)
    return re.sub(r"\s+", "", words).strip(",") if _PART.search(words) else ""


def allows(words: str, version: Release) -> bool:
    """Whether a specifier, of pip or of Poetry, allows some release of a major and minor version."""
    parts = _PART.findall(words)
    return all(_allows(sign, tuple(map(int, number.split("."))), version[:2]) for sign, number in parts)


def _allows(sign: str, asked: Release, version: Release) -> bool:
    near = (*asked, 0)[:2]
    if sign in ("==", "===", "=", "~") or (sign == "" and len(asked) > 1):
        return near == version if len(asked) > 1 else asked[0] == version[0]
    if sign == "~=" and len(asked) > 2:
        return near == version
    if sign in ("^", "~=", ""):
        return version[0] == asked[0] and version >= near
    if sign == "<":
        return version < near or (version == near and any(asked[2:]))
    if sign == "<=":
        return version <= near
    return sign == "!=" or version >= near
