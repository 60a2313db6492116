"""Listings by file name, which is what most tools do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from migsafe.model.migration import Direction
from migsafe.sources.sql.convention import Listing, SqlFile, numbering_notes, others
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join

Key = Callable[[SqlFile], Any]

UP_DOWN_PAIR = re.compile(r"(?P<id>(?P<version>[0-9]+)_.*)\.(?P<direction>up|down)\.sql\Z")
NUMBERED = re.compile(r"(?P<id>(?P<version>[0-9]+)_.+)\.sql\Z")
_DIRECTIONS = {"up": Direction.UP, "down": Direction.DOWN, None: None}


def by_number(file: SqlFile) -> tuple[int, str]:
    return int(file.version), file.id


def by_name(file: SqlFile) -> str:
    return file.path


def listed(folder: Folder, pattern: re.Pattern[str], *, key: Key, why: str) -> Listing:
    """The folder's files whose names match, each down after its up.

    The pattern's groups are `id`, `version` and, where names tell it, `direction`.
    """
    found = [(name, match) for name in folder.files if (match := pattern.match(name))]
    files = [
        SqlFile(
            path=join(folder.path, name),
            id=match["id"],
            version=match["version"],
            direction=_DIRECTIONS[match.groupdict().get("direction")],
        )
        for name, match in found
    ]
    ordered = tuple(sorted(files, key=lambda file: (key(file), file.direction is Direction.DOWN, file.path)))
    notes = (*numbering_notes(folder, ordered), *others(folder, [name for name, _ in found], why))
    return Listing(files=ordered, notes=notes)
