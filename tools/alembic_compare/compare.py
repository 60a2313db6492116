"""Two lists of statements, and what is different between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from migsafe.model.record import KeywordRecord
from migsafe.text.fragments import FragmentKind
from migsafe.text.script import split
from migsafe.text.source import SourceText
from tools.alembic_compare.ours import Ours

Pair = tuple[str, str]


class Compared(KeywordRecord):
    """`same` of `total` statements are identical; `filled` differ only in values known at run time (the time, a
    random id), where migsafe has a mark. `different` are pairs: what Alembic prints and what migsafe says, one of them
    empty when the other has no counterpart. `missed` are statements of Alembic's that migsafe neither has nor says
    anything about."""

    same: int
    total: int
    filled: int = 0
    different: tuple[Pair, ...] = ()
    missed: tuple[str, ...] = ()


def compare(printed: Sequence[str], said: Ours) -> Compared:
    """A revision without conditions is compared in its order; for others, each printed statement has to be there."""
    theirs = list(_statements(printed))
    own = list(_statements([text for text, _ in said.sent]))
    if said.kind == "exact":
        return _in_order(theirs, own)
    left = Counter(theirs) - Counter(own)
    patterns = [_pattern(text) for text in own if "⟨" in text]
    open_ones = [text for text in left.elements() if any(pattern.fullmatch(text) for pattern in patterns)]
    missed = tuple((left - Counter(open_ones)).elements())
    return Compared(
        same=len(theirs) - len(missed) - len(open_ones),
        filled=len(open_ones),
        total=len(theirs),
        different=tuple((text, "") for text in missed),
        missed=() if said.unknown else tuple(_without_counterpart(missed, own)),
    )


def _without_counterpart(texts: Sequence[str], own: Sequence[str]) -> Iterator[str]:
    """Those that migsafe does not have with other values either (offline, Alembic drops the values of parameters), nor
    with a mark for something that it says it does not know."""
    known = {_bare(text) for text in own}
    marked = {_beginning(text) for text in own if "⟨" in text}
    yield from (text for text in texts if text and _bare(text) not in known and _beginning(text) not in marked)


def _beginning(text: str) -> str:
    """What a statement does, and to what: its first words."""
    return " ".join(text.split(" ")[:3]).lower()


def _pattern(text: str) -> re.Pattern[str]:
    """Any value where migsafe has a mark for one that is known at run time only."""
    return re.compile(".*".join(map(re.escape, re.split(r"⟨[^⟩]*⟩", text))))


def _in_order(theirs: list[str], own: list[str]) -> Compared:
    matcher = SequenceMatcher(None, theirs, own, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    pairs: list[Pair] = []
    for tag, start, end, other, last in matcher.get_opcodes():
        if tag != "equal":
            pairs += _pairs(theirs[start:end], own[other:last])
    missed = tuple(_without_counterpart([text for text, found in pairs if not found], own))
    return Compared(same=same, total=max(len(theirs), len(own)), different=tuple(pairs), missed=missed)


def _pairs(theirs: list[str], own: list[str]) -> Iterator[Pair]:
    count = max(len(theirs), len(own))
    yield from zip(theirs + [""] * (count - len(theirs)), own + [""] * (count - len(own)), strict=True)


def _statements(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for fragment in split(SourceText(text.strip(), "")).fragments:
            if fragment.kind in (FragmentKind.SQL, FragmentKind.TEMPLATE):
                yield normalised(fragment.sql)


def normalised(sql: str) -> str:
    """White space as one blank, and none at the ends."""
    return re.sub(r"\s+", " ", sql).strip().removesuffix(";").strip()


def kind(pair: Pair) -> str:
    """What sort of difference it is, in a word."""
    theirs, own = pair
    if not own:
        return "only Alembic"
    if not theirs:
        return "only migsafe"
    if _bare(theirs) == _bare(own):
        return "literals"
    return f"other: {theirs.split(' ')[0].upper()}"


def _bare(sql: str) -> str:
    """Without literals and parameters."""
    without = re.sub(
        r"'(?:[^']|'')*'|⟨[^⟩]*⟩|%\(\w+\)s|(?<!:):\w+|\b\d+(?:\.\d+)?\b|\b(?:true|false|null)\b",
        "?",
        sql,
        flags=re.IGNORECASE,
    )
    return re.sub(r"\s+", "", without).lower()
