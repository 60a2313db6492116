"""Enumerations whose members have a label, as Django's TextChoices (django/db/models/enums.py)."""

from __future__ import annotations

from typing import Final

from migsafe.sources.interpreter.stdlib_tools import unknown
from migsafe.sources.interpreter.values import Cause, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Builtin, Class, Instance

KINDS: Final = {
    name: Builtin(name, unknown(Cause.UNSUPPORTED)) for name in ("Choices", "TextChoices", "IntegerChoices")
}
"""The classes to inherit from, by their names."""


def has_labels(defined: Class) -> bool:
    return any(isinstance(base, Builtin) and base in KINDS.values() for base in defined.lineage())


def split(value: object, name: str) -> tuple[object, object]:
    """The value and the label of what a member is set to: `"a", "Label"`, or the value alone."""
    if isinstance(value, (tuple, list)) and len(value) > 1 and isinstance(value[-1], (str, Unknown)):
        return (value[0] if len(value) == 2 else tuple(value[:-1])), value[-1]
    return value, name.replace("_", " ").title()


def listed(defined: Class, members: list[object], name: str) -> object:
    """`Status.choices` and the like: what all members have; MISSING for other names."""
    if name not in ("choices", "values", "labels", "names") or not has_labels(defined):
        return MISSING
    known = [member.attributes for member in members if isinstance(member, Instance)]
    if name == "names":
        return [member["name"] for member in known]
    empty = defined.find("__empty__")
    rows: list[tuple[object, object]] = [] if empty is MISSING else [(None, empty)]
    rows += [(member["value"], member["label"]) for member in known]
    return rows if name == "choices" else [row[name == "labels"] for row in rows]
