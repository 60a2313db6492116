"""Two lists of statements side by side, and what is not the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.sources.rendered import Origin, RenderedStatements

_COMPUTED = re.compile(
    r"'[0-9a-f]{32}'::uuid|'20[0-9-]{8}[T ][0-9:.+]*'::timestamptz|'20[0-9-]{8}'::date|'\{\}'::jsonb|'…'"
)
"""Values that differ with each run: random identifiers and the time."""


class Figures(KeywordRecord):
    """How many migrations and statements were compared, and how many of them are the same."""

    compared: int
    same_migrations: int
    statements: int
    same_statements: int


def compare(
    wanted: Mapping[str, Sequence[str]],
    made: Mapping[str, Sequence[str]],
    run: Mapping[str, Sequence[str]],
    guarded: Mapping[str, Sequence[str]],
) -> tuple[Figures, list[str]]:
    """The figures, and a line for each difference. `wanted` is what `sqlmigrate` prints; where it asks the database for
    names of objects that the same migration makes, what was really `run` is something else, and is right as well. What
    is `guarded` may be missing from both: Django takes one side of a condition, migsafe tells of both."""
    compared = same = total = hits = 0
    lines: list[str] = []
    for name, sql in wanted.items():
        theirs, ours = statements(sql), [_plain(one) for one in made.get(name, ())]
        really = statements(run.get(name, ()))
        unsure = frozenset(_plain(one) for one in guarded.get(name, ()))
        theirs, really = _with_unknown(theirs, ours), _with_unknown(really, ours)
        if theirs != ours and sorted(really) == sorted(_taken(ours, unsure, really)):
            theirs = really
        ours = _taken(ours, unsure, theirs)
        compared += 1
        same += theirs == ours
        total += max(len(theirs), len(ours))
        hits += _common(theirs, ours)
        if theirs != ours:
            lines += [f"  {name}", *(f"    {line}" for line in _difference(theirs, ours))]
    figures = Figures(compared=compared, same_migrations=same, statements=total, same_statements=hits)
    return figures, lines


def _taken(ours: Sequence[str], guarded: frozenset[str], theirs: Sequence[str]) -> list[str]:
    """Without the side of a condition that was not taken."""
    steps = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    return [one for tag, _, _, start, end in steps for one in ours[start:end] if tag == "equal" or one not in guarded]


def _with_unknown(theirs: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Their statements, with values that ours show as not known shown so: what a program computes when it runs."""
    patterns = [(one, _pattern(one)) for one in ours if "'…'" in one]
    return [next((one for one, pattern in patterns if pattern.fullmatch(each)), each) for each in theirs]


def _pattern(sql: str) -> re.Pattern[str]:
    return re.compile(_LITERAL.join(re.escape(part) for part in sql.split("'…'")), re.DOTALL)


_LITERAL = r"(?:E?'(?:[^']|'')*'(?:::[a-z ]+(?:\[\])?)?|-?[0-9.]+|true|false|NULL)"


def _common(theirs: Sequence[str], ours: Sequence[str]) -> int:
    left = list(ours)
    for one in theirs:
        if one in left:
            left.remove(one)
    return len(ours) - len(left)


def statements(sql: Sequence[str]) -> list[str]:
    collected = RenderedStatements()
    for one in sql:
        collected.script(one, Origin(span=Span(0, 0)))
    return [_plain(statement.sql) for statement in collected.statements]


def _plain(sql: str) -> str:
    return _COMPUTED.sub("'…'", sql)


def _difference(wanted: Sequence[str], made: Sequence[str]) -> Iterator[str]:
    yield from (f"- {sql[:300]!r}" for sql in wanted if sql not in made)
    yield from (f"+ {sql[:300]!r}" for sql in made if sql not in wanted)
    if sorted(wanted) == sorted(made):
        yield "the order differs"
