"""What a query's names mean: the columns that it returns, and the columns of relations that it depends on.

As parse_relation.c looks names up and dependency.c (`find_expr_references_walker`) records them: a stored query
depends on each column that it names, also through `*`, join conditions and USING, with the columns that exist when
it is stored. Where a relation is not fully known, a name that could be its column is its column *perhaps*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, final

from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.model.scopes import ColumnUse, CommonTable, Join, Output, Scope, Source
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Column, ColumnsRead, Relation
from migsafe.schema.schema import Schema

# heap.c, SysAtt: every table has them, and no view depends on them in a way that matters.
_SYSTEM_COLUMNS: Final = frozenset({"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"})


class _Held(NamedTuple):
    """A column that can be named: where it comes from, and its type as far as it is known."""

    name: str
    origins: tuple[tuple[Name, str], ...] = ()
    type: TypeName | None = None
    collation: Name | None = None


class _Item(NamedTuple):
    """Something in FROM that has a name. An open one may have more columns than are known."""

    alias: str | None
    relation: Name | None
    columns: tuple[_Held, ...]
    open: bool = False

    def called(self, qualifier: tuple[str, ...]) -> bool:
        if len(qualifier) == 1:
            return self.alias == qualifier[0]
        return self.relation == Name(*qualifier[-2:]) and self.alias == qualifier[-1]

    def column(self, name: str) -> _Held | None:
        return next((held for held in self.columns if held.name == name), None)


class _Table(NamedTuple):
    """The result of a query or of one side of a join. `open` when columns may be missing."""

    columns: tuple[_Held, ...]
    open: bool


_UNKNOWN: Final = _Table((), open=True)
_Tables = Mapping[str, _Table]
_Levels = tuple[tuple[_Item, ...], ...]  # from the innermost to the outermost


class StoredQuery(NamedTuple):
    """`complete` when `columns` are certainly all."""

    columns: tuple[Column, ...]
    complete: bool
    reads: tuple[ColumnsRead, ...]
    missing: tuple[str, ...] = ()  # names that certainly are no column of what the query reads


def stored_query(schema: Schema, scope: Scope | None, names: tuple[str, ...]) -> StoredQuery:
    """The columns and the dependencies of a query that is stored now. `names` are given to its first columns."""
    if scope is None:
        return StoredQuery(tuple(Column(name=name) for name in names), False, ())
    reader = _Reader(schema)
    found = _named(reader.table(scope, (), {}), names)
    columns = tuple(Column(name=c.name, type=c.type, collation=c.collation) for c in found.columns)
    return StoredQuery(columns, not found.open, reader.reads(), tuple(reader.missing))


def _named(table: _Table, names: tuple[str, ...]) -> _Table:
    """The table with other names for its first columns."""
    if not names:
        return table
    if table.open:  # which columns are behind the names is unknown
        return _Table(tuple(_Held(name) for name in names), open=True)
    renamed = tuple(held._replace(name=name) for held, name in zip(table.columns, names, strict=False))
    return _Table((*renamed, *table.columns[len(names) :]), open=False)


def _defined(source: Source) -> _Table:
    return _Table(tuple(_Held(name) for name in source.columns), open=not source.defined)


@final
class _Reader:
    """Walks over the scopes and notes what they depend on."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._certain: dict[Name, dict[str, None]] = {}
        self._perhaps: dict[Name, dict[str, None]] = {}
        self._open: set[Name] = set()
        self.missing: dict[str, None] = {}

    def reads(self) -> tuple[ColumnsRead, ...]:
        return tuple(
            ColumnsRead(
                relation=name,
                columns=tuple(columns),
                perhaps=tuple(c for c in self._perhaps.get(name, ()) if c not in columns),
                complete=name not in self._open,
            )
            for name, columns in self._certain.items()
        )

    # Queries

    def table(self, scope: Scope, outer: _Levels, tables: _Tables) -> _Table:
        """What the query returns."""
        for common in scope.common:
            tables = {**tables, common.name: self._common(common, outer, tables)}
        if scope.arms:
            results = [self.table(arm, outer, tables) for arm in scope.arms]
            return _joined_by_union(results)
        items: list[_Item] = []
        sides = [self._side(source, items, outer, tables) for source in scope.sources]
        levels = (tuple(items), *outer)
        result = self._outputs(scope.outputs, sides, levels)
        for use in scope.uses:
            self._use(use, levels)
        self._bare_names(scope, result, levels)
        for inner in scope.inner:
            self.table(inner, levels, tables)
        return result

    def _common(self, common: CommonTable, outer: _Levels, tables: _Tables) -> _Table:
        if common.query is None or common.extended:
            if common.query is not None:
                self.table(common.query, outer, {**tables, common.name: _UNKNOWN})
            return _UNKNOWN
        if common.recursive and common.query.arms:
            first = _named(_Reader(self._schema).table(common.query.arms[0], outer, tables), common.columns)
            tables = {**tables, common.name: first}
        return _named(self.table(common.query, outer, tables), common.columns)

    def _outputs(self, outputs: tuple[Output, ...], sides: list[_Table], levels: _Levels) -> _Table:
        columns: list[_Held] = []
        is_open = False
        for output in outputs:
            found = self._output(output, sides, levels)
            columns.extend(found.columns)
            is_open = is_open or found.open
        return _Table(tuple(columns), is_open)

    def _output(self, output: Output, sides: list[_Table], levels: _Levels) -> _Table:
        use = output.use
        if use is None:
            kind = None if output.type is None else stored_type(self._schema, output.type)
            return _Table((_Held(output.name, type=kind),), open=False)
        if use.star:
            return self._star(use, sides, levels)
        held = self._use(use, levels)
        found = _Held(output.name) if held is None else _Held(output.name, (), held.type, held.collation)
        return _Table((found,), open=False)

    def _star(self, use: ColumnUse, sides: list[_Table], levels: _Levels) -> _Table:
        taken: Iterable[_Table] = sides
        if use.parts:
            items = (item for level in levels for item in level if item.called(use.parts))
            item = next(items, None)
            taken = (_UNKNOWN if item is None else _Table(item.columns, item.open),)
            if item is not None and item.open and item.relation is not None:
                self._open.add(item.relation)
        else:
            self._open.update(i.relation for i in levels[0] if i.open and i.relation is not None)
        columns = tuple(held for table in taken for held in table.columns)
        for held in columns:
            self._depend(held)
        return _Table(tuple(held._replace(origins=()) for held in columns), any(table.open for table in taken))

    # FROM

    def _side(self, source: Source | Join, items: list[_Item], outer: _Levels, tables: _Tables) -> _Table:
        if isinstance(source, Join):
            return self._join(source, items, outer, tables)
        relation = None
        if source.query is not None:
            around = (tuple(items), *outer) if source.lateral else outer
            table = _named(self.table(source.query, around, tables), source.columns)
            table = _Table(tuple(held._replace(origins=()) for held in table.columns), table.open)
        elif source.relation is None:
            table = _defined(source)
        elif source.relation.schema is None and source.relation.name in tables:
            table = _named(tables[source.relation.name], source.columns)
        else:
            relation = self._schema.resolve(source.relation)
            self._certain.setdefault(relation, {})
            table = _named(_columns_of(self._schema.relation(relation)), source.columns)
        alias = source.alias or (source.relation.name if source.relation is not None else None)
        items.append(_Item(alias, relation, table.columns, table.open))
        return table

    def _join(self, join: Join, items: list[_Item], outer: _Levels, tables: _Tables) -> _Table:
        before = len(items)
        left = self._side(join.left, items, outer, tables)
        right = self._side(join.right, items, outer, tables)
        inside = items[before:]
        shared = join.using
        if shared is None:
            shared = _common_names(left, right)
            if left.open or right.open:
                self._open.update(i.relation for i in inside if i.relation is not None and i.open)
        merged = tuple(self._merged(name, left, right, inside) for name in shared)
        rest = (held for side in (left, right) for held in side.columns if held.name not in shared)
        table = _named(_Table((*merged, *rest), left.open or right.open), join.columns)
        if join.alias is not None:
            items[before:] = [_Item(join.alias, None, table.columns, table.open)]
            return table
        if join.using_alias is not None:
            items.append(_Item(join.using_alias, None, merged))
        return table

    def _merged(self, name: str, left: _Table, right: _Table, inside: list[_Item]) -> _Held:
        """A column of USING: the columns of both sides are compared."""
        held = [c for side in (left, right) for c in side.columns if c.name == name]
        for column in held:
            self._depend(column)
        if len(held) < 2:
            self._perhaps_in([i for i in inside if i.open], name)
        return held[0] if held else _Held(name)

    # Names

    def _use(self, use: ColumnUse, levels: _Levels) -> _Held | None:
        """The column that a reference means, None when it means none or is unknown."""
        if use.star or not use.parts:
            return None  # the row as a whole: depends on no column (dependency.c)
        if len(use.parts) > 1:
            return self._qualified(use.parts[:-1], use.parts[-1], levels)
        return self._unqualified(use.parts[0], levels)

    def _qualified(self, qualifier: tuple[str, ...], name: str, levels: _Levels) -> _Held | None:
        for level in levels:
            for item in level:
                if item.called(qualifier):
                    return self._in_item(item, name)
        return None  # a field of a column, which is visited by itself

    def _in_item(self, item: _Item, name: str) -> _Held | None:
        held = item.column(name)
        if held is not None:
            self._depend(held)
        elif item.open and item.relation is not None and name not in _SYSTEM_COLUMNS:
            self._certain[item.relation][name] = None
        elif not item.open and item.relation is not None:
            self._note_missing(name, f"{item.alias}.{name}")
        return held

    def _unqualified(self, name: str, levels: _Levels) -> _Held | None:
        doubtful: list[_Item] = []
        for level in levels:
            found = [(item, held) for item in level if (held := item.column(name)) is not None]
            if len(found) == 1 and not doubtful:
                self._depend(found[0][1])
                return found[0][1]
            if found and not doubtful:  # merged by USING, which depends on all; or only some are in sight of the name
                self._perhaps_in([item for item, _ in found], name)
                return found[0][1]
            doubtful += [item for item in level if item.open or item.column(name) is not None]
        self._doubtful(doubtful, name, levels)
        return None

    def _doubtful(self, items: list[_Item], name: str, levels: _Levels) -> None:
        """The name is in one of these, if it is no row as a whole."""
        if name in _SYSTEM_COLUMNS or any(item.alias == name for level in levels for item in level):
            return
        if not items:
            self._note_missing(name, name)
        only = items[0] if len(items) == 1 else None
        if only is not None and only.relation is not None:
            self._in_item(only, name)
        else:
            self._perhaps_in(items, name)

    def _note_missing(self, name: str, shown: str) -> None:
        """A function of one row can be called like a column of it (parse_func.c, ParseFuncOrColumn)."""
        if name not in _SYSTEM_COLUMNS and not self._schema.functions_named(Name(None, name)):
            self.missing[shown] = None

    def _bare_names(self, scope: Scope, result: _Table, levels: _Levels) -> None:
        """ORDER BY prefers the names of outputs, GROUP BY those of columns (parse_clause.c)."""
        outputs = {held.name for held in result.columns}
        for name in scope.ordered_by:
            if name not in outputs:
                self._unqualified(name, levels)
        for name in scope.grouped_by:
            here = [item for item in levels[0] if item.column(name) is not None]
            if here or name not in outputs:
                self._unqualified(name, levels)
            else:
                self._perhaps_in([item for item in levels[0] if item.open], name)

    def _depend(self, held: _Held) -> None:
        for relation, column in held.origins:
            self._certain.setdefault(relation, {})[column] = None

    def _perhaps_in(self, items: Iterable[_Item], name: str) -> None:
        for item in items:
            held = item.column(name)
            origins = held.origins if held is not None else ()
            if item.relation is not None and held is None:
                origins = ((item.relation, name),)
            for relation, column in origins:
                self._perhaps.setdefault(relation, {})[column] = None


def _columns_of(relation: Relation) -> _Table:
    columns = tuple(_Held(c.name, ((relation.name, c.name),), c.type, c.collation) for c in relation.columns)
    return _Table(columns, open=not (relation.known and relation.complete))


def _joined_by_union(results: list[_Table]) -> _Table:
    """The first query names the columns; a type is known when all agree."""
    first = results[0]
    if any(table.open or len(table.columns) != len(first.columns) for table in results):
        return _Table(tuple(_Held(held.name) for held in first.columns), first.open)
    columns = zip(*(table.columns for table in results), strict=True)
    return _Table(tuple(_Held(c[0].name, (), _agreed(c), c[0].collation) for c in columns), open=False)


def _agreed(columns: tuple[_Held, ...]) -> TypeName | None:
    types = {held.type for held in columns}
    return types.pop() if len(types) == 1 else None


def _common_names(left: _Table, right: _Table) -> tuple[str, ...]:
    """What NATURAL joins by: the names that both sides have, in the order of the left one."""
    there = {held.name for held in right.columns}
    return tuple(held.name for held in left.columns if held.name in there)
