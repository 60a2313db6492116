"""Operations as entries of a Django migration's `operations`.

An index has an operation of Django's own that builds it without blocking. Everything else is `RunSQL` with exactly
the statement that is meant: Django's other operations send what its state implies, not what is wanted here.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import IndexElement
from migsafe.model.operations import CreateIndex, Operation
from migsafe.plans.writers.python_code import call, listed, literal
from migsafe.plans.writers.sql_definitions import element
from migsafe.plans.writers.sql_statements import statement

_LONGEST_NAME = 30
"""Django refuses longer names of indexes (`Index.max_name_length` in indexes.py)."""


def entry(operation: Operation, app_label: str) -> str:
    """One operation as source text. Raises Unwritable when there is not even an SQL statement for it."""
    if isinstance(operation, CreateIndex) and _is_django_index(operation, app_label):
        return _add_index(operation, app_label)
    return run_sql(statement(operation))


def run_sql(sql: str) -> str:
    """`RunSQL` with a statement; Django runs it without parameters, so that `%` stays as it is."""
    return call("migrations.RunSQL", (literal(sql),))


def keeps_state(operation: Operation, app_label: str) -> bool:
    """Whether the entry tells Django's state what it does."""
    return isinstance(operation, CreateIndex) and _is_django_index(operation, app_label)


def _is_django_index(operation: CreateIndex, app_label: str) -> bool:
    """Whether `models.Index` says all of it, and the table's name shows the model's."""
    if not operation.concurrently or operation.unique or operation.method != "btree" or operation.only:
        return False
    if operation.name is None or len(operation.name) > _LONGEST_NAME or operation.predicate is not None:
        return False
    if operation.if_not_exists or operation.include or operation.tablespace or operation.table.schema:
        return False
    named = operation.table.name.startswith(f"{app_label}_") and len(operation.table.name) > len(app_label) + 1
    return named and all(_is_simple(key) for key in operation.elements)


def _is_simple(key: IndexElement) -> bool:
    plain = IndexElement(column=key.column, descending=key.descending)
    return key.column is not None and element(key) == element(plain)


def _add_index(operation: CreateIndex, app_label: str) -> str:
    model = operation.table.name.removeprefix(f"{app_label}_")
    index = call("models.Index", (f"fields={listed(_fields(operation))}", f"name={literal(operation.name or '')}"))
    return call("AddIndexConcurrently", (f"model_name={literal(model)}", f"index={index}"))


def _fields(operation: CreateIndex) -> Iterator[str]:
    for key in operation.elements:
        assert key.column is not None
        yield f"-{key.column}" if key.descending else key.column
