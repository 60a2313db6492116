"""Remedies that change nothing but the order: the operation stays as it is, and is deployed before or after something
else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from migsafe.model.findings import Remedy, Slot
from migsafe.model.migration import Direction, Migration
from migsafe.plans.writers.commits import acts, commits_alone
from migsafe.plans.writers.django_files import Note
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.slots import HEADINGS
from migsafe.plans.writers.subject import Subject

_LATER: Final = "{} as it is, in a migration that is deployed then."
_AT_ONCE: Final = "{} stays as it is."


def in_order(remedy: Remedy, migration: Migration, about: Subject, operation: str) -> str | None:
    """What is to be done when, as comments; None when something is to be written anew. An operation that sends more
    than the statement in question may have parts that must not wait."""
    written = about.statement.written_as
    if written is None or written.by_hand or migration.direction is Direction.DOWN:
        return None
    task = Task(remedy=remedy, migration=migration, subject=about, written=written)
    acting = [step for step in remedy.steps if acts(step)]
    if len(acting) != 1 or acting[0].batch is not None or acting[0].operations != about.statement.operations:
        return None
    if len(task.statements) != 1 or len(remedy.steps) == 1 or commits_alone(acting[0], several=False):
        return None
    words = _AT_ONCE if acting[0].slot is Slot.PRE_DEPLOY else _LATER
    notes = [Note(words.format(operation) if step is acting[0] else step.note, step.slot) for step in remedy.steps]
    return "\n".join(_under_headings(notes))


def _under_headings(notes: Sequence[Note]) -> Iterator[str]:
    for slot, members in groupby(notes, key=lambda note: note.slot):
        yield f"# {HEADINGS[slot]}:"
        yield from (f"# {note.text}" for note in members)
