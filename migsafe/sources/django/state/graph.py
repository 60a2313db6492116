"""The order in which Django runs migrations, by its own loader over what was read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from django.db.migrations.exceptions import CircularDependencyError

from migsafe.model.migration import GraphFlaw, GraphProblem
from migsafe.model.record import KeywordRecord, derived
from migsafe.sources.django.reading.reader import Node, ReadMigration
from migsafe.sources.django.state.loading import Loader


class Ordered(KeywordRecord):
    """The migrations in order, with what each comes after.

    `left_out` are those that do not run, with the ones that run instead: squashed ones, or those that a squashed one
    would replace. `applied` are the applied ones as `migrate` sees it. `flaws` by path.
    """

    migrations: tuple[ReadMigration, ...]
    parents: Mapping[Node, tuple[Node, ...]]
    left_out: Mapping[Node, tuple[Node, ...]] = {}
    left_out_migrations: tuple[ReadMigration, ...] = ()
    applied: frozenset[Node] = frozenset()
    flaws: Mapping[str, tuple[GraphProblem, ...]] = {}

    def apps_before(self, node: Node) -> frozenset[str]:
        """The labels of the apps that a migration comes after, its own, and those that it names."""
        known = self._apps_before
        found = {node}
        labels = {node[0]}
        waiting = [node]
        while waiting:
            for parent in self.parents.get(waiting.pop(), ()):
                if parent in known:
                    labels |= known[parent]
                elif parent not in found:
                    found.add(parent)
                    labels.add(parent[0])
                    waiting.append(parent)
        known[node] = frozenset(labels)
        return known[node]

    @derived
    def _apps_before(self) -> dict[Node, frozenset[str]]:
        """What has been asked: who asks for all in order never walks further than to the migrations right before."""
        return {}


def order(
    migrations: Iterable[ReadMigration],
    applied: AbstractSet[Node] = frozenset(),
    named: AbstractSet[Node] = frozenset(),
) -> Ordered:
    """As `migrate` would apply them to an empty database, or to one that has applied some (executor.py,
    `migration_plan`).

    A squashed migration runs when all or none of those that it replaces are applied (loader.py, `build_graph`). Who
    `named` some of the replaced ones, and not the squashed one, means a database on which they run.
    """
    every = {migration.node: migration for migration in migrations}
    aside = {m.node for m in every.values() if m.node not in named and not named.isdisjoint(m.replaces)}
    return _Graph(every, Loader(every, applied, aside)).result()


class _Graph:
    def __init__(self, every: Mapping[Node, ReadMigration], loader: Loader) -> None:
        self.every = every
        self.loader = loader
        self.flaws: dict[str, list[GraphProblem]] = {}

    def result(self) -> Ordered:
        self.loader.build()
        if self.loader.refused is not None:
            node, message = self.loader.refused
            self._flaw(node, GraphFlaw.CYCLE, message)
        self._missing()
        order = self._order()
        self._several_leaves()
        nodes = self.loader.graph.nodes
        left_out = [node for node in sorted(self.every) if node not in nodes]
        return Ordered(
            migrations=tuple(self.every[node] for node in order),
            parents={node: self._parents(node) for node in nodes},
            left_out={node: self._instead_of(node) for node in left_out},
            left_out_migrations=tuple(self.every[node] for node in left_out),
            applied=frozenset(node for node in self.loader.applied_migrations if node in nodes),
            flaws={path: tuple(found) for path, found in self.flaws.items()},
        )

    def _parents(self, node: Node) -> tuple[Node, ...]:
        return tuple(sorted(parent.key for parent in self.loader.graph.node_map[node].parents))

    def _instead_of(self, node: Node) -> tuple[Node, ...]:
        """The squashed ones that stand for it, or those for which it would stand."""
        standing = [m.node for m in self.every.values() if node in m.replaces and m.node in self.loader.graph.nodes]
        replaced = [old for old in self.every[node].replaces if old in self.loader.graph.nodes]
        return tuple(standing or replaced)

    def _flaw(self, node: Node, flaw: GraphFlaw, message: str) -> None:
        migration = self.every[node]
        place = migration.place if flaw is GraphFlaw.SEVERAL_HEADS else migration.parents
        self.flaws.setdefault(migration.path, []).append(GraphProblem(flaw, message, place))

    def _missing(self) -> None:
        """What is named and is not there, of the project's own apps."""
        for dummy in sorted(self.loader.take_out_missing(), key=lambda dummy: dummy.key):
            missing = f"{_name(dummy.key)}, and there is no such migration"
            unused = [m.node for m in self.every.values() if dummy.key in m.replaces]
            if unused:  # `build_graph` explains it in the same way
                why = "which runs on a database on which some of those that it replaces are applied"
                missing = f"{_name(dummy.key)}: it is gone, and {_name(unused[0])}, {why}, cannot stand for it"
            for child in sorted(dummy.children):
                if child.key in self.every:
                    self._flaw(child.key, GraphFlaw.MISSING, f"migration {_name(child.key)} comes after {missing}")
            for parent in sorted(dummy.parents):
                if parent.key in self.every:
                    message = f"migration {_name(parent.key)} has to run before {missing}"
                    self._flaw(parent.key, GraphFlaw.MISSING, message)

    def _order(self) -> list[Node]:
        graph = self.loader.graph
        try:
            graph.ensure_not_cyclic()
        except CircularDependencyError as error:
            return self._without_cycle(str(error))
        plan: dict[Node, None] = {}
        for leaf in graph.leaf_nodes():
            plan.update(dict.fromkeys(graph.forwards_plan(leaf)))
        plan.update(dict.fromkeys(sorted(graph.nodes)))
        return list(plan)

    def _without_cycle(self, words: str) -> list[Node]:
        """Those that can be ordered, then the others by name: what is in a circle has no order."""
        waiting = dict.fromkeys(sorted(self.loader.graph.nodes))
        placed: dict[Node, None] = {}
        grown = True
        while grown:
            grown = False
            for node in list(waiting):
                if all(parent in placed for parent in self._parents(node)):
                    placed[node] = None
                    del waiting[node]
                    grown = True
        for node in waiting:
            if self._comes_after_itself(node):
                self._flaw(node, GraphFlaw.CYCLE, f"migration {_name(node)} comes after itself: {words}")
        return [*placed, *waiting]

    def _comes_after_itself(self, node: Node) -> bool:
        found: set[Node] = set()
        waiting = list(self._parents(node))
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += self._parents(parent)
        return node in found

    def _several_leaves(self) -> None:
        """Of one app, as `migrate` sees it: it refuses until they are merged (loader.py, `detect_conflicts`). What
        comes after a missing one is no second last one: where it belongs is not known."""
        leaves: dict[str, list[str]] = {}
        for label, name in self.loader.graph.leaf_nodes():
            if self.every[label, name].path not in self.flaws:
                leaves.setdefault(label, []).append(name)
        for label, names in leaves.items():
            for name in names if len(names) > 1 else ():
                others = ", ".join(other for other in names if other != name)
                which = f"migration {label}.{name} is one of {len(names)} last ones of {label} (also {others})"
                self._flaw((label, name), GraphFlaw.SEVERAL_HEADS, f"{which}: `migrate` refuses")


def _name(node: Node) -> str:
    return ".".join(node)


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
