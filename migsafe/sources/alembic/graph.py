"""The graph of revisions: what is wrong with it, and the order in which Alembic runs it.

The order is Alembic's own (`alembic.script.revision.RevisionMap`), asked for the part of the graph that is whole;
what is broken comes last, each file with the reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

from migsafe.model.migration import GraphFlaw, GraphProblem
from migsafe.model.record import KeywordRecord, Record
from migsafe.sources.alembic.header import Header


class Node(Record):
    """A revision file."""

    path: str
    header: Header


class Ordered(KeywordRecord):
    """The revisions in the order of `alembic upgrade heads` from nothing, and the flaws by path."""

    nodes: tuple[Node, ...]
    flaws: Mapping[str, tuple[GraphProblem, ...]]
    heads: tuple[str, ...] = ()


def ordered(nodes: Sequence[Node]) -> Ordered:
    """Put the revisions in order. Nothing about them is an error here: flaws are findings."""
    return _Graph(nodes).result()


class _Graph:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = sorted(nodes, key=lambda node: node.path)
        self.flaws: dict[str, list[GraphProblem]] = {}
        self.by_id: dict[str, Node] = {}
        self.labels: dict[str, str] = {}
        self.parents: dict[str, tuple[str, ...]] = {}

    def result(self) -> Ordered:
        self._unique()
        self._labels()
        self.parents = {name: tuple(self._parents(node)) for name, node in self.by_id.items()}
        whole = self._whole()
        in_files = [node for node in self.nodes if node.header.revision in whole and self._is_first(node)]
        order = list(whole) if self._is_a_line() else _alembics_order(in_files) or list(whole)
        placed = {self.by_id[name].path for name in order}
        rest = [node for node in self.nodes if node.path not in placed]
        heads = self._heads(order)
        return Ordered(
            nodes=(*(self.by_id[name] for name in order), *rest),
            flaws={path: tuple(found) for path, found in self.flaws.items()},
            heads=heads,
        )

    def _flaw(self, node: Node, flaw: GraphFlaw, message: str, *, at_parents: bool = False) -> None:
        place = node.header.parents if at_parents else node.header.place
        self.flaws.setdefault(node.path, []).append(GraphProblem(flaw, message, place))

    def _unique(self) -> None:
        for node in self.nodes:
            first = self.by_id.setdefault(node.header.revision, node)
            if first is not node:
                message = (
                    f"revision {node.header.revision} is also the id of {first.path}: Alembic runs only one of them"
                )
                self._flaw(node, GraphFlaw.DUPLICATE, message)

    def _labels(self) -> None:
        for node in self.by_id.values():
            for label in node.header.branch_labels:
                first = self.labels.setdefault(label, node.header.revision)
                if first != node.header.revision:
                    message = f"branch label {label} is already that of revision {first}"
                    self._flaw(node, GraphFlaw.DUPLICATE, message)

    def _parents(self, node: Node) -> Iterator[str]:
        for word in (*node.header.down_revisions, *node.header.depends_on):
            known = self._known(word)
            if known is None:
                message = f"revision {node.header.revision} comes after {word}, and there is no such revision"
                self._flaw(node, GraphFlaw.MISSING, message, at_parents=True)
            else:
                yield known

    def _known(self, word: str) -> str | None:
        """A revision by id, by branch label, or by the beginning of its id, as Alembic looks it up."""
        if word in self.by_id:
            return word
        if word in self.labels:
            return self.labels[word]
        found = [name for name in self.by_id if name.startswith(word)] if word else []
        return found[0] if len(found) == 1 else None

    def _whole(self) -> dict[str, None]:
        """The revisions that can be reached from a base, parents first (Kahn's algorithm)."""
        children: dict[str, list[str]] = {}
        waits: dict[str, int] = {}
        for name, parents in self.parents.items():
            unique = set(parents)
            waits[name] = len(unique)
            for parent in sorted(unique):
                children.setdefault(parent, []).append(name)
        broken = {node.header.revision for node in self.nodes if self._is_broken(node)}
        ready = [name for name, count in waits.items() if not count and name not in broken]
        placed: dict[str, None] = {}
        while ready:
            name = ready.pop()
            placed[name] = None
            for child in children.get(name, ()):
                waits[child] -= 1
                if not waits[child] and child not in broken:
                    ready.append(child)
        self._unplaced(placed, broken)
        return placed

    def _is_first(self, node: Node) -> bool:
        return self.by_id[node.header.revision] is node

    def _is_a_line(self) -> bool:
        """Whether there is only one order, so that Alembic need not be imported to ask for it."""
        followed = [parent for parents in self.parents.values() for parent in parents]
        bases = sum(not parents for parents in self.parents.values())
        return bases == 1 and len(followed) == len(set(followed)) == len(self.parents) - 1

    def _is_broken(self, node: Node) -> bool:
        return any(problem.flaw is GraphFlaw.MISSING for problem in self.flaws.get(node.path, ()))

    def _unplaced(self, placed: Mapping[str, None], broken: set[str]) -> None:
        """Each revision that waits for itself, or for one that is broken."""
        behind = self._behind(broken)
        for name, node in self.by_id.items():
            if name in placed or name in broken:
                continue
            if name in behind:
                message = f"revision {name} cannot be reached: one before it is missing"
                self._flaw(node, GraphFlaw.UNREACHABLE, message, at_parents=True)
            else:
                message = f"revision {name} comes after itself, or after revisions that do: the graph has a cycle"
                self._flaw(node, GraphFlaw.CYCLE, message, at_parents=True)

    def _behind(self, broken: set[str]) -> set[str]:
        found = set(broken)
        grows = True
        while grows:
            more = {name for name, parents in self.parents.items() if name not in found and found & set(parents)}
            found |= more
            grows = bool(more)
        return found

    def _heads(self, order: Sequence[str]) -> tuple[str, ...]:
        """The revisions that nothing comes after. Several are a flaw when they belong to the same branch: `alembic
        upgrade head` is then refused."""
        followed = {parent for name in order for parent in self.by_id[name].header.down_revisions}
        followed = {self._known(word) or word for word in followed}
        heads = tuple(name for name in order if name not in followed)
        if len(heads) > 1 and not self._are_branches(heads):
            for head in heads:
                others = ", ".join(name for name in heads if name != head)
                message = (
                    f"revision {head} is one of {len(heads)} heads (also {others}): `alembic upgrade head` refuses"
                )
                self._flaw(self.by_id[head], GraphFlaw.SEVERAL_HEADS, message)
        return heads

    def _are_branches(self, heads: Sequence[str]) -> bool:
        """Whether the heads are meant: each in a labelled branch, or on a base of its own."""
        lines = [self._line(head) for head in heads]
        labelled = all(any(self.by_id[name].header.branch_labels for name in line) for line in lines)
        return labelled or not frozenset.intersection(*lines)

    def _line(self, head: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [head]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                words = self.by_id[name].header.down_revisions
                waiting += [known for known in map(self._known, words) if known is not None]
        return frozenset(found)


def _alembics_order(nodes: Sequence[Node]) -> list[str] | None:
    """The ids in Alembic's order; None when Alembic cannot say, whatever the reason."""
    from migsafe.sources.alembic.libraries import revision_module

    library = revision_module()
    made = [
        library.Revision(
            node.header.revision,
            node.header.down_revisions or None,
            dependencies=node.header.depends_on or None,
            branch_labels=node.header.branch_labels or None,
        )
        for node in nodes
    ]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            revisions = library.RevisionMap(lambda: made).iterate_revisions("heads", "base", implicit_base=True)
            return [str(entry.revision) for entry in revisions][::-1]
    except Exception:  # noqa: BLE001  # an odd graph: our own order stands
        return None
