"""An app's label by what its own migrations call each other: they come after one another, and Django would refuse
them under any other label. `apps.py` may compute it, inherit it, or lie somewhere else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from migsafe.sources.tree import Tree

_LONGEST: Final = 262_144
_DEPENDENCIES: Final = re.compile(r"\bdependencies\b[^=\n]{0,99}=[ \t]*[\[(]([^\])][^\]]{0,9999})")
_PAIR: Final = re.compile(r"""\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']""")


def label_of_files(tree: Tree, files: Sequence[str]) -> str:
    """The label under which most of these files name each other; empty when fewer than half of them do."""
    names = {path: path.rpartition("/")[2].removesuffix(".py") for path in files}
    every = set(names.values())
    found: Counter[str] = Counter()
    for path, own in names.items():
        found.update(set(_labels(tree, path, every - {own})))
    (label, count), (_, next_count) = (*found.most_common(2), ("", 0), ("", 0))[:2]
    return label if count > 2 * next_count and 0 < len(files) - 1 <= 2 * count else ""


def _labels(tree: Tree, path: str, others: AbstractSet[str]) -> Iterator[str]:
    """The labels that a file gives to names that are those of other files beside it."""
    block = _DEPENDENCIES.search(tree.text(path, _LONGEST))
    for label, name in _PAIR.findall(block[1]) if block is not None else ():
        if name in others:
            yield label
