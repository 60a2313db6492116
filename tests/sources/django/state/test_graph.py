"""The graph is the one that Django builds of the same files: each case is loaded by Django itself as well."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from migsafe.config import Settings
from migsafe.model.migration import GraphFlaw
from migsafe.model.names import Name
from migsafe.model.statistics import AppliedVersions
from migsafe.sources.collect import Request, collect
from migsafe.sources.django.project import Wanted, _Files
from migsafe.sources.django.reading.reader import Node
from migsafe.sources.django.state.graph import Ordered, order
from migsafe.sources.frameworks import folders
from migsafe.sources.pending import Live
from migsafe.sources.tree import Tree
from tests.sources.django.projects import ORDER, codes, migration, project, report, second

REALLY = """
import json, sys
from django.conf import settings
asked = json.load(sys.stdin)
settings.configure(INSTALLED_APPS=asked["apps"], USE_TZ=True,
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
import django; django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.applied_migrations = lambda self: {tuple(node): True for node in asked["applied"]}
told = {"plan": [], "conflicts": [], "error": ""}
try:
    executor = MigrationExecutor(connection)
    told["conflicts"] = sorted(executor.loader.detect_conflicts().items())
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    told["plan"] = [[m.app_label, m.name] for m, _ in plan]
except Exception as error:
    told["error"] = type(error).__name__
print(json.dumps(told))
"""


class Really(NamedTuple):
    """What Django makes of the files: what it would run, apps with several last migrations, what it refuses with."""

    plan: list[Node]
    conflicts: list[str]
    error: str


def really(root: Path, applied: tuple[Node, ...] = ()) -> Really:
    apps = sorted(path.parent.name for path in root.glob("*/migrations"))
    done = subprocess.run(
        [sys.executable, "-c", REALLY],
        cwd=root,
        input=json.dumps({"apps": apps, "applied": applied}),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    plan = [(label, name) for label, name in told["plan"]]
    return Really(plan, [label for label, _ in told["conflicts"]], told["error"])


def ours(root: Path, applied: tuple[Node, ...] = (), named: tuple[Node, ...] = ()) -> Ordered:
    (folder,) = folders(Tree(root), "postgresql")
    files = _Files(Tree(root), Wanted(folder=folder.path, files=folder.files, focus=None, version=16))
    return order([files.outline(file) for file in folder.files], frozenset(applied), frozenset(named))


def pending(found: Ordered) -> list[Node]:
    return [m.node for m in found.migrations if m.node not in found.applied]


def flaws(found: Ordered) -> list[tuple[str, GraphFlaw]]:
    return [(path, flaw.flaw) for path in sorted(found.flaws) for flaw in found.flaws[path]]


def chain(label: str, *names: str) -> Iterator[tuple[str, str]]:
    """Files of migrations that come one after the other."""
    for before, name in zip((None, *names), names, strict=False):
        yield f"{label}/migrations/{name}.py", migration(after=((label, before),) if before else ())


def after(*nodes: str, more: str = "") -> str:
    """A migration without operations: it comes after `app.name`."""
    pairs = [node.split(".") for node in nodes]
    return migration(after=tuple((label, name) for label, name in pairs), more=more)


def replacing(label: str, *names: str) -> str:
    return f"replaces = {[(label, name) for name in names]!r}"


A = dict(chain("a", "0001", "0002", "0003"))
B = dict(chain("b", "0001", "0002"))
SQUASHED = {**A, "a/migrations/0001_squashed_0002.py": after(more=replacing("a", "0001", "0002"))}
GONE = {
    "a/migrations/0001_squashed_0002.py": after(more=replacing("a", "0001", "0002")),
    "a/migrations/0003.py": after("a.0002"),
}
TWICE = {**SQUASHED, "a/migrations/0001_all.py": after(more=replacing("a", "0001_squashed_0002", "0003"))}
DONE = ("a", "0001"), ("a", "0002"), ("a", "0003")

SOUND: list[tuple[str, dict[str, str], tuple[Node, ...]]] = [
    ("apps by name", {**B, **A}, ()),
    ("another app first", {**A, **B, "a/migrations/0001.py": after("b.0002")}, ()),
    ("in the middle of another app", {**A, **B, "b/migrations/0001.py": after("a.0002")}, ()),
    ("the first of another app", {**A, **B, "a/migrations/0002.py": after("a.0001", "b.__first__")}, ()),
    ("the last of another app", {**A, **B, "a/migrations/0002.py": after("a.0001", "b.__latest__")}, ()),
    (
        "before another app",
        {**A, **B, "b/migrations/0002.py": after("b.0001", more="run_before = [('a', '0001')]")},
        (),
    ),
    ("the first of its own app", {**A, "a/migrations/0001.py": after("a.__first__")}, ()),
    (
        "a merge",
        {**A, "a/migrations/0002_b.py": after("a.0001"), "a/migrations/0004.py": after("a.0003", "a.0002_b")},
        (),
    ),
    ("a part is applied", A, DONE[:2]),
    ("squashed", SQUASHED, ()),
    ("squashed, all applied", SQUASHED, DONE),
    ("squashed, all that it replaces is applied", SQUASHED, DONE[:2]),
    ("squashed, half of it applied", SQUASHED, DONE[:1]),
    ("squashed, recorded without those that it replaces", SQUASHED, (("a", "0001_squashed_0002"),)),
    ("squashed, the others are gone", GONE, ()),
    ("squashed, the others are gone and applied", GONE, DONE[:2]),
    ("after a squashed one", {**SQUASHED, **B, "b/migrations/0001.py": after("a.0001_squashed_0002")}, ()),
    (
        "after a squashed one that is not used",
        {**SQUASHED, **B, "b/migrations/0002.py": after("b.0001", "a.0001_squashed_0002")},
        DONE[:1],
    ),
    ("after a replaced one", {**SQUASHED, **B, "b/migrations/0001.py": after("a.0001")}, ()),
    (
        "before a replaced one",
        {**SQUASHED, **B, "b/migrations/0001.py": after(more="run_before = [('a', '0002')]")},
        (),
    ),
    (
        "squashed across apps",
        {**A, **B, "b/migrations/0003.py": after(more="replaces = [('b', '0001'), ('b', '0002'), ('a', '0003')]")},
        (),
    ),
]
BROKEN: list[tuple[str, dict[str, str], tuple[Node, ...], str, list[tuple[str, GraphFlaw]]]] = [
    (
        "missing",
        {**A, "a/migrations/0003.py": after("a.0009")},
        (),
        "NodeNotFoundError",
        [("a/migrations/0003.py", GraphFlaw.MISSING)],
    ),
    (
        "missing in another app",
        {**A, **B, "a/migrations/0003.py": after("a.0002", "b.0009")},
        (),
        "NodeNotFoundError",
        [("a/migrations/0003.py", GraphFlaw.MISSING)],
    ),
    (
        "before what is missing",
        {**A, **B, "a/migrations/0003.py": after("a.0002", more="run_before = [('b', '0009')]")},
        (),
        "NodeNotFoundError",
        [("a/migrations/0003.py", GraphFlaw.MISSING)],
    ),
    (
        "gone before its squash was applied whole",
        GONE,
        DONE[:1],
        "NodeNotFoundError",
        [("a/migrations/0003.py", GraphFlaw.MISSING)],
    ),
    (
        "a circle",
        {**A, "a/migrations/0001.py": after("a.0003")},
        (),
        "CircularDependencyError",
        [(f"a/migrations/000{n}.py", GraphFlaw.CYCLE) for n in (1, 2, 3)],
    ),
    (
        "a circle of apps",
        {
            **A,
            **B,
            "a/migrations/0002.py": after("a.0001", "b.0002"),
            "b/migrations/0002.py": after("b.0001", "a.0002"),
        },
        (),
        "CircularDependencyError",
        [("a/migrations/0002.py", GraphFlaw.CYCLE), ("b/migrations/0002.py", GraphFlaw.CYCLE)],
    ),
    (
        "a circle by run_before",
        {**A, "a/migrations/0003.py": after("a.0002", more="run_before = [('a', '0001')]")},
        (),
        "CircularDependencyError",
        [(f"a/migrations/000{n}.py", GraphFlaw.CYCLE) for n in (1, 2, 3)],
    ),
]


@pytest.mark.parametrize(("files", "applied"), [case[1:] for case in SOUND], ids=[case[0] for case in SOUND])
def test_migrations_come_in_the_order_of_django(
    files: dict[str, str], applied: tuple[Node, ...], tmp_path: Path
) -> None:
    root = project(tmp_path, files)

    found = ours(root, applied)

    assert really(root, applied) == Really(pending(found), [], "")
    assert not found.flaws


@pytest.mark.parametrize(
    ("files", "applied", "error", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_what_django_refuses_is_a_flaw_at_its_place(
    files: dict[str, str], applied: tuple[Node, ...], error: str, expected: list[tuple[str, GraphFlaw]], tmp_path: Path
) -> None:
    root = project(tmp_path, files)

    found = ours(root, applied)

    assert really(root, applied).error == error
    assert flaws(found) == expected
    assert len(found.migrations) + len(found.left_out) == len(files), "nothing is lost"


def test_several_last_migrations_are_a_conflict(tmp_path: Path) -> None:
    root = project(tmp_path, {**A, **B, "a/migrations/0003_b.py": after("a.0002")})

    found = ours(root)

    assert really(root).conflicts == ["a"]
    assert flaws(found) == [(f"a/migrations/{name}.py", GraphFlaw.SEVERAL_HEADS) for name in ("0003", "0003_b")]


def test_a_squashed_migration_that_is_not_merged_in_is_one_more_last_one(tmp_path: Path) -> None:
    """It stands for 0001 and 0002 and forgets what 0003 came after."""
    root = project(tmp_path, {**A, "a/migrations/0004_other.py": after("a.0001", more=replacing("a", "0002"))})

    assert bool(really(root).conflicts) == bool(ours(root).flaws)


def test_squashed_migrations_can_be_squashed_again(tmp_path: Path) -> None:
    """Django before 6.0 fails or not, as the order of a set has it."""
    assert pending(ours(project(tmp_path, TWICE))) == [("a", "0001_all")]


def test_replaced_migrations_run_when_somebody_names_them(tmp_path: Path) -> None:
    found = ours(project(tmp_path, SQUASHED), named=(("a", "0002"),))

    assert pending(found) == list(DONE)
    assert found.left_out == {("a", "0001_squashed_0002"): (("a", "0001"), ("a", "0002"))}


def test_what_a_squashed_migration_replaces_is_told(tmp_path: Path) -> None:
    squashed = ("a", "0001_squashed_0002")

    assert ours(project(tmp_path, SQUASHED)).left_out == {("a", "0001"): (squashed,), ("a", "0002"): (squashed,)}


def in_focus(root: Path, *paths: str, versions: tuple[str, ...] = ()) -> tuple[list[str], tuple[str, ...]]:
    """The ids of what is judged, and the notes."""
    table = AppliedVersions(tool="django", table=Name("public", "django_migrations"), versions=versions)
    live = Live((table,)) if versions else Live()
    found = collect(Request(root=root, paths=paths), Settings(), live=live)
    return [m.id for m in found.focus if m.direction == "up"], found.notes


def test_replaced_migrations_are_told_and_judged_when_they_are_named(tmp_path: Path) -> None:
    root = project(tmp_path, SQUASHED)

    judged, notes = in_focus(root)

    assert judged == ["a.0001_squashed_0002", "a.0003"]
    assert any("a.0001 (a.0001_squashed_0002 runs instead), a.0002" in note for note in notes), notes
    assert in_focus(root, "a.0002")[0] == ["a.0002"]


def test_a_squashed_migration_is_applied_when_all_that_it_replaces_is(tmp_path: Path) -> None:
    judged, notes = in_focus(project(tmp_path, GONE), versions=("a.0001", "a.0002", "a.0003", "auth.0001_initial"))

    assert judged == []
    assert any("the database has applied everything" in note for note in notes)
    assert not any("not in the folder" in note for note in notes), "Django's own apps, and what is squashed"


def test_what_is_left_of_a_half_applied_squash_is_pending(tmp_path: Path) -> None:
    judged, notes = in_focus(project(tmp_path, SQUASHED), versions=("a.0001", "a.0009_lost"))

    assert judged == ["a.0002", "a.0003"]
    assert any("1 of 3 migrations are applied" in note for note in notes), notes
    assert any("not in the folder: a.0009_lost." in note for note in notes), notes


ITEM = ORDER.replace("Order", "Item")
RELATIONS = {
    "foreign key": 'migrations.AddField("order", "item", models.ForeignKey("stock.Item", models.CASCADE, null=True)),',
    "without constraint": (
        'migrations.AddField("order", "item", models.ForeignKey("stock.Item", models.CASCADE, db_constraint=False)),'
    ),
    "many to many": 'migrations.AddField("order", "items", models.ManyToManyField("stock.Item")),',
    "base": 'migrations.CreateModel("Book", [], bases=("stock.item",)),',
}


@pytest.mark.parametrize("relation", RELATIONS.values(), ids=RELATIONS)
def test_a_relation_needs_a_dependency(relation: str, tmp_path: Path) -> None:
    """Django raises "Related model 'stock.item' cannot be resolved" where the order of the apps does not help."""
    files = {"0001_initial": migration(ORDER), "stock/migrations/0001_initial.py": migration(ITEM)}
    undeclared = project(tmp_path / "a", {**files, "0002_next": second(relation)})
    both = (("shop", "0001_initial"), ("stock", "0001_initial"))
    declared = project(tmp_path / "b", {**files, "0002_next": migration(relation, after=both)})

    assert "MS642" in codes(report(undeclared, "shop.0002"))
    assert "MS642" not in codes(report(declared, "shop.0002"))
    assert really(undeclared).plan.index(("shop", "0002_next")) < really(undeclared).plan.index(
        ("stock", "0001_initial")
    )


def test_a_relation_may_be_declared_by_way_of_others(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER, after=(("stock", "0001_initial"),)),
        "0002_next": second(RELATIONS["foreign key"]),
        "stock/migrations/0001_initial.py": migration(ITEM),
    }

    assert "MS642" not in codes(report(project(tmp_path, files), "shop.0002"))


def test_the_apps_before_a_migration_are_the_same_whoever_asked_before() -> None:
    parents = {
        ("a", "1"): (),
        ("b", "1"): (("a", "1"), ("gone", "1")),
        ("c", "1"): (("b", "1"),),
        ("d", "1"): (("e", "1"), ("a", "1")),  # a circle, which has its finding
        ("e", "1"): (("d", "1"), ("c", "1")),
    }
    asked = Ordered(migrations=(), parents=parents)
    for node in (*parents, *reversed(parents)):
        assert asked.apps_before(node) == Ordered(migrations=(), parents=parents).apps_before(node)
    assert asked.apps_before(("c", "1")) == {"a", "b", "c", "gone"}
    assert asked.apps_before(("d", "1")) == asked.apps_before(("e", "1")) == {"a", "b", "c", "d", "e", "gone"}
