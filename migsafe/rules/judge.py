"""Runs the rules over a situation and makes findings of what they return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from migsafe.effects.windows import Executed
from migsafe.model.effects import StatementRef, Work
from migsafe.model.findings import Finding, Impact, Place, Severity
from migsafe.model.operations import Operation
from migsafe.rules.base import (
    Hit,
    LockOrder,
    MigrationRule,
    MigrationSituation,
    Rule,
    RuleInfo,
    StatementRule,
    StatementSituation,
    TransactionRule,
    TransactionSituation,
    place,
)
from migsafe.rules.django_words import in_django_words
from migsafe.rules.impact import impact_of, remedy_for_size
from migsafe.rules.ms007_internal_error import finding as internal_error
from migsafe.rules.target import Target
from migsafe.text.durations import in_words, in_words_range

Seen = TypeVar("Seen", StatementSituation, TransactionSituation, MigrationSituation)


class Judge:
    """The selected rules, sorted by what they look at."""

    def __init__(self, selected: Sequence[Rule], target: Target) -> None:
        self._target = target
        self._statement = [r for r in selected if isinstance(r, StatementRule)]
        self._about: dict[tuple[type[Operation], ...], list[StatementRule]] = {}
        self._transaction = [r for r in selected if isinstance(r, TransactionRule)]
        self._migration = [r for r in selected if isinstance(r, MigrationRule)]
        self._explained: set[tuple[StatementRef, Work]] = set()
        self._explained_held: set[tuple[StatementRef, Work]] = set()
        self._doubted: set[tuple[StatementRef, Work]] = set()
        self._lock_orders: list[LockOrder] = []

    def statement(self, situation: StatementSituation) -> Iterator[Finding]:
        executed = situation.executed
        for rule in self._asked_about(situation.statement.operations):
            yield from self._findings(rule.info, rule.check, situation, executed)

    def _asked_about(self, operations: tuple[Operation, ...]) -> list[StatementRule]:
        """The rules that have something to say about such operations, worked out once for each kind of statement."""
        kinds = tuple(map(type, operations))
        rules = self._about.get(kinds)
        if rules is None:
            rules = [r for r in self._statement if not r.about or any(issubclass(kind, r.about) for kind in kinds)]
            self._about[kinds] = rules
        return rules

    def transaction(self, situation: TransactionSituation) -> Iterator[Finding]:
        """Ordinary rules first, then the fallback ones on what is left unexplained."""
        for rule in sorted(self._transaction, key=lambda r: r.info.fallback):
            seen = situation.replace(
                explained=self._explained,
                explained_held=self._explained_held,
                doubted=self._doubted,
                lock_orders=self._lock_orders,
            )
            yield from self._findings(rule.info, rule.check, seen, situation.run[0])

    def migration(self, situation: MigrationSituation) -> Iterator[Finding]:
        for rule in self._migration:
            first = situation.run[0] if situation.run else None
            yield from self._findings(rule.info, rule.check, situation, first)

    def _findings(
        self, info: RuleInfo, check: Callable[[Seen], Iterable[Hit]], situation: Seen, default: Executed | None
    ) -> Sequence[Finding]:
        """Nearly every rule has nothing to say about nearly every statement: that must cost next to nothing."""
        try:
            found = list(check(situation))
        except Exception as mistake:  # one rule's mistake must not lose the run
            if default is None:
                raise
            return (internal_error(f"judging it by {info.code}", mistake, default.migration, default.statement),)
        return list(self._of_hits(info, found, default)) if found else ()

    def _of_hits(self, info: RuleInfo, found: Iterable[Hit], default: Executed | None) -> Iterator[Finding]:
        for hit in found:
            executed = hit.at or default
            if hit.lock_order is not None:
                self._lock_orders.append(hit.lock_order)
            if executed is not None:
                self._explained.update((executed.ref, work) for work in (*hit.explains, *hit.explains_held))
                self._explained_held.update((executed.ref, work) for work in hit.explains_held)
            if executed is not None and hit.severity is Severity.WARNING:
                self._doubted.update((executed.ref, work) for work in hit.explains)
            yield _finding(info, in_django_words(info.code, hit, executed), executed, self._target)


def _finding(info: RuleInfo, hit: Hit, executed: Executed | None, target: Target) -> Finding:
    impact = impact_of(hit, executed, target)
    return Finding(
        code=info.code,
        name=info.name,
        severity=hit.severity,
        place=hit.place or _place(hit, executed),
        message=_message(hit, impact),
        why=hit.why,
        remedy=remedy_for_size(hit.remedy, (*hit.lasts, *hit.explains, *hit.explains_held), impact),
        ref=executed.ref if executed is not None else None,
        relation=hit.relation,
        held=hit.held,
        related=hit.related,
        explains=hit.explains,
        reports=(*hit.lasts, *hit.explains),
        prolongs=hit.prolongs,
        impact=impact,
    )


def _message(hit: Hit, impact: Impact | None) -> str:
    """With a word on a range that has the budget inside: the expected time decides, and it is not certain."""
    if impact is None or impact.grown is None or not impact.straddles:
        return hit.message
    span = in_words_range(impact.grown.low, impact.grown.high)
    return f"{hit.message} The estimate of {span} straddles the budget of {in_words(impact.budget)}."


def _place(hit: Hit, executed: Executed | None) -> Place:
    if executed is None:
        raise ValueError("a hit about no statement must say its place")
    return place(executed.migration, executed.statement, hit.clause)
