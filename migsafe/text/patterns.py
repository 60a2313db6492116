"""Regular expressions that are compiled when they are first used, and what they mean in every Python.

A start of migsafe loads well over a hundred patterns, and a run uses a third of them. Compiling one takes about as long
as a statement takes to be judged, so a pattern that only some conventions, operations or findings need is `late`.

Before 3.11.5 a possessive quantifier finds what the pattern does not say where its part can be matched in two ways:
`(?:ab?c)++` finds "aca" in "aca" (python/cpython#106052 and #100061). Debian 12 has 3.11.2. There such a pattern is
compiled as what its documentation calls equivalent, an atomic group around the greedy quantifier, which is right.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

_POSSESSIVE_IS_WRONG: Final = sys.version_info < (3, 11, 5)


def compiled(source: str, flags: int = 0) -> re.Pattern[str]:
    """Like `re.compile`. For every pattern that has a possessive quantifier."""
    return with_atomic_groups(source, flags) if _POSSESSIVE_IS_WRONG else re.compile(source, flags)


@cache
def with_atomic_groups(source: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern with `(?>X*)` for each `X*+`. It uses parts of `re` that are private: of releases
    that nothing will change any more, and in tests."""
    tree = import_module("re._parser").parse(source, flags)
    _make_atomic(tree, import_module("re._constants"))
    return cast("re.Pattern[str]", import_module("re._compiler").compile(tree, flags))


def _make_atomic(tree: Any, names: Any) -> None:
    for at, (operator, operand) in enumerate(tree.data):
        for part in _parts(operand):
            _make_atomic(part, names)
        if operator is names.POSSESSIVE_REPEAT:
            greedy = type(tree)(tree.state, [(names.MAX_REPEAT, operand)])
            tree.data[at] = (names.ATOMIC_GROUP, greedy)


def _parts(operand: Any) -> list[Any]:
    """The patterns inside of an operand: alternatives, bodies of groups and of loops, what is looked for ahead."""
    if hasattr(operand, "state"):
        return [operand]
    if isinstance(operand, tuple | list):
        return [part for each in operand for part in _parts(each)]
    return []


class _Late:
    """Stands for a compiled pattern. What is asked of it once is kept, so that it costs nothing the next time."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # the method of a pattern, as it is
        found = getattr(compiled(self._source, self._flags), name)
        self.__dict__[name] = found
        return found


def late(source: str, flags: int = 0) -> re.Pattern[str]:
    """Like `compiled`, but mistakes in the pattern show on first use."""
    return cast("re.Pattern[str]", _Late(source, flags))
