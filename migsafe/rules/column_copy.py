"""What a column has of indexes and constraints, made once more for a column that is to take its place.

Everything gets a name of its own until the columns are swapped. An index or a constraint whose text cannot be carried
over word by word is left to the reader, by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from migsafe.model.definitions import Check, Constraint, ForeignKey, IndexElement, PrimaryKey, Unique
from migsafe.model.expressions import Expression
from migsafe.model.findings import Slot, Step
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, AddForeignKey, AddUnique, CreateIndex
from migsafe.rules.constraint_steps import check_steps, foreign_key_steps, unique_steps
from migsafe.rules.steps import by_hand, outside
from migsafe.schema.objects import Index, Relation, TableConstraint
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifier
from migsafe.text.lexer import TokenKind, tokens

_ROOM: Final = 58  # of 63 bytes (NAMEDATALEN), for the longest suffix
Copied = AddCheck | AddForeignKey | AddUnique | CreateIndex


def beside(name: str) -> str:
    """The name of a copy before the swap."""
    return f"{_shortened(name)}_new"


def retired(name: str) -> str:
    """The name of what has been replaced."""
    return f"{_shortened(name)}_old"


def _shortened(name: str) -> str:
    """As much of it as leaves room: all of it, in most cases."""
    return name.encode()[:_ROOM].decode(errors="ignore")


def copies(table: Name, column: str, schema: Schema) -> Iterator[Step]:
    """The steps that build them on `beside(column)`, without blocking anybody."""
    relation = schema.relation(schema.resolve(table))
    for index in schema.indexes_of(relation.name):
        if index.constraint is None and column in _columns_of(index):
            yield from _copy_of(_as_operation(table, index), index.name.name, column, schema)
    for constraint in relation.constraints:
        operation = _adding(table, constraint)
        if operation is not None and column in columns_of(operation):
            yield from _copy_of(operation, constraint.name, column, schema)


def _copy_of(operation: Copied, name: str, column: str, schema: Schema) -> Iterator[Step]:
    copy = on_other_column(operation, column)
    if copy is None:
        words = f"Make {identifier(beside(name))} for {identifier(beside(column))}, as {identifier(name)} is."
        yield by_hand(words, Slot.BACKGROUND).replace(instead_of=name)
        return
    for step in without_blocking(copy, schema):
        yield step.replace(slot=Slot.BACKGROUND, instead_of=name)


def without_blocking(operation: Copied, schema: Schema) -> tuple[Step, ...]:
    match operation:
        case CreateIndex():
            return (outside(operation.replace(concurrently=True)),)
        case AddUnique():
            return unique_steps(operation.table, operation.constraint, schema)
        case AddForeignKey():
            return foreign_key_steps(operation.table, operation.constraint, schema)
        case AddCheck():
            return check_steps(operation.table, operation.constraint, schema)


def _as_operation(table: Name, index: Index) -> CreateIndex:
    return CreateIndex(
        table=table,
        name=index.name.name,
        elements=index.elements,
        include=index.include,
        method=index.method,
        unique=index.unique,
        nulls_not_distinct=index.nulls_not_distinct,
        predicate=index.predicate,
        tablespace=index.tablespace,
    )


def _adding(table: Name, constraint: TableConstraint) -> AddCheck | AddForeignKey | AddUnique | None:
    """The operation that adds it. A primary key is no constraint that a table can have twice."""
    definition: Constraint = constraint.definition.replace(name=constraint.name)
    match definition:
        case Check():
            return AddCheck(table=table, constraint=definition)
        case ForeignKey():
            return AddForeignKey(table=table, constraint=definition)
        case Unique():
            return AddUnique(table=table, constraint=definition)
    return None


def columns_of(operation: Copied) -> tuple[str, ...]:
    match operation:
        case CreateIndex():
            return (*_named(operation.elements), *operation.include, *_in(operation.predicate))
        case AddCheck():
            return operation.constraint.expression.columns
        case AddForeignKey():
            return operation.constraint.columns
        case AddUnique():
            return (*operation.constraint.columns, *operation.constraint.include)


def _columns_of(index: Index) -> tuple[str, ...]:
    return (*_named(index.elements), *index.include, *_in(index.predicate))


def _named(elements: tuple[IndexElement, ...]) -> tuple[str, ...]:
    plain = tuple(each.column for each in elements if each.column is not None)
    return (*plain, *(name for each in elements for name in _in(each.expression)))


def _in(expression: Expression | None) -> tuple[str, ...]:
    return expression.columns if expression is not None else ()


def on_other_column(operation: Copied, column: str) -> Copied | None:
    """The same for `beside(column)`, under another name. None when its text cannot be carried over."""
    try:
        return _moved(operation, column)
    except _NotWordByWord:
        return None


class _NotWordByWord(Exception):  # noqa: N818  # no error: the reader is told instead
    pass


def _moved(operation: Copied, column: str) -> Copied:
    match operation:
        case CreateIndex(name=str(name)):
            return operation.replace(
                name=beside(name),
                elements=tuple(_element(each, column) for each in operation.elements),
                include=_list(operation.include, column),
                predicate=_expression(operation.predicate, column),
            )
        case AddCheck(constraint=Check(name=str(name)) as check):
            expression = _expression(check.expression, column)
            assert expression is not None
            return operation.replace(constraint=check.replace(name=beside(name), expression=expression))
        case AddForeignKey(constraint=ForeignKey(name=str(name)) as key):
            return operation.replace(
                constraint=key.replace(name=beside(name), columns=_list(key.columns, column), not_valid=False)
            )
        case AddUnique(constraint=Unique(name=str(name), using_index=None) as unique):
            columns, include = _list(unique.columns, column), _list(unique.include, column)
            moved = unique.replace(name=beside(name), columns=columns, include=include)
            return operation.replace(constraint=moved)
    raise _NotWordByWord


def _list(columns: tuple[str, ...], column: str) -> tuple[str, ...]:
    return tuple(beside(each) if each == column else each for each in columns)


def _element(element: IndexElement, column: str) -> IndexElement:
    if element.column is not None:
        return element.replace(column=_list((element.column,), column)[0])
    return element.replace(expression=_expression(element.expression, column))


def _expression(expression: Expression | None, column: str) -> Expression | None:
    """With the other column in its text, wherever the text names the first one."""
    if expression is None or column not in expression.columns:
        return expression
    return expression.replace(
        sql=_text(expression.sql, column),
        columns=_list(expression.columns, column),
        proves_not_null=_list(expression.proves_not_null, column),
        conjuncts=(),
        whole=False,
    )


def _text(sql: str, column: str) -> str:
    found, at, before = [], 0, ""
    for token in tokens(sql):
        text = sql[token.start : token.end]
        if token.kind in (TokenKind.WORD, TokenKind.QUOTED_WORD) and _named_by(text) == column:
            if before == "." or sql[token.end :].lstrip()[:1] in ("(", "."):  # a part of a longer name, or a function
                raise _NotWordByWord
            found += [sql[at : token.start], identifier(beside(column))]
            at = token.end
        before = text
    return "".join((*found, sql[at:]))


def _named_by(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()


def irreplaceable(table: Name, column: str, schema: Schema) -> str:
    """Why another column cannot simply take its place, in words; empty when it can."""
    relation = schema.relation(schema.resolve(table))
    known = relation.column(column)
    keys = [each.definition for each in relation.constraints if isinstance(each.definition, PrimaryKey)]
    if any(column in key.columns for key in keys):
        return "it is in the primary key"
    if known is not None and known.identity is not None:
        return "it is an identity column"
    if known is not None and known.default is not None and "nextval" in known.default.sql:
        return "a sequence belongs to it"
    return _used_elsewhere(relation, column, schema)


def _used_elsewhere(relation: Relation, column: str, schema: Schema) -> str:
    for other, name in schema.referencing(relation.name):
        key = next((c.definition for c in other.foreign_keys if c.name == name), None)
        if isinstance(key, ForeignKey) and column in key.referenced_columns:
            return f"{other.name} refers to it"
    for view in schema.views_on(relation.name):
        if any(column in read.columns for read in view.reads if read.relation == relation.name):
            return f"{view.name} reads it"
    return ""
