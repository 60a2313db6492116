"""A lock taken earlier in the transaction is held while a later statement does long work.

What happens
    A lock lives until its transaction ends. `ALTER TABLE … ADD COLUMN` is instant, but an UPDATE of all rows after
    it, in the same transaction, keeps its ACCESS EXCLUSIVE lock for the whole UPDATE.

Why it hurts
    Reads and writes of the first table wait for work that has nothing to do with the lock, often on another table.

Safer form
    Commit in between: schema changes in one migration, the data in another, in batches.

        -- migration 1
        ALTER TABLE users ADD COLUMN state text;
        -- migration 2, outside a transaction, in batches
        UPDATE users SET state = 'active' WHERE id BETWEEN … AND …;

    Alembic: two revisions, with `transaction_per_migration=True`. Django: two migrations, the second `atomic = False`.

When it is fine
    When the work is short because the tables are small. Work that has a finding of its own, whose safer form takes
    it out of the transaction, is told there only, with those who wait because of the earlier lock.

Versions
    All supported versions.

Evidence
    Manual, 13.3: a lock is held until the end of the transaction. Measured on 12 to 18.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from migsafe.model.effects import Window, Work
from migsafe.model.findings import Prolonged, Related, Remedy, Severity
from migsafe.model.locks import Blocked
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.held_locks import Overlap, in_words, overlaps
from migsafe.rules.steps import by_hand
from migsafe.rules.window_totals import Sum, sums_above_budget
from migsafe.rules.wording import listed, waiting, work_in_words

_SHOWN = 4
_TOLD_ELSEWHERE = 50  # statements


_REMEDY = Remedy(
    "Commit before this statement, or move it to a migration of its own.",
    (
        by_hand("One migration up to and with the statement that takes the lock."),
        by_hand("The rest in the next migration; changes of many rows in batches, each committed."),
    ),
)


@transaction_rule(RuleInfo(code="MS304", name="work-under-earlier-lock", since="0.1.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the first work that an earlier lock outlasts."""
    found = list(overlaps(situation))
    if found:
        yield _hit(situation, found)
        return
    for sum_ in sums_above_budget(situation):
        yield _together(situation, sum_)
        return


def _hit(situation: TransactionSituation, found: list[Overlap]) -> Hit:
    first = found[0].executed
    held = [w for overlap in found for w in overlap.held]
    strongest = max(held, key=lambda window: window.mode)
    return Hit(
        severity=min((_severity(window, found, situation) for window in _longest(held)), key=_badness),
        message=_message(held, found, situation),
        why="A lock is kept until its transaction ends, so those of earlier statements outlast this work.",
        remedy=_REMEDY,
        clause=found[0].work[0].clause,
        relation=strongest.relation,
        held=strongest.mode,
        lasts=tuple(w for overlap in _under(strongest, found) for w in overlap.work),
        at=first,
        related=tuple(_related(situation, strongest, found)),
        prolongs=tuple(_prolonged(situation, found)),
    )


def _message(held: list[Window], found: list[Overlap], situation: TransactionSituation) -> str:
    """Who waits during what: those who cannot even read first."""
    by_who = _by_who(held)
    works = [work_in_words(_done_under(windows, found)) for windows in by_who.values()]
    if len(set(works)) == 1:
        return f"{_who(held, situation)} wait during {works[0]}."
    said = [f"{_on(who, by_who[who], situation)} wait during {work}" for who, work in zip(by_who, works, strict=True)]
    return f"{', and '.join((said[0], *map(_within_a_sentence, said[1:])))}."


def _who(held: list[Window], situation: TransactionSituation) -> str:
    """`Reads and writes on a and b, and writes on c,`: what is said of each table is the most that its locks stop."""
    by_who = _by_who(held)
    told: set[Name] = set()
    said: list[str] = []
    for who, windows in by_who.items():
        said += [_on(who, new, situation)] if (new := [w for w in windows if w.relation not in told]) else []
        told |= {window.relation for window in windows}
    return said[0] if len(said) == 1 else f"{said[0]}, and {_within_a_sentence(said[1])},"


def _by_who(held: list[Window]) -> dict[str, list[Window]]:
    """The locks by what waits for them."""
    by_who: dict[str, list[Window]] = {}
    for window in sorted(held, key=lambda w: Blocked.READ not in w.blocks):
        by_who.setdefault(waiting(window.mode), []).append(window)
    return by_who


def _on(who: str, windows: list[Window], situation: TransactionSituation) -> str:
    return f"{who} on {listed(in_words(window, situation) for window in windows)}"


def _done_under(windows: list[Window], found: list[Overlap]) -> list[Work]:
    under = {overlap.executed.ref for window in windows for overlap in _under(window, found)}
    return [w for overlap in found if overlap.executed.ref in under for w in overlap.work]


def _within_a_sentence(words: str) -> str:
    return words[:1].lower() + words[1:]


def _prolonged(situation: TransactionSituation, found: list[Overlap]) -> Iterator[Prolonged]:
    """What the findings about each piece of work may say instead; of too many it is said once, here."""
    held: list[Window] = []
    for overlap in found if len(found) <= _TOLD_ELSEWHERE else ():
        held = [window for window in (*held, *overlap.held) if window.end_work > overlap.first_work]
        strongest = max(held, key=lambda window: window.mode)
        message = f"Because of an earlier lock {_within_a_sentence(_who(held, situation))} wait for it as well."
        taken = tuple(_related(situation, strongest, []))
        yield Prolonged(overlap.executed.ref, overlap.work, message, taken)


def _longest(held: list[Window]) -> list[Window]:
    """Of the windows that end together the one that begins first: what is done under the others is done under it."""
    longest: dict[int, Window] = {}
    for window in held:
        known = longest.get(window.end_work)
        if known is None or window.first_work < known.first_work:
            longest[window.end_work] = window
    return list(longest.values())


def _under(window: Window, found: list[Overlap]) -> list[Overlap]:
    """Those that the lock outlasts: they follow one upon the other in the order of the log."""
    first = bisect_right(found, window.first_work, key=lambda overlap: overlap.end_work)
    return found[first : bisect_left(found, window.end_work, key=lambda overlap: overlap.first_work)]


def _severity(window: Window, found: list[Overlap], situation: TransactionSituation) -> Severity:
    """Of all that is done under one lock, which adds up, for the most certain of the statements that do it. What the
    finding about the work itself only warns of is no error here either."""
    under = _under(window, found)
    work = [(overlap.executed.ref, w) for overlap in under for w in overlap.work]
    statements = [overlap.executed.statement for overlap in under]
    certain = next((s for s in statements if s.certainty is not Certainty.GUARDED), statements[0])
    every = severity.of_blocking_work([w for _, w in work], certain, situation.target)
    sure = [w for ref, w in work if (ref, w) not in situation.doubted]
    if every is not Severity.ERROR or severity.of_blocking_work(sure, certain, situation.target) is Severity.ERROR:
        return every
    return Severity.WARNING


def _badness(level: Severity) -> int:
    return list(Severity).index(level)


def _together(situation: TransactionSituation, sum_: Sum) -> Hit:
    window, last = sum_.window, sum_.members[-1]
    who = f"{waiting(window.mode)} on {window.relation}"
    pieces = f"{len(sum_.pieces)} pieces of work under one lock, each of them within the budget and together above it"
    return Hit(
        severity=severity.of_blocking_work(sum_.work, last.statement, situation.target),
        message=f"{who} wait for {pieces}.",
        why="A lock is kept until its transaction ends, so the time of the statements adds up.",
        remedy=_REMEDY,
        relation=window.relation,
        held=window.mode,
        lasts=sum_.work,
        at=last,
        related=tuple(_related(situation, window, [])),
    )


def _related(situation: TransactionSituation, strongest: Window, found: list[Overlap]) -> Iterator[Related]:
    taker = situation.executed(strongest.start)
    yield Related(place(taker.migration, taker.statement), f"{strongest.mode.manual_name} is taken here")
    for overlap in found[1:_SHOWN]:
        at = place(overlap.executed.migration, overlap.executed.statement)
        yield Related(at, f"and it is still held during {work_in_words(overlap.work)}")
