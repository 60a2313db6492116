"""DROP: every relation that goes, and every one that has to be changed for it.

The server collects the dependants of what is named and locks each in ACCESS EXCLUSIVE (dependency.c,
`performMultipleDeletions`): what is part of an object goes with it, what merely uses it needs CASCADE.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import PHRASES, TABLES
from migsafe.effects.postgresql.expressions import index_columns
from migsafe.effects.postgresql.in_use import refuse_in_use
from migsafe.effects.postgresql.referential import KeyOfOther, keys_on
from migsafe.model.definitions import ForeignKey
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation
from migsafe.schema.query_columns import Dependence, view_depends

EXCLUSIVE = LockMode.ACCESS_EXCLUSIVE
SOURCE = "dependency.c, performMultipleDeletions"


class Drop:
    """One clause of a DROP. `named` are the relations of all its clauses, which do not stand in each other's way."""

    def __init__(self, named: Iterable[Name], what: str, cascade: bool, context: Context) -> None:
        self.named = frozenset(named)
        self.context = context
        self._what = what  # "table orders", as the server's message says it
        self._cascade = cascade
        self._gone: set[Name] = set()

    def drop(self, full: Name) -> None:
        """Drop a named relation with everything that belongs to it, and with CASCADE what depends on it."""
        relation = self.context.schema.relation(full)
        if relation.kind in TABLES:
            refuse_in_use(full, "DROP TABLE", self.context)
        if relation.extension is not None:
            self._refuse_member(relation)
        if relation.partition_of is not None:
            self._lock_siblings(relation, relation.partition_of)
        self._remove(relation)

    def _refuse_member(self, relation: Relation) -> None:
        message = f"cannot drop {self._what} because extension {relation.extension} requires it"
        self.context.builder.refuse(message, "2BP01", "dependency.c, findDependentObjects")

    def _lock_siblings(self, partition: Relation, parent: Name) -> None:
        """tablecmds.c, RangeVarCallbackForDropRelation; heap.c, heap_drop_with_catalog."""
        reason = f"Its partition {partition.name} is dropped, which changes what every query on it has to read."
        self.lock(parent, reason)
        for sibling in self.context.schema.partitions_of(parent):
            if sibling.bound is not None and sibling.bound.default:
                self.lock(sibling.name, "The default partition may now hold what the dropped one held.")

    def _remove(self, relation: Relation) -> None:
        if relation.name in self._gone:
            return
        self._gone.add(relation.name)
        self.lock(relation.name, "It is dropped.")
        self._remove_parts(relation)
        self._remove_own_keys(relation)
        self._remove_dependants(relation)

    def _remove_parts(self, relation: Relation) -> None:
        schema = self.context.schema
        for index in schema.indexes_of(relation.name):
            self.lock(index.name, f"It is dropped with {relation.name}.")
        for sequence in schema.sequences_owned_by(relation.name):
            self._remove(sequence)
        for partition in schema.partitions_of(relation.name):
            self._remove(partition)

    def _remove_own_keys(self, relation: Relation) -> None:
        """A partition's part of a key has no triggers on the referenced table: those belong to the whole key. Nor has
        a key that is not enforced."""
        for constraint in relation.foreign_keys:
            if isinstance(constraint.definition, ForeignKey) and constraint.parent is None and constraint.enforced:
                self.remove_key(relation, self.context.schema.resolve(constraint.definition.referenced))

    def _remove_dependants(self, relation: Relation) -> None:
        schema = self.context.schema
        for other in keys_on(relation, self.context):
            self._remove_key_of_other(other)
        for child in schema.children_of(relation.name):
            if child.partition_of is None:
                self.depends(child.name)
                self._remove(child)
        self._remove_users(relation)
        if not relation.known:
            self.context.builder.assume(f"nothing that is not shown depends on {relation.name}")

    def _remove_users(self, relation: Relation) -> None:
        schema = self.context.schema
        for view in schema.views_on(relation.name):
            self.depends(view.name)
            self._remove(view)
        for table, _ in schema.drawing_from(relation.name):
            if not self._belongs(relation, table):
                self.depends(table.name)
                self.lock(table.name, f"A default that draws from {relation.name} is dropped.")
        for table, column in schema.type_users(relation.name):
            self.depends(table.name)
            self.drop_column(table, column)

    def _belongs(self, sequence: Relation, table: Relation) -> bool:
        return table.name in self._gone and sequence.owned_by is not None and sequence.owned_by[0] == table.name

    def _remove_key_of_other(self, other: KeyOfOther) -> None:
        if other.referencing.name in self._gone:
            return
        if self._is_part(other.referencing):
            return
        self.depends(other.referencing.name)
        self.remove_key(other.referencing, self.context.schema.resolve(other.key.referenced))

    def _is_part(self, referencing: Relation) -> bool:
        """Whether the key is a partition's part of a key of its parent, which is dropped as a whole."""
        parent = referencing.partition_of
        return parent is not None and any(c.parent is not None for c in referencing.foreign_keys)

    def remove_key(self, referencing: Relation, referenced: Name) -> None:
        """trigger.c, RemoveTriggerById: the triggers behind a foreign key go, on both sides and in every partition."""
        reason = f"A foreign key between {referencing.name} and {referenced} is dropped, and its triggers with it."
        self.lock(referencing.name, reason)
        for partition in self._partitions(referencing):
            self.lock(partition.name, reason)
        target = self.context.schema.relation(referenced)
        for table in self._with_triggers(target):
            self.lock(table.name, reason)

    def _with_triggers(self, referenced: Relation) -> tuple[Relation, ...]:
        """Up to 14 only leaf partitions have the triggers, from 15 also the partitioned tables above them."""
        every = (referenced, *self._partitions(referenced))
        if self.context.version >= 15:
            return every
        return tuple(table for table in every if table.kind is not RelationKind.PARTITIONED_TABLE)

    def _partitions(self, relation: Relation) -> tuple[Relation, ...]:
        if relation.kind is not RelationKind.PARTITIONED_TABLE:
            return ()
        return self.context.schema.descendants_of(relation.name)

    def remove_view(self, view: Relation) -> None:
        """Drop a view that depends on what is dropped, and the views on it."""
        self.depends(view.name)
        self._remove(view)

    def drop_column(self, table: Relation, name: str) -> None:
        """A column goes with its type; DROP COLUMN ... CASCADE says what goes with the column."""
        column = table.column(name)
        if column is not None and column.inherited:
            return
        reason = f"Its column {name} is dropped, because its type is."
        self.lock(table.name, reason)
        for child in self.context.schema.descendants_of(table.name):
            self.lock(child.name, reason)
        for each in (table, *self.context.schema.descendants_of(table.name)):
            self._drop_what_names(each, name, reason)

    def _drop_what_names(self, table: Relation, column: str, reason: str) -> None:
        schema = self.context.schema
        for index in schema.indexes_of(table.name):
            if column in index_columns(index):
                self.lock(index.name, reason)
        for constraint in table.foreign_keys:
            key = constraint.definition
            if isinstance(key, ForeignKey) and column in key.columns and constraint.parent is None:
                self.remove_key(table, schema.resolve(key.referenced))
        for other in keys_on(table, self.context):
            if column in other.referenced_columns:
                self.remove_key(other.referencing, schema.resolve(other.key.referenced))
        for sequence in schema.sequences_owned_by(table.name, column):
            self._remove(sequence)
        for view in schema.views_on(table.name):
            if view_depends(schema, view, table.name, column) is not Dependence.NONE:
                self._remove(view)

    def depends(self, dependant: Name) -> None:
        """Something that is not part of it uses what is dropped: refused without CASCADE."""
        if self._cascade or dependant in self.named:
            return
        if len(self.named) > 1:
            message = "cannot drop desired object(s) because other objects depend on them"
        else:
            message = f"cannot drop {self._what} because other objects depend on it"
        self.context.builder.refuse(message, "2BP01", "dependency.c, reportDependentObjects")

    def lock(self, relation: Name, reason: str) -> None:
        self.context.builder.lock(relation, EXCLUSIVE, reason, SOURCE)


def noun_of(kind: RelationKind) -> str:
    """ "table", "materialized view" …, as messages of DROP say it."""
    return PHRASES[kind].split(" ", 1)[1]
