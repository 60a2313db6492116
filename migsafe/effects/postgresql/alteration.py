"""The state of one ALTER TABLE while it runs: the work queue of tablecmds.c (`AlteredTableInfo`).

`Alteration.schema` starts as the schema before the statement and is advanced action by action, pass by pass, on a
layer of its own. A handler therefore sees what earlier passes did: `SET NOT NULL` no longer finds the CHECK that
`DROP CONSTRAINT` removed in the same statement, and `ADD CONSTRAINT` finds the column that `ADD COLUMN` made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from migsafe.effects.postgresql.builder import Builder
from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.definitions import ForeignKey
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import TableAction
from migsafe.model.record import Record
from migsafe.schema.objects import Index, Relation
from migsafe.schema.origin import Origin
from migsafe.schema.passes import Pass, pass_of
from migsafe.schema.replay import apply
from migsafe.schema.schema import Schema

_NO_ORIGIN = Origin("")
STORED = frozenset({RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW})


class Cause(Record):
    """Which clause asked for a piece of work, and why."""

    clause: int
    reason: str
    source: str


class PendingForeignKey(Record):
    """A foreign key whose rows are checked after all rewrites."""

    referencing: Name
    referenced: Name
    cause: Cause
    looks_up: bool = True  # False: no row holds a value, so the referenced table is not read


class Failure(Record):
    """What a row that is there makes the statement fail with."""

    clause: int
    message: str
    sqlstate: str


class Step(Record):
    """One action in the queue and the clause that asked for it."""

    action: TableAction
    clause: int


ActionHandler = Callable[[Any, "Alteration"], None]  # of the action type that it is registered for
Registered = TypeVar("Registered", bound=ActionHandler)
_HANDLERS: dict[type[TableAction], ActionHandler] = {}


def action_of(*types: type[TableAction]) -> Callable[[Registered], Registered]:
    """Register the function that runs these actions of ALTER TABLE on the catalogs (`ATExecCmd`)."""

    def register(handler: Registered) -> Registered:
        for action_type in types:
            assert action_type not in _HANDLERS, action_type
            _HANDLERS[action_type] = handler
        return handler

    return register


def handler_of_action(action_type: type[TableAction]) -> ActionHandler:
    """Raises KeyError for what is no action of ALTER TABLE."""
    return _HANDLERS[action_type]


class AlteredTable:
    """What phase 3 has to do with one table. The first cause of each kind of work is the one that is told."""

    def __init__(self, name: Name) -> None:
        self.name = name
        self.rewrite: Cause | None = None
        self.scan: Cause | None = None
        self.moved: Cause | None = None  # block by block to another tablespace
        self.builds: dict[Name, Cause] = {}  # indexes that get a new file even without a rewrite


class Alteration:
    """One running ALTER TABLE."""

    def __init__(self, context: Context, table: Name, mode: LockMode, actions: tuple[TableAction, ...] = ()) -> None:
        self.actions = actions
        self.context = context
        self.builder: Builder = context.builder
        self.version: int = context.version
        self.schema: Schema = context.schema
        self.table = table
        self.mode = mode
        self.queue: dict[Name, AlteredTable] = {}
        self.foreign_keys: list[PendingForeignKey] = []
        self.failures: list[Failure] = []
        self._trusted: list[TableAction] = []
        self._null_columns: set[str] = set()
        self._waiting = 0
        self._steps: dict[Pass, list[Step]] = {}
        self._overlaid = False
        self._advanced: list[TableAction] = []

    def schedule(self, action: TableAction) -> None:
        """Queue an action for its pass."""
        self._waiting += 1
        self._steps.setdefault(pass_of(action), []).append(Step(action, self.builder.clause))

    def steps_of(self, number: Pass) -> Iterator[Step]:
        """The steps of one pass, also those queued while it runs."""
        for step in self._steps.get(number, ()):
            self._waiting -= 1
            yield step

    @property
    def is_last_step(self) -> bool:
        """Nothing is left that could look at the outcome of the running step."""
        return self._waiting == 0

    def advance(self, action: TableAction) -> None:
        """Make the action's outcome visible to what comes after it, once for each action."""
        self.advance_as(action, action)

    def advance_as(self, action: TableAction, outcome: TableAction) -> None:
        """As `advance`, for an action of which only a part has happened yet."""
        if any(done is action for done in self._advanced):
            return
        self._advanced.append(action)
        if not self._overlaid:
            self.schema = self.schema.overlay()
            self._overlaid = True
        apply(self.schema, outcome, self.schema.origin or _NO_ORIGIN)

    def relation(self, name: Name | None = None) -> Relation:
        return self.schema.relation(name or self.table)

    def descendants(self, name: Name | None = None) -> Iterator[Relation]:
        """Partitions and inheritance children at every depth, parents first, each once."""
        yield from descendants(self.schema, name or self.table)

    def targets(self, action: TableAction) -> tuple[Relation, ...]:
        """The altered relation and, unless ONLY was said, all below it, which are locked in the same mode."""
        relation = self.relation()
        if action.only:
            return (relation,)
        below = tuple(self.descendants())
        for child in below:
            self.lock_child(child.name)
        return (relation, *below)

    def lock_child(self, child: Name) -> None:
        reason = f"{self.mode.manual_name} is taken on every partition and child table that the action reaches."
        self.builder.lock(child, self.mode, reason, "tablecmds.c, ATSimpleRecursion")

    def altered(self, name: Name) -> AlteredTable:
        return self.queue.setdefault(name, AlteredTable(name))

    def rewrite(self, table: Relation, reason: str, source: str) -> None:
        """Every row of the table has to be copied."""
        if table.kind in STORED:
            entry = self.altered(table.name)
            entry.rewrite = entry.rewrite or self.cause(reason, source)

    def scan(self, table: Relation, reason: str, source: str) -> None:
        """Every row of the table has to be read."""
        if table.kind in STORED:
            entry = self.altered(table.name)
            entry.scan = entry.scan or self.cause(reason, source)

    def build(self, index: Index, reason: str, source: str) -> None:
        """The index gets a new file, for which its table is read."""
        entry = self.altered(index.table)
        entry.builds.setdefault(index.name, self.cause(reason, source))

    def trust(self, action: TableAction) -> None:
        """The existing rows certainly satisfy what the action adds, so they are not checked."""
        self._trusted.append(action)

    def trusts(self, action: TableAction) -> bool:
        return any(trusted is action for trusted in self._trusted)

    def fail_on_rows(self, table: Relation, message: str, sqlstate: str) -> None:
        """With rows in the table, which history certainly loaded and never deleted, phase 3 ends in this error."""
        if self.schema.loaded.find(table.name):
            self.failures.append(Failure(self.builder.clause, message, sqlstate))

    def note_only_nulls(self, column: str) -> None:
        """A new column in which every row holds NULL."""
        self._null_columns.add(column)

    def cause(self, reason: str, source: str) -> Cause:
        return Cause(self.builder.clause, reason, source)

    def validate(self, referencing: Name, key: ForeignKey, reason: str, source: str) -> None:
        """The rows of a foreign key have to be checked; without a value in them nothing is looked up."""
        referenced = self.schema.resolve(key.referenced)
        empty = any(_is_empty(self.schema.relation(name)) for name in (referencing, referenced))
        looks_up = not empty and not self._null_columns.intersection(key.columns)
        self.foreign_keys.append(PendingForeignKey(referencing, referenced, self.cause(reason, source), looks_up))


def _is_empty(relation: Relation) -> bool:
    """Made in this very migration, and no rows were loaded: a foreign key from or to it meets no value."""
    return relation.new and not relation.filled and relation.kind is RelationKind.TABLE


def descendants(schema: Schema, name: Name) -> Iterator[Relation]:
    """Partitions and inheritance children at every depth, parents first, each once (`find_all_inheritors`)."""
    seen = {name}
    waiting = list(schema.children_of(name))
    while waiting:
        child = waiting.pop(0)
        if child.name in seen:
            continue
        seen.add(child.name)
        yield child
        waiting.extend(schema.children_of(child.name))


def leaves(schema: Schema, name: Name) -> tuple[Relation, ...]:
    """The tables that hold a relation's rows: its leaf partitions, or itself."""
    relation = schema.relation(name)
    if relation.kind is not RelationKind.PARTITIONED_TABLE:
        return (relation,)
    return tuple(r for r in descendants(schema, name) if r.kind in STORED)
