"""Which rules run: by code, by prefix of a code, or by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migsafe.errors import SetupError, did_you_mean
from migsafe.rules.base import Rule


def select(
    rules: Sequence[Rule], *, only: Sequence[str], besides: Sequence[str], ignored: Sequence[str]
) -> tuple[Rule, ...]:
    """The rules of `only` (or the default ones) and `besides`, without those of `ignored`.

    Raises SetupError for a word that names no rule.
    """
    chosen = _codes(rules, only) if only else {rule.info.code for rule in rules if rule.info.default}
    chosen = (chosen | _codes(rules, besides)) - _codes(rules, ignored)
    return tuple(rule for rule in rules if rule.info.code in chosen)


def _codes(rules: Sequence[Rule], words: Iterable[str]) -> set[str]:
    return {code for word in words for code in matching(rules, word)}


def matching(rules: Sequence[Rule], word: str) -> tuple[str, ...]:
    """The codes that a word stands for. Raises SetupError when there are none."""
    if word.upper() == "ALL":
        return tuple(rule.info.code for rule in rules)
    found = tuple(r.info.code for r in rules if r.info.name == word or _is_prefix(word, r.info.code))
    if not found:
        known = [word for r in rules for word in (r.info.code, r.info.name)]
        raise SetupError(f"there is no rule '{word}'", did_you_mean(word, known))
    return found


def _is_prefix(word: str, code: str) -> bool:
    return len(word) >= 2 and code.startswith(word.upper())
