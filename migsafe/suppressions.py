"""Suppressions in comments: `migsafe: ignore[MS201] reason`, optionally with `until=2027-01-31`.

On a line of its own a suppression is for the next statement; behind a statement, for that one. `ignore-file[…]` in
the header, before the first statement, is for the whole file. There is no form that silences everything. What a
suppression names wrongly, no longer needs, does not explain, or has let expire is itself a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fnmatch import fnmatch

from migsafe.errors import did_you_mean
from migsafe.model.findings import Finding, Place, Severity
from migsafe.model.migration import Comment, Migration, Statement
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.rules.base import RuleInfo
from migsafe.text.patterns import late

_MARK = late(r"migsafe:\s*(ignore(?:-file)?)\s*(?:\[([^\]]*)\])?(.*)", re.DOTALL)
_UNTIL = late(r"\buntil=(\d{4}-\d{2}-\d{2})\b")

UNKNOWN = "MS004"
UNUSED = "MS005"
EXPIRED = "MS006"
UNEXPLAINED = "MS008"
FAILED = "MS007"


class Suppression(KeywordRecord):
    """One comment's suppression. `statement` is the index it is for, None for the whole file; `others` are the indexes
    of what the same call of a program sends besides."""

    codes: tuple[str, ...]
    reason: str
    until: date | None
    statement: int | None
    place: Place
    migration: str
    others: frozenset[int] = frozenset()


class Rulebook:
    """The known rules by code and by name."""

    def __init__(self, infos: Iterable[RuleInfo]) -> None:
        self._infos = {key: info for info in infos for key in (info.code, info.name)}

    def code(self, word: str) -> str | None:
        info = self._infos.get(word) or self._infos.get(word.upper())
        return info.code if info else None

    def info(self, code: str) -> RuleInfo:
        return self._infos[code]

    def advice(self, word: str) -> str:
        """The nearest known word, or where to find all of them."""
        advice = did_you_mean(word, self._infos)
        return advice.rstrip("?") if advice.startswith("did you mean") else "see `migsafe rules`"


def apply(
    findings: Sequence[Finding], migrations: Sequence[Migration], rulebook: Rulebook, today: date
) -> tuple[Finding, ...]:
    """The findings with those suppressed marked as such, followed by the findings about the suppressions."""
    found = [s for migration in migrations for s in suppressions(migration)]
    active = [s for s in found if s.until is None or today <= s.until]
    used: set[tuple[Place, str]] = set()
    marked = tuple(_marked(finding, active, rulebook, used) for finding in findings)
    about = (report for s in found for report in _about(s, rulebook, used, today))
    return (*marked, *about)


_RISING = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def at_most(finding: Finding, levels: Sequence[tuple[str, str]]) -> Finding:
    """The finding with the severity that the first fitting pattern of paths allows at most. A step of migsafe that
    failed (MS007) stays what it is."""
    for pattern, level in levels:
        if fnmatch(finding.place.path, pattern) and finding.code != FAILED:
            return finding.replace(severity=min(finding.severity, Severity(level), key=_RISING.index))
    return finding


def suppressions(migration: Migration) -> Iterator[Suppression]:
    """The suppressions of a file, in order."""
    for comment in migration.comments:
        match = _MARK.search(comment.text)
        if match is None:
            continue
        whole_file = match[1] == "ignore-file"
        target = None if whole_file else _target(comment, migration.statements)
        if whole_file and not _in_header(comment, migration.statements):
            target = -1  # matches no statement, so it is reported as unused
        codes = tuple(code.strip() for code in (match[2] or "").split(",") if code.strip())
        until = _UNTIL.search(match[3])
        yield Suppression(
            codes=codes,
            reason=_UNTIL.sub("", match[3]).strip(),
            until=_date(until[1]) if until else None,
            statement=target,
            place=Place(migration.path, comment.span),
            migration=migration.key,
            others=_of_same_call(target, migration.statements),
        )


def _of_same_call(target: int | None, statements: Sequence[Statement]) -> frozenset[int]:
    """An operation of Django's or Alembic's can send several statements; the comment is about the operation."""
    if target is None or not 0 <= target < len(statements) or not statements[target].rendered:
        return frozenset()
    span = statements[target].span
    return frozenset(statement.index for statement in statements if statement.rendered and statement.span == span)


def _date(text: str) -> date:
    """The date; one that does not exist counts as long past, so that it is reported as expired."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _in_header(comment: Comment, statements: Sequence[Statement]) -> bool:
    return not statements or comment.span.end <= statements[0].span.start


def _target(comment: Comment, statements: Sequence[Statement]) -> int:
    """The index of the statement that the comment is for, -1 for none."""
    inside = [s for s in statements if s.span.start <= comment.span.start < s.span.end]
    if inside:
        return _innermost(inside, comment.span)
    if comment.alone:
        after = (s.index for s in statements if s.parent is None and s.span.start >= comment.span.end)
        return next(after, -1)
    before = [s.index for s in statements if s.parent is None and s.span.end <= comment.span.start]
    return before[-1] if before else -1


def _innermost(inside: Sequence[Statement], span: Span) -> int:
    """A comment inside a DO block is for the child statement that follows it, or else for the block."""
    block = inside[-1]
    return block.index if block.span.end >= span.end else -1


def _marked(
    finding: Finding, active: Sequence[Suppression], rulebook: Rulebook, used: set[tuple[Place, str]]
) -> Finding:
    for suppression in active:
        for word in suppression.codes:
            if rulebook.code(word) == finding.code and _covers(suppression, finding):
                used.add((suppression.place, word))
                return finding.replace(suppressed=suppression.reason)
    return finding


def _covers(suppression: Suppression, finding: Finding) -> bool:
    if finding.ref is None:
        return suppression.statement is None and finding.place.path == suppression.place.path
    if finding.ref.migration != suppression.migration:
        return False
    if suppression.statement is None or suppression.statement == finding.ref.statement:
        return True
    return finding.ref.statement in suppression.others


def _about(
    suppression: Suppression, rulebook: Rulebook, used: set[tuple[Place, str]], today: date
) -> Iterator[Finding]:
    if not suppression.codes:
        message = "The suppression names no rule; write ignore[CODE], there is no form for everything."
        yield _finding(UNKNOWN, suppression, message, rulebook)
    if not suppression.reason:
        yield _finding(UNEXPLAINED, suppression, "The suppression gives no reason.", rulebook)
    for word in suppression.codes:
        if rulebook.code(word) is None:
            message = f"There is no rule '{word}' to suppress: {rulebook.advice(word)}."
            yield _finding(UNKNOWN, suppression, message, rulebook)
        elif suppression.until is not None and today > suppression.until:
            message = f"The suppression of {word} expired on {suppression.until.isoformat()}."
            yield _finding(EXPIRED, suppression, message, rulebook)
        elif (suppression.place, word) not in used:
            message = f"The suppression of {word} suppresses nothing and can be removed."
            yield _finding(UNUSED, suppression, message, rulebook)


def _finding(code: str, suppression: Suppression, message: str, rulebook: Rulebook) -> Finding:
    return Finding(
        code=code,
        name=rulebook.info(code).name,
        severity=Severity.WARNING,
        place=suppression.place,
        message=message,
        migration=suppression.migration,
    )
