"""What migsafe makes of a Django project's migrations: runs with the Python whose Django is to render.

    python -m tools.django_compare.ours MAJOR EACH < folder.json > ours.json

With "points" in the input (a migration, and those before it) it tells what it knows of the database before each.

EACH 0 renders the whole history at once; N renders every Nth migration by itself, after a history that was only
replayed as state, as `migsafe check app 0042` does it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from migsafe.model.migration import Migration, Statement
from migsafe.sources.django.discovery.settings_text import AUTO_FIELD, unpacked
from migsafe.sources.django.editor.setup import connection, use_auto_field, use_user_model
from migsafe.sources.django.migrations.history import Course, history_of
from migsafe.sources.django.project import Wanted, _Files
from migsafe.sources.django.state.graph import Ordered, order
from migsafe.sources.sql.convention import SqlFile
from migsafe.sources.tree import Tree
from tools.django_compare.schemas import of_schema

Sent = dict[str, dict[str, list[str] | None]]
"""The statements of each migration up and down, None where there is no way back, and those of one side of a condition
that nobody can decide."""


def main() -> None:
    major, each = int(sys.argv[1]), int(sys.argv[2])
    given = json.load(sys.stdin)
    connection()
    stored = [SqlFile(path=p, id=i, version=v, options=tuple(map(tuple, o))) for p, i, v, o in given["files"]]
    stated = unpacked(next((file.option("settings") for file in stored), ""))
    use_auto_field(stated.get(AUTO_FIELD))
    use_user_model(stated.get("AUTH_USER_MODEL"))
    wanted = Wanted(folder=given["folder"], files=tuple(stored), focus=None, version=major)
    files = _Files(Tree(Path(given["root"])), wanted)
    ordered = order([files.outline(file) for file in stored])
    if "points" in given:
        json.dump(dict(bases(ordered, files, major, given["points"])), sys.stdout)
        return
    json.dump(dict(rendered(ordered, files, major, each)), sys.stdout)


def bases(
    ordered: Ordered, files: _Files, major: int, points: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, object]]:
    """The schema before each of some migrations when just the named ones have run."""
    line = {f"{m.app_label}.{m.name}": m for m in ordered.migrations}
    for name, before in points.items():
        if name in line:
            ran = tuple(line[each] for each in before if each in line)
            point = ordered.replace(migrations=(*ran, line[name]))
            course = Course(focus=frozenset((line[name].path,)), version=major)
            yield name, of_schema(history_of(point, course, files).base)


def rendered(ordered: Ordered, files: _Files, major: int, each: int) -> Iterator[tuple[str, object]]:
    yield "order", [[m.app_label, m.name, m.path] for m in ordered.migrations]
    if not each:
        found = history_of(ordered, Course(focus=None, version=major), files)
        yield "sent", sent(found.migrations, found.downs)
        yield "gaps", found.notes
        return
    single: Sent = {}
    for migration in ordered.migrations[::each]:
        focus = frozenset((migration.path,))
        found = history_of(ordered, Course(focus=focus, version=major), files)
        at = next(at for at, m in enumerate(found.migrations) if m.path == migration.path)
        single |= sent(found.migrations[at : at + 1], found.downs[at : at + 1])
    yield "sent", single


def sent(ups: Sequence[Migration], downs: Sequence[Migration | None]) -> Sent:
    return {
        up.id: {
            "up": [s.sql for s in up.statements if is_of_schema(s)],
            "down": None if down is None else [s.sql for s in down.statements if is_of_schema(s)],
            "guarded": [s.sql for way in (up, down) if way is not None for s in way.statements if s.guards],
        }
        for up, down in zip(ups, downs, strict=True)
    }


def is_of_schema(statement: Statement) -> bool:
    return statement.written_as is None or statement.written_as.operation != "RunPython"


if __name__ == "__main__":
    main()
