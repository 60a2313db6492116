"""What the files of a remedy are called: after what they are about, as makemigrations calls its own.

Two findings of one migration know nothing of each other. Their files have the same number, and a name each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from migsafe.model.migration import WrittenAs
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    Operation,
    SetDefault,
    SetNotNull,
)
from migsafe.plans.writers.python_calls import parse_call
from migsafe.plans.writers.subject import Subject

_LONGEST: Final = 100  # characters; django_migrations has room for 255, a file system for less

# django/db/migrations/operations: `migration_name_fragment`.
_FRAGMENTS: Final = {
    "AddConstraint": "{model}_{object}",
    "AddField": "{model}_{field}",
    "AddIndex": "{model}_{object}",
    "AlterField": "alter_{model}_{field}",
    "AlterIndexTogether": "alter_{model}_index_together",
    "AlterModelTable": "alter_{model}_table",
    "AlterOrderWithRespectTo": "alter_{model}_order_with_respect_to",
    "AlterUniqueTogether": "alter_{model}_unique_together",
    "CreateModel": "{model}",
    "DeleteModel": "delete_{model}",
    "RemoveConstraint": "remove_{model}_{object}",
    "RemoveField": "remove_{model}_{field}",
    "RemoveIndex": "remove_{model}_{object}",
    "RenameField": "rename_{field}_{model}_{new}",
    "RenameModel": "rename_{model}_{new}",
}
_Adding = AddCheck | AddExclusion | AddForeignKey | AddNotNull | AddPrimaryKey | AddUnique


def topic(about: Subject | None, *, partly: bool = False, back: bool = False) -> str:
    """What a remedy is about, in lower case: the operation, or its statement alone when the remedy is for that only;
    `back` when it is for the operation's way back. Empty when it has no name."""
    if about is None:
        return ""
    operations = about.statement.operations
    written = about.statement.written_as
    named = "" if written is None or partly else _of_operation(written, operations)
    words = re.sub(r"\W+", "_", named or _of_statement(operations)).strip("_").lower()[:_LONGEST]
    return f"undo_{words}" if back and words else words


def _of_operation(written: WrittenAs, operations: Sequence[Operation]) -> str:
    if written.operation == "RunPython":
        call = parse_call(written.text) if written.text else None
        return (call.argument("code", 0) or "") if call is not None else ""
    known = {
        "model": written.model,
        "field": written.field,
        "new": written.new_name,
        "object": next(filter(None, map(_object, operations)), None),
    }
    try:
        return _FRAGMENTS.get(written.operation, "").format_map({key: text for key, text in known.items() if text})
    except KeyError:  # written in a way that does not tell
        return ""


def _of_statement(operations: Sequence[Operation]) -> str:
    """The objects of the first operation that has any."""
    return next(filter(None, ("_".join(filter(None, _words(each))) for each in operations)), "")


def _words(operation: Operation) -> Iterator[str]:
    name = _object(operation)
    if name:
        yield from ("drop", name) if isinstance(operation, DropConstraint | DropIndex) else (name,)
        return
    table, column = getattr(operation, "table", None), getattr(operation, "column", None)
    if isinstance(table, Name):
        yield table.name
    if isinstance(operation, AddColumn):
        yield operation.column.name
    elif isinstance(column, str):
        yield column
        yield _CHANGES.get(type(operation), "")


_CHANGES: Final[Mapping[type[Operation], str]] = {
    AlterColumnType: "type",
    DropColumn: "drop",
    DropDefault: "without_default",
    DropNotNull: "null",
    SetDefault: "default",
    SetNotNull: "not_null",
}
"""What happens to a column, where a remedy is for one statement of several."""


def _object(operation: Operation) -> str | None:
    """The name of the index or constraint that it makes or drops."""
    match operation:
        case CreateIndex() | DropConstraint():
            return operation.name
        case DropIndex():
            return operation.index.name
        case _ if isinstance(operation, _Adding):
            return operation.constraint.name
    return None
