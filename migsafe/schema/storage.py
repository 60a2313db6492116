"""What a schema holds, and how it changes: maps of records, reverse maps, age, transactions.

Records are frozen and replaced; putting one into `relations`, `indexes` or `types` also brings the reverse maps up
to date (who references, inherits from, reads or owns what).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from migsafe.model.names import Name
from migsafe.schema.layers import Journal, LayeredMap
from migsafe.schema.links import INDEX, Links
from migsafe.schema.objects import (
    Function,
    Index,
    OtherObject,
    Publication,
    Relation,
    StatisticsObject,
    UserType,
)
from migsafe.schema.origin import Origin
from migsafe.schema.resolve import DEFAULT_PATH, TEMPORARY, lookup_path
from migsafe.schema.settings import Settings, Uncommitted
from migsafe.schema.transaction import Transaction


class Presence(Enum):
    """What is known of a name beyond the records: absence is worth remembering in an open world."""

    GONE = auto()  # history dropped or renamed it
    UNCERTAIN = auto()  # a guarded statement may have created or dropped it


class Storage:
    """The changing half of a schema; `Schema` adds the questions."""

    def __init__(self, below: Storage | None = None) -> None:
        self.relations: LayeredMap[Name, Relation] = LayeredMap(below.relations if below else None)
        self.indexes: LayeredMap[Name, Index] = LayeredMap(below.indexes if below else None)
        self.types: LayeredMap[Name, UserType] = LayeredMap(below.types if below else None)
        self.functions: LayeredMap[Name, tuple[Function, ...]] = LayeredMap(below.functions if below else None)
        self.statistics: LayeredMap[Name, StatisticsObject] = LayeredMap(below.statistics if below else None)
        self.publications: LayeredMap[str, Publication] = LayeredMap(below.publications if below else None)
        self.others: LayeredMap[str, OtherObject] = LayeredMap(below.others if below else None)
        self.presence: LayeredMap[Name, Presence] = LayeredMap(below.presence if below else None)
        self.fresh: LayeredMap[Name, bool] = LayeredMap(below.fresh if below else None)
        self.fresh_context: LayeredMap[Name, bool] = LayeredMap(below.fresh_context if below else None)
        self.loaded: LayeredMap[Name, int] = LayeredMap(below.loaded if below else None)
        self.settled: LayeredMap[Name, bool] = LayeredMap(below.settled if below else None)
        self.links: Links = Links(below.links if below else None)
        self.schemas: set[str] = set(below.schemas) if below else {"public"}
        self.dropped_schemas: set[str] = set(below.dropped_schemas) if below else set()
        self.extensions: set[str] = set(below.extensions) if below else set()
        self.temporary: set[Name] = set(below.temporary) if below else set()
        self.closed: bool = below.closed if below else False
        self.unread: bool = below.unread if below else False  # a part of a migration before could not be read
        self.origin: Origin | None = below.origin if below else None
        self.time_zone: str | None = below.time_zone if below else None  # None: the server's setting
        self.prepared: frozenset[str] = below.prepared if below else frozenset()
        self.uncommitted: Uncommitted = below.uncommitted if below else Uncommitted()
        self.session_path: tuple[str, ...] = below.session_path if below else DEFAULT_PATH
        self.search_path = below.search_path if below else DEFAULT_PATH
        self.path_set_by: Origin | None = below.path_set_by if below else None
        self._transaction: Transaction | None = None
        self._begun_by_runner = False
        self._watch()

    def _watch(self) -> None:
        self.relations.watch = self._relation_changed
        self.indexes.watch = self._index_changed
        self.types.watch = self.links.type_changed

    @property
    def search_path(self) -> tuple[str, ...]:
        """Where unqualified names are looked for and created, without the implied `pg_temp` and `pg_catalog`."""
        return self._search_path

    @search_path.setter
    def search_path(self, path: tuple[str, ...]) -> None:
        self._search_path = path
        self._lookup_path = lookup_path(path)

    # Changes

    def _relation_changed(self, old: Relation | None, new: Relation | None) -> None:
        self.links.relation_changed(old, new)
        if new is None:
            if old is not None:
                self.temporary.discard(old.name)
            return
        if new.name.schema == TEMPORARY:
            self.temporary.add(new.name)
        self.presence.discard(new.name)
        if new.complete and (old is None or not old.complete):
            self.settled[new.name] = True

    def _index_changed(self, old: Index | None, new: Index | None) -> None:
        self.links.index_changed(old, new)
        if new is not None:
            self.presence.discard(new.name)

    def forget(self, name: Name) -> None:
        """Take a relation or index out and remember that it is gone. Its dependants are the caller's business."""
        self.relations.discard(name)
        self.indexes.discard(name)
        self.settled.discard(name)
        self._forget_age(name)
        self.presence[name] = Presence.GONE

    def doubt_everything(self) -> None:
        """After something that could not be analysed: every record may be out of date."""
        for name in tuple(self.settled):
            record = self.relations.find(name)
            if record is not None and record.complete:
                self.relations[name] = record.replace(complete=False)
            self.settled.discard(name)

    # Age: what the running migration, or the one deploy that it belongs to, has created

    def mark_created(self, name: Name) -> None:
        """Remember that the running migration created the relation or index, so that it can grow old."""
        in_focus = self.origin is not None and self.origin.in_focus
        created = self.fresh if in_focus else self.fresh_context
        created[name] = True

    def start_migration(self, origin: Origin) -> None:
        """What earlier migrations created is no longer new, unless one deploy runs them together."""
        self.origin = origin
        if self._begun_by_runner:
            self._end_journal()
        ageing = (self.fresh_context,) if origin.keeps_new(created_in_focus=True) else (self.fresh, self.fresh_context)
        for created in ageing:
            for name in tuple(created):
                self._age(name)

    def renew(self, names: Iterable[Name]) -> None:
        """Tables of earlier migrations that nobody uses before the running one is done, if they have no rows."""
        for name in names:
            relation = self.relations.find(name)
            if relation is not None and not relation.filled:
                self.relations[name] = relation.replace(new=True)
                self.fresh[name] = True

    def changed_and_new(self) -> frozenset[Name]:
        """The new relations that this overlay has made or changed."""
        changed = ((name, self.relations.find(name)) for name in self.relations.changed())
        return frozenset(name for name, relation in changed if relation is not None and relation.new)

    def move_age(self, old: Name, new: Name) -> None:
        """What is renamed stays as new as it was."""
        for created in (self.fresh, self.fresh_context):
            if old in created:
                created[new] = True

    def _forget_age(self, name: Name) -> None:
        self.fresh.discard(name)
        self.fresh_context.discard(name)

    def _age(self, name: Name) -> None:
        self._forget_age(name)
        relation, index = self.relations.find(name), self.indexes.find(name)
        if relation is not None and relation.new:
            self.relations[name] = relation.replace(new=False)
        if index is not None and index.new:
            self.indexes[name] = index.replace(new=False)

    # Transactions of the text itself

    def begin(self) -> None:
        """BEGIN: from here on changes can be taken back. Inside a transaction it does nothing."""
        if self._transaction is None:
            self._transaction = Transaction(self.settings())
            self._write_journal(self._transaction.journal)

    @property
    def in_transaction(self) -> bool:
        """Whether the text began a transaction that is still open."""
        return self._transaction is not None

    def commit(self) -> None:
        """The end of a transaction, also of one that the runner began: SET LOCAL ends with it."""
        self._end_journal()
        self.search_path = self.session_path
        self.uncommitted = Uncommitted()

    def next_transaction(self) -> None:
        """The next statement runs in another transaction than the last one, whoever ended that."""
        self.uncommitted = Uncommitted()

    def _end_journal(self) -> None:
        self._transaction = None
        self._begun_by_runner = False
        self._write_journal(None)

    def rollback(self) -> None:
        """ROLLBACK of a transaction that the text began; without one only SET LOCAL ends."""
        transaction, self._transaction = self._transaction, None
        self._write_journal(None)
        if transaction is not None:
            self.restore(transaction.undo())
        self.search_path = self.session_path
        self.uncommitted = Uncommitted()

    def savepoint(self, name: str) -> None:
        if self._transaction is None:  # a transaction that the runner began: remembered from here on
            self.begin()
            self._begun_by_runner = True
        if self._transaction is not None:
            self._transaction.savepoint(name, self.settings())

    def release_savepoint(self, name: str) -> None:
        if self._transaction is not None:
            self._transaction.release(name)

    def rollback_to_savepoint(self, name: str) -> None:
        if self._transaction is None:
            return
        self._write_journal(None)
        settings = self._transaction.undo_to(name)
        self._write_journal(self._transaction.journal)
        if settings is not None:
            self.restore(settings)

    def start_session(self) -> None:
        """A new connection: default settings, no temporary tables, no open transaction."""
        self.rollback()
        self.search_path = self.session_path = DEFAULT_PATH
        self.time_zone = None
        self.prepared = frozenset()
        for name in tuple(self.temporary):
            for index in self.links.to(INDEX, name):
                self.forget(index[0])
            self.forget(name)

    def settings(self) -> Settings:
        return Settings(
            search_path=self.search_path,
            session_path=self.session_path,
            time_zone=self.time_zone,
            schemas=frozenset(self.schemas),
            dropped_schemas=frozenset(self.dropped_schemas),
            extensions=frozenset(self.extensions),
            prepared=self.prepared,
            uncommitted=self.uncommitted,
        )

    def restore(self, settings: Settings) -> None:
        self.search_path, self.session_path = settings.search_path, settings.session_path
        self.time_zone = settings.time_zone
        self.schemas, self.extensions = set(settings.schemas), set(settings.extensions)
        self.dropped_schemas = set(settings.dropped_schemas)
        self.prepared, self.uncommitted = settings.prepared, settings.uncommitted

    def _write_journal(self, journal: Journal | None) -> None:
        maps = (self.relations, self.indexes, self.types, self.functions)
        ages = (self.fresh, self.fresh_context, self.loaded)
        for objects in (*maps, *ages, self.statistics, self.publications, self.others, self.presence):
            objects.journal = journal
