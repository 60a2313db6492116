"""Values that depend on conditions which nobody can decide before the migration runs: each side, with its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.sources.interpreter.values import Either, Guards, Maybe, Rest, uncertain_parts
from migsafe.text.conditions import excludes, negated

__all__ = ["alternatives", "excludes", "listed", "negated", "possible"]

MOST_ALTERNATIVES: Final = 6  # of one operation whose parts depend on conditions


def listed(value: object, guards: Guards = ()) -> Iterator[tuple[Guards, object]]:
    """The items of a list with their conditions. What is no list comes back as it is, like an item."""
    if isinstance(value, Either):
        for further, option in value.options:
            yield from listed(option, _both(guards, further))
    elif isinstance(value, Maybe):
        yield from listed(value.value, _both(guards, value.guards))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from possible(item, guards)
    else:
        yield guards, value


def possible(value: object, guards: Guards = ()) -> Iterator[tuple[Guards, object]]:
    """What a value may be, each with its conditions."""
    if isinstance(value, Either):
        for further, option in value.options:
            yield from possible(option, _both(guards, further))
    elif isinstance(value, Maybe):
        yield from possible(value.value, _both(guards, value.guards))
    else:
        yield guards, value.unknown if isinstance(value, Rest) else value


def alternatives(values: Sequence[object]) -> list[tuple[Guards, list[object]]]:
    """The values for each combination of conditions on which something inside of them depends; empty when nothing
    does, or when there are too many."""
    stated = list(dict.fromkeys(guards for value in values for guards in _conditions(value)))
    conditions = _with_opposites([guards for guards in stated if guards])
    if len(conditions) > MOST_ALTERNATIVES:
        return []
    return [(guards, [_under(value, guards) for value in values]) for guards in conditions]


def _with_opposites(conditions: list[Guards]) -> list[Guards]:
    """Where only one side of a condition is there (an item that may be missing), the other side too."""
    found = list(conditions)
    for guards in conditions:
        if len(guards) == 1 and not any(excludes(guards, other) for other in found):
            found.append((negated(guards[0]),))
    return found


def _conditions(value: object) -> Iterator[Guards]:
    for part in uncertain_parts(value):
        if isinstance(part, Either):
            yield from (guards for guards, _ in part.options)
        elif isinstance(part, Maybe):
            yield part.guards


def _under(value: object, guards: Guards) -> object:
    """The value when these conditions hold."""
    if isinstance(value, Either):
        fitting = [option for own, option in value.options if own == guards]
        fitting += [option for own, option in value.options if not excludes(own, guards)]
        return _under(fitting[0], guards) if fitting else value
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if _is_there(item, guards)}
        return {key: _under(_bare(item), guards) for key, item in kept.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_under(_bare(item), guards) for item in value if _is_there(item, guards))
    return value


def _is_there(item: object, guards: Guards) -> bool:
    return not isinstance(item, Maybe) or item.guards == guards or not excludes(item.guards, guards)


def _bare(item: object) -> object:
    return item.value if isinstance(item, Maybe) else item


def _both(first: Guards, second: Guards) -> Guards:
    return (*first, *(guard for guard in second if guard not in first))
