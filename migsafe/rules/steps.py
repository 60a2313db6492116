"""Short forms for the steps of a remedy."""

from __future__ import annotations

from migsafe.model.findings import Slot, Step, StepTransaction
from migsafe.model.operations import Operation


def alone(*operations: Operation, slot: Slot = Slot.PRE_DEPLOY, note: str = "") -> Step:
    """Operations in a transaction of their own, committed before the next step."""
    return Step(operations=operations, slot=slot, note=note)


def outside(*operations: Operation, slot: Slot = Slot.PRE_DEPLOY, note: str = "") -> Step:
    """Operations that must run outside any transaction block."""
    return Step(operations=operations, transaction=StepTransaction.NONE, slot=slot, note=note)


def by_hand(note: str, slot: Slot = Slot.PRE_DEPLOY) -> Step:
    """Something that no statement does: a release, a batch job, a check."""
    return Step(note=note, slot=slot)
