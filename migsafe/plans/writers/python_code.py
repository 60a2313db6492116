"""Python source text for remedies in a framework's own language: literals and calls, laid out to be pasted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH = 88
"""Longer calls get a line for each argument, as formatters do."""
_INDENT = "    "


def literal(text: str) -> str:
    """A string literal in double quotes where it can be; text with both kinds or of several lines in triple quotes."""
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    if ("\n" in text or '"' in text) and _fits_triple_quotes(text):
        return f'"""{text}"""'
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '\\"':
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _fits_triple_quotes(text: str) -> bool:
    shown = all(character.isprintable() or character == "\n" for character in text)
    return shown and "\\" not in text and '"""' not in text and not text.endswith('"')


def listed(texts: Iterable[str]) -> str:
    """A list of string literals."""
    return f"[{', '.join(literal(text) for text in texts)}]"


def call(function: str, arguments: Sequence[str]) -> str:
    """A call with its arguments as source text, on one line where it fits."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= WIDTH or not arguments or any("\n" in argument for argument in arguments):
        return line
    lines = [f"{function}(", *(f"{_INDENT}{argument}," for argument in arguments), ")"]
    return "\n".join(lines)


def indented(text: str) -> str:
    """The text one level deeper. Lines inside a string stay whole: SQL does not mind."""
    return "\n".join(f"{_INDENT}{line}" if line else line for line in text.split("\n"))
