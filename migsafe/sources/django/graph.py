"""The order in which Django runs migrations: its own graph over what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.migrations.exceptions import CircularDependencyError
from django.db.migrations.graph import MigrationGraph

from migsafe.sources.django.reading import Node, ReadMigration


class Ordered(NamedTuple):
    """The migrations in order; `missing` are dependencies inside of known apps that no file has; `replaced` are
    those for which a squashed migration stands."""

    migrations: tuple[ReadMigration, ...]
    missing: tuple[tuple[ReadMigration, Node], ...] = ()
    replaced: tuple[ReadMigration, ...] = ()
    cycle: str = ""
    leaves: Mapping[str, tuple[str, ...]] = {}


def order(migrations: Iterable[ReadMigration]) -> Ordered:
    """As `migrate` would apply them to an empty database (executor.py, `migration_plan`)."""
    every = {migration.node: migration for migration in migrations}
    replaced = {node for migration in every.values() for node in migration.replaces if node in every}
    kept = {node: migration for node, migration in every.items() if node not in replaced}
    stands_for = {old: m.node for m in kept.values() for old in m.replaces}
    graph = MigrationGraph()
    for node in kept:
        graph.add_node(node, node)
    missing: list[tuple[ReadMigration, Node]] = []
    for migration in kept.values():
        for parent in migration.dependencies:
            _connect(graph, migration, parent, kept, stands_for, missing)
        for child in migration.run_before:
            found = _resolved(child, kept, stands_for)
            if found is not None:
                graph.add_dependency(found, found, migration.node, skip_validation=True)
    try:
        graph.ensure_not_cyclic()
    except CircularDependencyError as error:
        return Ordered(tuple(kept[node] for node in sorted(kept)), tuple(missing), _of(replaced, every), str(error))
    plan: dict[Node, None] = {}
    for leaf in graph.leaf_nodes():
        plan.update(dict.fromkeys(graph.forwards_plan(leaf)))
    leaves: dict[str, tuple[str, ...]] = {}
    for label, name in graph.leaf_nodes():
        leaves[label] = (*leaves.get(label, ()), name)
    return Ordered(tuple(kept[node] for node in plan), tuple(missing), _of(replaced, every), leaves=leaves)


def _of(nodes: Iterable[Node], every: Mapping[Node, ReadMigration]) -> tuple[ReadMigration, ...]:
    return tuple(every[node] for node in sorted(nodes))


def _connect(  # noqa: PLR0917  # the graph and its three books
    graph: MigrationGraph,
    migration: ReadMigration,
    parent: Node,
    kept: Mapping[Node, ReadMigration],
    stands_for: Mapping[Node, Node],
    missing: list[tuple[ReadMigration, Node]],
) -> None:
    found = _resolved(parent, kept, stands_for)
    if found is not None and found != migration.node:
        graph.add_dependency(migration.node, migration.node, found, skip_validation=True)
    elif found is None and any(label == parent[0] for label, _ in kept):
        missing.append((migration, parent))


def _resolved(node: Node, kept: Mapping[Node, ReadMigration], stands_for: Mapping[Node, Node]) -> Node | None:
    """The node itself, the squashed one that replaces it, or what `__first__` and `__latest__` mean."""
    if node in kept:
        return node
    if node in stands_for:
        return stands_for[node]
    if node[1] not in ("__first__", "__latest__"):
        return None
    own = sorted(other for other in kept if other[0] == node[0])
    parents = {other: [p for p in kept[other].dependencies if p[0] == node[0]] for other in own}
    if node[1] == "__first__":
        return next((other for other in own if not parents[other]), None)
    referred = {parent for of_one in parents.values() for parent in of_one}
    return next((other for other in reversed(own) if other not in referred), None)
