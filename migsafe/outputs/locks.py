"""`migsafe locks`: for each statement its locks, the work under them, the reason, and what was assumed."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Effect, Refusal, SettledBy
from migsafe.model.locks import Lock
from migsafe.model.report import Report, StatementReport
from migsafe.outputs.text_locks import WORK_WORDS, blocked_words
from migsafe.text.durations import in_words, in_words_range
from migsafe.text.masking import printable

_SETTLED_BY = {
    SettledBy.SCHEMA: "--schema FILE",
    SettledBy.STATS: "the size of the table",
    SettledBy.DATABASE: "the database alone",
}


def render(report: Report) -> str:
    """A block for each statement, and what it holds for."""
    blocks = [
        "\n".join(map(printable, _block(statement)))
        for statement in report.statements
        if statement.statement.parent is None
    ]
    problems = [p.message for m in report.in_focus for p in m.migration.problems]
    return "\n\n".join([*blocks, *problems, f"{report.target.dialect} {report.target.version}"]) + "\n"


def _block(entry: StatementReport) -> Iterator[str]:
    yield " ".join(entry.sql.split())
    if isinstance(entry.outcome, Refusal):
        yield f"  refused   {entry.outcome.message} (SQLSTATE {entry.outcome.sqlstate})"
    elif entry.outcome is None:
        error = entry.statement.syntax_error
        yield f"  not analysed: {error.message if error else 'nothing is known about it'}"
    else:
        yield from _effect(entry.outcome)


def _effect(effect: Effect) -> Iterator[str]:
    yield from _locks(effect.locks)
    for work in dict.fromkeys((WORK_WORDS[w.kind], str(w.relation)) for w in effect.work):
        yield f"  work      {work[0]} of {work[1]}"
    if effect.seconds is not None:
        span = in_words_range(effect.seconds.low, effect.seconds.high)
        yield f"  time      about {in_words(effect.seconds.expected)} ({span})"
    if not effect.work:
        yield "  work      none that grows with the table"
    if not effect.transactional:
        yield "  runs      outside a transaction block only"
    if effect.waits_for_snapshots:
        yield "  waits     for every transaction that could still see the old state"
    if effect.reason:
        yield f"  why       {effect.reason}"
    if effect.source:
        yield f"  source    {effect.source}"
    for assumption in effect.assumptions:
        yield f"  assumed   {assumption.what} (settled by {_SETTLED_BY[assumption.settled_by]})"


def _locks(locks: tuple[Lock, ...]) -> Iterator[str]:
    if not locks:
        yield "  lock      none on a user relation"
    width = max((len(lock.mode.manual_name) for lock in locks), default=0)
    for lock in sorted(locks, key=lambda lock: (-lock.mode, lock.relation)):
        mode = lock.mode.manual_name
        yield f"  lock      {mode:<{width}}  {lock.relation} ({lock.kind}): blocks {blocked_words(lock.mode)}"
