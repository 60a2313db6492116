"""Conditions in the words of the program, and their opposites as `branching.words_of` writes them."""

from __future__ import annotations

from migsafe.sources.interpreter.values import Guards


def excludes(first: Guards, second: Guards) -> bool:
    """Whether the conditions cannot hold together: one is the other's opposite."""
    return any(_is_opposite(one, other) for one in first for other in second)


def _is_opposite(one: str, other: str) -> bool:
    return one != other and (_positive(one) == other or one == _positive(other))


def _positive(words: str) -> str:
    if not words.startswith("not "):
        return ""
    rest = words[4:]
    return rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest


def negated(words: str) -> str:
    """The opposite of a condition."""
    return _positive(words) or (f"not {words}" if " " not in words else f"not ({words})")
