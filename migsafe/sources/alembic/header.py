"""What a revision says of itself: `revision`, `down_revision`, `branch_labels`, `depends_on`, read as text.

Thousands of files are looked at in every run, so that the usual form is read with one pattern; only what is written
in another way is parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span

_NAMES: Final = ("revision", "down_revision", "branch_labels", "depends_on")
_LINE: Final = re.compile(
    r"^(revision|down_revision|branch_labels|depends_on)[ \t]*(?::[^=\n]*)?=[ \t]*(\S[^\n]*)", re.MULTILINE
)
_SIMPLE: Final = re.compile(r"""(None|"[^"\\\n]*"|'[^'\\\n]*'|\(\)|\[\])[ \t]*(?:#.*)?\r?$""")
_LONGEST: Final = 2_000_000  # characters; a longer file is not parsed for its header

Words = tuple[str, ...]


class Header(KeywordRecord):
    """`place` is where the revision's id is stated; `parents` where its parents are."""

    revision: str
    down_revisions: Words = ()
    depends_on: Words = ()
    branch_labels: Words = ()
    place: Span = Span(0, 0)
    parents: Span = Span(0, 0)


class _Value(KeywordRecord):
    words: Words
    place: Span


def may_be_revision(text: str) -> bool:
    """Whether the text has what every revision has."""
    return "revision" in text and any(match[1] == "revision" for match in _LINE.finditer(text))


@lru_cache(maxsize=16_384)  # a folder is looked at more than once, for each way in which it can be an environment
def read_header(text: str) -> Header | None:
    """The header of a revision file; None when the file states no revision that can be read."""
    found = _by_pattern(text)
    if found is None:
        found = dict(_by_tree(text))
    if "revision" not in found or len(found["revision"].words) != 1:
        return None
    empty = _Value(words=(), place=found["revision"].place)
    parents = found.get("down_revision", empty)
    return Header(
        revision=found["revision"].words[0],
        down_revisions=parents.words,
        depends_on=found.get("depends_on", empty).words,
        branch_labels=found.get("branch_labels", empty).words,
        place=found["revision"].place,
        parents=parents.place,
    )


def _by_pattern(text: str) -> dict[str, _Value] | None:
    """The values when each name is assigned once, on one line, as a plain string or None."""
    found: dict[str, _Value] = {}
    for match in _LINE.finditer(text):
        simple = _SIMPLE.match(match[2])
        if simple is None or match[1] in found:
            return None
        word = simple[1]
        words = (word[1:-1],) if word[0] in "\"'" else ()
        found[match[1]] = _Value(words=words, place=Span(match.start(), match.start(2) + len(word)))
    return found if "revision" in found and "down_revision" in found else None


def _by_tree(text: str) -> Iterator[tuple[str, _Value]]:
    tree = _parsed(text)
    if tree is None:
        return
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    known: dict[str, ast.expr] = {}
    for node in tree.body:
        for name, value in _assigned(node):
            known[name] = value
            if name in _NAMES:
                place = Span(starts[node.lineno - 1], starts[min(node.end_lineno or 1, len(starts)) - 1])
                end = place.end + (node.end_col_offset or 0)
                words = tuple(_words(value, known)) or (_label(value) if name == "branch_labels" else ())
                yield name, _Value(words=words, place=Span(place.start, end))


def _label(value: ast.expr) -> Words:
    """A label that is stated by the name of a constant somewhere else: that there is one is what counts."""
    first = value.elts[0] if isinstance(value, ast.Tuple | ast.List | ast.Set) and value.elts else value
    return (ast.unparse(first),) if isinstance(first, ast.Name | ast.Attribute) else ()


def _parsed(text: str) -> ast.Module | None:
    import warnings

    if len(text) > _LONGEST or not may_be_revision(text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        yield node.target.id, node.value


def _words(value: ast.expr, known: dict[str, ast.expr], depth: int = 0) -> Iterator[str]:
    """The strings in a literal, a tuple of literals, or a name that stands for one."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Tuple | ast.List | ast.Set) and depth < 4:
        for item in value.elts:
            yield from _words(item, known, depth + 1)
    elif isinstance(value, ast.Name) and value.id in known and depth < 4:
        yield from _words(known[value.id], known, depth + 1)
