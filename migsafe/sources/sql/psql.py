"""psql's own commands in a script (manual, psql, "Meta-Commands")."""

from __future__ import annotations

from typing import Final

HARMLESS: Final = frozenset(
    {"echo", "qecho", "warn", "timing", "pset", "x", "a", "t", "f", "H", "C", "T", "o", "out", "unset", "prompt"}
    | {"restrict", "unrestrict", "conninfo", "errverbose", "encoding", "q", "quit", "?", "h", "help", "p", "print"}
    | {"r", "reset", "s", "w", "getenv", "setenv", "bind", "cd", "d", "dt", "di", "dn", "df", "du", "dv", "l"}
)
"""Commands that change nothing in the database."""

REFUSED: Final = {
    "c": "what follows runs in another database or as another user",
    "connect": "what follows runs in another database or as another user",
    "gexec": "runs what the query returns, which the text does not tell",
    "watch": "repeats the statement",
    "!": "runs a program",
    ".": "an end of data without a COPY",
}
_INCLUDES: Final = frozenset({"i", "ir", "include", "include_relative"})


def is_include(name: str) -> bool:
    return name in _INCLUDES


def arguments(command: str) -> str:
    r"""What follows the command's name, without the quotes around it: `a.sql` in `\i 'a.sql'`."""
    parts = command.split(maxsplit=1)
    text = parts[1].strip() if len(parts) > 1 else ""
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    return text[1:-1].replace("''", "'") if quoted else text


class Conditions:
    r"""The open `\if`s around a statement: its guards."""

    def __init__(self) -> None:
        self._open: list[str] = []

    @property
    def guards(self) -> tuple[str, ...]:
        return tuple(self._open)

    def take(self, name: str, condition: str) -> bool:
        """Follow a command; whether it was one of a condition."""
        if name == "if":
            self._open.append(f"\\if {condition}")
        elif name in ("elif", "else") and self._open:
            self._open[-1] = f"\\{name} {condition}".strip()
        elif name == "endif" and self._open:
            self._open.pop()
        else:
            return name in ("if", "elif", "else", "endif")
        return True
