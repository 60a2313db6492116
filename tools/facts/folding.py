"""Rows of several versions as lines that say each thing once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

Row = tuple[str, ...]


def fold(rows: Mapping[int, set[Row]]) -> Iterator[str]:
    """Each row once, with the versions that have it unless all have."""
    for row in set().union(*rows.values()):
        versions = {version for version, having in rows.items() if row in having}
        for span in spans(versions, sorted(rows)):
            yield " ".join((*row, span)).rstrip()


def fold_overloads(rows: Mapping[int, set[Row]]) -> Iterator[str]:
    """Rows of (name, arguments, volatility). A name whose overloads are all alike needs no arguments."""
    names: dict[str, set[str]] = defaultdict(set)
    for name, _, volatility in set().union(*rows.values()):
        names[name].add(volatility)
    shortened: dict[int, set[Row]] = {
        version: {(n, v) if len(names[n]) == 1 else (n + arguments, v) for n, arguments, v in having}
        for version, having in rows.items()
    }
    return fold(shortened)


def spans(versions: set[int], known: list[int]) -> list[str]:
    """`versions` as ranges of the known ones: "" is all of them, "13-" from 13 on, "-14" up to 14, "13-14"."""
    runs: list[list[int]] = []
    for version in sorted(versions):
        if runs and known.index(version) == known.index(runs[-1][-1]) + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    return [_span(run[0], run[-1], known) for run in runs]


def _span(first: int, last: int, known: list[int]) -> str:
    if (first, last) == (known[0], known[-1]):
        return ""
    lower = "" if first == known[0] else str(first)
    upper = "" if last == known[-1] else str(last)
    return f"{lower}-{upper}"
