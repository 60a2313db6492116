"""Text from a repository inside of Markdown: everything in it is shown, nothing of it is obeyed."""

from __future__ import annotations

import re

from migsafe.text.masking import printable, printable_lines

_SPECIAL = re.compile(r"([\\`*_\[\]#|<>~$&@])")
_ADDRESS = re.compile(r"(:)(?=//)|(www)(?=\.)", re.IGNORECASE)
_RUN = re.compile(r"`+")
_INVISIBLE = "\N{WORD JOINER}"


def inline(text: str) -> str:
    """Prose: every character that Markdown, HTML or a mention could use is escaped."""
    return _ADDRESS.sub(rf"\g<0>{_INVISIBLE}", _SPECIAL.sub(_escaped, printable(text)))


def _escaped(match: re.Match[str]) -> str:
    """A backslash keeps punctuation as it is; `@` and `#` would still mention people and issues. Parentheses and the
    like need what is escaped before them."""
    character = match[1]
    if character == "&":
        return "&amp;"
    if character == "<":
        return "&lt;"
    if character in "@#":
        return f"{character}{_INVISIBLE}"
    return f"\\{character}"


def html(text: str) -> str:
    """Text inside of an element, where Markdown is not read but HTML and mentions are."""
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub("[@#]", lambda match: match[0] + _INVISIBLE, escaped)


def code(text: str) -> str:
    """A span of code for a table cell or a sentence, with a fence longer than any run of backticks in it."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (_longest(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, language: str) -> str:
    """A fenced block. `language` is one of ours, never from the repository."""
    shown = printable_lines(text)
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _longest(text: str) -> int:
    return max((len(run[0]) for run in _RUN.finditer(text)), default=0)
