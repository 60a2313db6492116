"""How much of what migsafe renders for a Django project is what Django itself sends to a real server.

    python -m tools.django_compare ROOT [--each N] [--seconds S]

The whole history is rendered at once; with --each N, every Nth migration also by itself after a history that was only
replayed as state, as `migsafe check app 0042` does it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from migsafe.model.migration import Direction, Migration
from migsafe.model.text import Span
from migsafe.sources.django.graph import order
from migsafe.sources.django.history import Course, history_of
from migsafe.sources.django.listing import folders
from migsafe.sources.django.project import Wanted, _Files
from migsafe.sources.django.reading import ReadMigration
from migsafe.sources.django.setup import connection
from migsafe.sources.rendered import Origin, RenderedStatements
from migsafe.sources.tree import Tree
from tools.observe.servers import embedded_server

Statements = dict[str, list[str]]


class OnlySchema(_Files):
    """What Python does to rows is no part of `sqlmigrate`."""

    def whole(self, path: str) -> ReadMigration:
        return self.outline(self._files[path])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("root", type=Path)
    arguments.add_argument("--each", type=int, default=0)
    arguments.add_argument("--seconds", type=float, default=240.0)
    given = arguments.parse_args()
    connection()
    tree = Tree(given.root)
    for folder in folders(tree, "postgresql"):
        with embedded_server() as server:
            wanted = Wanted(folder=folder.path, files=folder.files, focus=None, version=server.major)
            files = OnlySchema(tree, wanted)
            ordered = order([files.outline(file) for file in folder.files])
            user = folder.files[0].option("user")
            database = {"NAME": "postgres", "HOST": str(server.directory), "USER": "postgres"}
            chain = [[m.app_label, m.name, m.path] for m in ordered.migrations]
            command = [sys.executable, "-m", "tools.django_compare.truth", str(given.root), json.dumps(database), user]
            done = subprocess.run(
                [*command, str(given.seconds)], input=json.dumps(chain), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            truth = json.loads(done.stdout)
        whole = _ours(history_of(ordered, Course(focus=None, version=server.major), files).migrations)
        print(f"== {folder.path or '.'}: {len(folder.files)} files, {len(truth)} reached")
        _report("whole history", truth, whole)
        if given.each:
            single: Statements = {}
            for migration in ordered.migrations[: len(truth) : given.each]:
                course = Course(focus=frozenset((migration.path,)), version=server.major)
                made = _ours(history_of(ordered, course, files).migrations)
                name = f"{migration.app_label}.{migration.name}"
                single[name] = made[name]
            _report("one by one", [each for each in truth if each["id"] in single], single)


def _ours(migrations: Sequence[Migration]) -> Statements:
    return {
        m.id: [_COMPUTED.sub("'…'", s.sql) for s in m.statements] for m in migrations if m.direction is Direction.UP
    }


def _theirs(sql: Sequence[str]) -> list[str]:
    collected = RenderedStatements()
    for one in sql:
        collected.script(one, Origin(span=Span(0, 0)))
    return [_COMPUTED.sub("'…'", statement.sql) for statement in collected.statements]


_COMPUTED = re.compile(r"'[0-9a-f]{32}'::uuid|'20[0-9-]{8}[T ][0-9:.+]*'::timestamptz|'20[0-9-]{8}'::date|'{}'::jsonb")
"""Values that differ with each run: random identifiers and the time."""


def _report(title: str, truth: Sequence[dict[str, object]], ours: Statements) -> None:
    same = total = whole = compared = 0
    for each in truth:
        sql = each.get("sql")
        if not isinstance(sql, list):
            continue
        wanted, made = _theirs(sql), ours.get(str(each["id"]), [])
        compared += 1
        hits = sum(a in made for a in wanted)
        same += hits
        total += max(len(wanted), len(made))
        whole += wanted == made
        if wanted != made:
            print(f"  {each['id']}")
            for line in _difference(wanted, made):
                print(f"    {line}")
    refused = [e for e in truth if "error" in e]
    print(
        f"{title}: {whole} of {compared} migrations, {same} of {total} statements identical; {len(refused)} with errors"
    )
    for each in refused[:8]:
        print(f"  not applied: {each['id']}: {str(each['error'])[:140]}")


def _difference(wanted: Sequence[str], made: Sequence[str]) -> Iterator[str]:
    yield from (f"- {sql[:200]}" for sql in wanted if sql not in made)
    yield from (f"+ {sql[:200]}" for sql in made if sql not in wanted)
    if sorted(wanted) == sorted(made):
        yield "the order differs"


if __name__ == "__main__":
    main()
