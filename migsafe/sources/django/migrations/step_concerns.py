"""What steps of a migration do that no statement shows: rows that no way back restores, tables held in memory, tasks
that begin too early, routers that are told nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from django.db.migrations import RunPython, RunSQL

from migsafe.model.migration import Concern, ConcernKind
from migsafe.sources.django.reading.operations import ReadOperation, nested
from migsafe.sources.django.reading.reader import is_noop
from migsafe.sources.django.reading.step_editor import Request
from migsafe.sources.django.state.data import Models, changed_table
from migsafe.sources.django.steps.records import DataStep
from migsafe.sources.interpreter import Source

_HINTS_PLACE: Final = 3  # RunPython(code, reverse_code, atomic, hints)


def step_concerns(operations: Sequence[ReadOperation], models: Models, source: Source) -> Iterator[Concern]:
    """The concerns about the steps of one migration, in their order, each once for a table."""
    found: dict[Concern, None] = {}
    for read in operations:
        found |= dict.fromkeys(_irreversible(read))
        returns = [code.backward for code in read.codes]
        if returns and all(is_noop(code) for code in returns):
            found |= dict.fromkeys(_lost(read.steps, models))
        found |= dict.fromkeys(_in_memory((*read.steps, *read.back), models))
        found |= dict.fromkeys(_early_tasks(read.steps))
        if read.codes and not isinstance(read.operation, Request) and not _tells_routers(read, source):
            found[Concern(ConcernKind.NO_HINTS, "", read.span)] = None
    yield from _once(found)


def _irreversible(read: ReadOperation) -> Iterator[Concern]:
    """RunPython and RunSQL without a way back, also inside of SeparateDatabaseAndState (which asks nobody)."""
    inside = nested(read.operation) if read.operation is not None else ()
    for operation in inside:
        if isinstance(operation, (RunPython, RunSQL)) and not operation.reversible:
            yield Concern(ConcernKind.IRREVERSIBLE, type(operation).__name__, read.span)


def _once(found: dict[Concern, None]) -> Iterator[Concern]:
    """The first of each kind about each table."""
    seen: set[tuple[ConcernKind, str]] = set()
    for concern in found:
        key = (concern.kind, str(concern.relation) if concern.relation is not None else str(concern.span))
        if key not in seen:
            seen.add(key)
            yield concern


def _lost(steps: Sequence[DataStep], models: Models) -> Iterator[Concern]:
    """Rows that are deleted, and values that are replaced by one that others may have had before."""
    for step in steps:
        table = changed_table(step, models) if step.change in ("delete", "update") else None
        if table is not None and (step.change == "delete" or _recodes(step)):
            yield Concern(ConcernKind.LOSSY_NO_RETURN, step.change, step.span, table)


def _recodes(step: DataStep) -> bool:
    """`filter(state="old").update(state="new")`: which rows were old, nothing tells afterwards."""
    equal = {condition.column for condition in step.conditions if condition.operator in ("=", "in", "like")}
    return not equal.isdisjoint(step.columns)


def _in_memory(steps: Sequence[DataStep], models: Models) -> Iterator[Concern]:
    for step in steps:
        table = changed_table(step, models) if step.change == "read" else None
        if table is not None:
            yield Concern(ConcernKind.ROWS_IN_MEMORY, table.name, step.span, table)


def _early_tasks(steps: Sequence[DataStep]) -> Iterator[Concern]:
    for step in steps:
        if step.change == "task" and step.inside:
            yield Concern(ConcernKind.TASK_BEFORE_COMMIT, "", step.span)


def _tells_routers(read: ReadOperation, source: Source) -> bool:
    """Whether `allow_migrate` of a router gets hints, or the function asks for its connection itself."""
    node = read.node
    if not isinstance(node, ast.Call):
        return True
    stated = any(keyword.arg in ("hints", None) for keyword in node.keywords) or len(node.args) > _HINTS_PLACE
    return stated or "connection.alias" in source.text
