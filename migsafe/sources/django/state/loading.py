"""Django's own loader of migrations, over what was read instead of over modules that it would import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress

from django.core.management.base import CommandError
from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from django.db.migrations.graph import DummyNode
from django.db.migrations.loader import MigrationLoader

from migsafe.sources.django.reading.reader import Node, ReadMigration


class Loader(MigrationLoader):
    """The graph after squashed migrations took their place, or were put aside.

    What the project's migrations name of other apps is taken to be there. `aside` are squashed migrations that do not
    run. `refused` is a squashed migration with which Django itself would not go on, and why.
    """

    def __init__(
        self, every: Mapping[Node, ReadMigration], applied: AbstractSet[Node], aside: AbstractSet[Node]
    ) -> None:
        self._every = every
        self._known = applied
        self._aside = aside
        self._applied: dict[Node, object] = {}
        self.refused: tuple[Node, str] | None = None
        super().__init__(None, load=False, ignore_no_migrations=True)

    @property
    def applied_migrations(self) -> dict[Node, object]:
        """What `build_graph` begins with is what is known, instead of what a database says."""
        return self._applied

    @applied_migrations.setter
    def applied_migrations(self, found: Mapping[Node, object] | None) -> None:
        self._applied = {**(found or {}), **dict.fromkeys(self._known)}

    def load_disk(self) -> None:
        """Squashed ones that replace squashed ones come last, as Django before 6.0 needs it."""
        nodes = sorted(self._every, key=lambda node: (self._depth(node, frozenset()), node))
        self.disk_migrations = {node: self._seen(node) for node in nodes}
        self.migrated_apps = {label for label, _ in nodes}
        self.unmigrated_apps: set[str] = set()

    def _depth(self, node: Node, around: frozenset[Node]) -> int:
        if node not in self._every or node in around:
            return 0
        return max((1 + self._depth(old, around | {node}) for old in self._every[node].replaces), default=0)

    def _seen(self, node: Node) -> ReadMigration:
        migration = self._every[node]
        return migration.replace(replaces=()) if node in self._aside else migration

    def check_key(self, key: Node, current_app: str) -> Node | None:
        """Nothing for apps that are not part of the project."""
        if key[0] not in self.migrated_apps:
            return None
        found: Node | None = super().check_key(key, current_app)
        return found

    def build(self) -> None:
        """Build the graph. What is missing stays in it as Django's dummy nodes, and circles stay circles."""
        try:
            self.build_graph()
        except CircularDependencyError:
            pass
        except (NodeNotFoundError, CommandError) as error:
            if not any(isinstance(node, DummyNode) for node in self.graph.node_map.values()):
                self._without_replacing(str(error))
        for node in sorted(self._aside & self.graph.nodes.keys()):
            self.graph.remove_replacement_node(node, self._every[node].replaces)

    def _without_replacing(self, words: str) -> None:
        squashed = sorted(node for node, migration in self._every.items() if migration.replaces)
        self.refused = (squashed[-1], f"migration {'.'.join(squashed[-1])} cannot replace others: {words}")
        self.replace_migrations = False
        with suppress(CircularDependencyError, NodeNotFoundError):
            self.build_graph()

    def take_out_missing(self) -> Iterator[DummyNode]:
        """The dummy nodes, which are then no part of the graph any more."""
        for node in [node for node in self.graph.node_map.values() if isinstance(node, DummyNode)]:
            del self.graph.node_map[node.key], self.graph.nodes[node.key]
            for child in node.children:
                child.parents.discard(node)
            for parent in node.parents:
                parent.children.discard(node)
            yield node
