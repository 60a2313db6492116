"""Conditions in the words of their source: which of them exclude each other, and what they ask about."""

from __future__ import annotations

from typing import Final

from migsafe.text.patterns import late

_ELSE: Final = "ELSE of "  # as `parsers.postgresql.plpgsql` words the other branch of an IF


def excludes(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether the conditions cannot hold together: one is the other's opposite."""
    return any(is_opposite(one, other) for one in first for other in second)


def is_opposite(one: str, other: str) -> bool:
    return one != other and (_positive(one) == other or one == _positive(other))


def negated(words: str) -> str:
    """The opposite of a condition."""
    return _positive(words) or (f"not {words}" if " " not in words else f"not ({words})")


def _positive(words: str) -> str:
    if words.startswith(_ELSE):
        return words[len(_ELSE) :]
    if not words.startswith("not "):
        return ""
    rest = words[4:]
    return rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest


def is_stable(words: str) -> bool:
    """Whether the condition has the same answer wherever it is asked again: it calls nothing that statements between
    could have changed. Of the two branches of one IF in PL/pgSQL, whatever it asks, only one runs."""
    return words.startswith((_ELSE, "IF ")) or _CALL.search(_SETTING_READ.sub("settings", words)) is None


def is_of_settings(words: str) -> bool:
    """Whether the condition asks for nothing but settings, environment, versions and constants of the program, or is
    one of psql or of a template. All others may ask the database for just what the statements under them do: whether
    it is there."""
    if words.startswith(("\\", "{", "<")):
        return True
    names = _NAME.findall(_SETTING_READ.sub("settings", _TEXT.sub("", words)))
    return bool(names) and is_stable(words) and all(_OF_SETTINGS.match(name) for name in names)


_CALL: Final = late(r"[\w\])]\(")
_SETTING_READ: Final = late(
    r"\b(?:(?:getattr|hasattr)\(\s*settings\s*,[^()]*\)|(?:os\.)?(?:environ\.get|getenv)\([^()]*\))"
)
_TEXT: Final = late(r"\"[^\"]*\"|'[^']*'")
_NAME: Final = late(r"\b(?!(?:not|and|or|in|is|None|True|False|if|else)\b)[A-Za-z_][\w.]*")
_OF_SETTINGS: Final = late(
    r"(?:(?:\w+\.)*settings\b|(?:os\.)?environ\b|(?:\w+\.)*VERSION\b|sys\.version_info\b|[A-Z][A-Z0-9_]*\Z)"
)
