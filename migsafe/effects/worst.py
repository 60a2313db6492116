"""One outcome for several server versions: what the worst of them does."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.effects import Effect, Refusal
from migsafe.model.locks import Lock
from migsafe.model.names import Name

Outcome = Effect | Refusal


def worst(outcomes: Sequence[tuple[int, Outcome]]) -> Outcome:
    """The outcome to judge by. A refusal on any version wins, and names the version; effects are joined, each
    relation with its strongest lock and all work that any version does.
    """
    if len(outcomes) == 1:
        return outcomes[0][1]
    for version, outcome in outcomes:
        if isinstance(outcome, Refusal):
            return outcome.replace(message=f"{outcome.message} (on PostgreSQL {version})")
    return _joined([outcome for _, outcome in outcomes if isinstance(outcome, Effect)])


def _joined(effects: Sequence[Effect]) -> Effect:
    return Effect(
        locks=_strongest([lock for effect in effects for lock in effect.locks]),
        work=tuple(dict.fromkeys(work for effect in effects for work in effect.work)),
        transactional=all(effect.transactional for effect in effects),
        waits_for_snapshots=any(effect.waits_for_snapshots for effect in effects),
        reason=next((effect.reason for effect in effects if effect.reason), ""),
        source=next((effect.source for effect in effects if effect.source), ""),
        assumptions=tuple(dict.fromkeys(a for effect in effects for a in effect.assumptions)),
    )


def _strongest(locks: Sequence[Lock]) -> tuple[Lock, ...]:
    best: dict[Name, Lock] = {}
    for lock in locks:
        held = best.get(lock.relation)
        if held is None or lock.mode > held.mode:
            best[lock.relation] = lock
    return tuple(sorted(best.values(), key=lambda lock: lock.relation))
