"""The order in which Django runs migrations, by its own graph over what was read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.db.migrations.exceptions import CircularDependencyError
from django.db.migrations.graph import MigrationGraph

from migsafe.model.migration import GraphFlaw, GraphProblem
from migsafe.model.record import KeywordRecord
from migsafe.sources.django.reading import Node, ReadMigration


class Ordered(KeywordRecord):
    """The migrations in order, with what each comes after; `replaced` are those for which a squashed one stands.
    `flaws` by path."""

    migrations: tuple[ReadMigration, ...]
    parents: Mapping[Node, tuple[Node, ...]]
    replaced: tuple[ReadMigration, ...] = ()
    flaws: Mapping[str, tuple[GraphProblem, ...]] = {}

    def apps_before(self, node: Node) -> frozenset[str]:
        """The labels of the apps that a migration comes after, its own, and those that it names."""
        found = {node}
        waiting = [node]
        while waiting:
            new = [parent for parent in self.parents.get(waiting.pop(), ()) if parent not in found]
            found.update(new)
            waiting += new
        return frozenset(label for label, _ in found)


def order(migrations: Iterable[ReadMigration]) -> Ordered:
    """As `migrate` would apply them to an empty database (executor.py, `migration_plan`)."""
    return _Graph({migration.node: migration for migration in migrations}).result()


class _Graph:
    def __init__(self, every: Mapping[Node, ReadMigration]) -> None:
        replaced = {node for migration in every.values() for node in migration.replaces if node in every}
        self.replaced = tuple(every[node] for node in sorted(replaced))
        self.kept = {node: migration for node, migration in every.items() if node not in replaced}
        self.stands_for = {old: m.node for m in self.kept.values() for old in m.replaces}
        self.labels = {label for label, _ in every}
        self.flaws: dict[str, list[GraphProblem]] = {}
        self.graph = MigrationGraph()

    def result(self) -> Ordered:
        for node in self.kept:
            self.graph.add_node(node, node)
        for migration in self.kept.values():
            for parent in migration.dependencies:
                self._after(migration, parent)
            for child in migration.run_before:
                found = self._resolved(child)
                if found is not None:
                    self.graph.add_dependency(found, found, migration.node, skip_validation=True)
        order = self._order()
        self._several_leaves()
        parents = {node: tuple(sorted(p.key for p in self.graph.node_map[node].parents)) for node in self.kept}
        return Ordered(
            migrations=tuple(self.kept[node] for node in order),
            parents=parents,
            replaced=self.replaced,
            flaws={path: tuple(found) for path, found in self.flaws.items()},
        )

    def _flaw(self, migration: ReadMigration, flaw: GraphFlaw, message: str) -> None:
        place = migration.place if flaw is GraphFlaw.SEVERAL_HEADS else migration.parents
        self.flaws.setdefault(migration.path, []).append(GraphProblem(flaw, message, place))

    def _after(self, migration: ReadMigration, parent: Node) -> None:
        """Apps that are not part of the project are taken to have what is asked of them."""
        found = self._resolved(parent)
        if found is not None and found != migration.node:
            self.graph.add_dependency(migration.node, migration.node, found, skip_validation=True)
        elif found is None and parent[0] in self.labels and parent[1] not in ("__first__", "__latest__"):
            name = ".".join(migration.node)
            message = f"migration {name} comes after {'.'.join(parent)}, and there is no such migration"
            self._flaw(migration, GraphFlaw.MISSING, message)

    def _order(self) -> list[Node]:
        try:
            self.graph.ensure_not_cyclic()
        except CircularDependencyError as error:
            return self._without_cycle(str(error))
        plan: dict[Node, None] = {}
        for leaf in self.graph.leaf_nodes():
            plan.update(dict.fromkeys(self.graph.forwards_plan(leaf)))
        plan.update(dict.fromkeys(self.kept))
        return list(plan)

    def _without_cycle(self, words: str) -> list[Node]:
        """Those that can be ordered, then the others by name: what is in a circle has no order."""
        waiting = dict.fromkeys(sorted(self.kept))
        placed: dict[Node, None] = {}
        grown = True
        while grown:
            grown = False
            for node in list(waiting):
                if all(parent.key in placed for parent in self.graph.node_map[node].parents):
                    placed[node] = None
                    del waiting[node]
                    grown = True
        for node in waiting:
            if f"{node[0]}.{node[1]}" in words:
                message = f"migration {'.'.join(node)} comes after itself: {words}"
                self._flaw(self.kept[node], GraphFlaw.CYCLE, message)
        return [*placed, *waiting]

    def _several_leaves(self) -> None:
        """Of one app, as `migrate` sees it: it refuses until they are merged (loader.py, `detect_conflicts`)."""
        leaves: dict[str, list[str]] = {}
        for label, name in self.graph.leaf_nodes():
            leaves.setdefault(label, []).append(name)
        for label, names in leaves.items():
            for name in names if len(names) > 1 else ():
                others = ", ".join(other for other in names if other != name)
                which = f"migration {label}.{name} is one of {len(names)} last ones of {label} (also {others})"
                message = f"{which}: `migrate` refuses"
                self._flaw(self.kept[label, name], GraphFlaw.SEVERAL_HEADS, message)

    def _resolved(self, node: Node) -> Node | None:
        """The node itself, the squashed one that replaces it, or what `__first__` and `__latest__` mean."""
        if node in self.kept:
            return node
        if node in self.stands_for:
            return self.stands_for[node]
        if node[1] not in ("__first__", "__latest__"):
            return None
        own = sorted(other for other in self.kept if other[0] == node[0])
        parents = {other: [p for p in self.kept[other].dependencies if p[0] == node[0]] for other in own}
        if node[1] == "__first__":
            return next((other for other in own if not parents[other]), None)
        referred = {parent for of_one in parents.values() for parent in of_one}
        return next((other for other in reversed(own) if other not in referred), None)


def focus_last(ordered: Ordered, focus: frozenset[str], applied: frozenset[str]) -> tuple[ReadMigration, ...]:
    """An order that Django could also take: first what comes after nothing in focus. What the database has applied
    comes first in any case."""
    behind = set(_behind(ordered, focus))
    done = [m for m in ordered.migrations if m.path in applied]
    early = [m for m in ordered.migrations if m.path not in applied and m.node not in behind]
    late = [m for m in ordered.migrations if m.path not in applied and m.node in behind]
    return (*done, *early, *late)


def _behind(ordered: Ordered, focus: frozenset[str]) -> Iterator[Node]:
    found: set[Node] = set()
    for migration in ordered.migrations:  # parents come first
        if migration.path in focus or not found.isdisjoint(ordered.parents.get(migration.node, ())):
            found.add(migration.node)
            yield migration.node
