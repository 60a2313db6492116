"""The schemas that statements under conditions meet: nobody knows which sides of the conditions run."""

from __future__ import annotations

from migsafe.schema.schema import Schema
from migsafe.text.conditions import is_opposite, is_stable


class Sides:
    """A schema, and a layer over it for each side of a condition that has statements.

    The two sides of a condition start from the same schema, and neither sees what the other does. What one of them
    changed is uncertain behind them; what both did alike is certain. A condition whose answer statements may change (it
    calls something) may be another one when it is asked again: its sides come one behind the other, and the second
    meets what the first may have done.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._open: dict[str, Sides] = {}

    def meet(self, guards: tuple[str, ...]) -> Schema:
        """The schema that a statement under these conditions meets, outermost condition first."""
        if not guards:
            self.join()
            return self.schema
        first, *inner = guards
        if first not in self._open:
            if not all(is_opposite(first, other) and is_stable(other) for other in self._open):
                self.join()
            self._open[first] = Sides(self.schema.overlay())
        return self._open[first].meet(tuple(inner))

    def join(self) -> None:
        """The end of all conditions."""
        sides = list(self._open.values())
        self._open.clear()
        for side in sides:
            side.join()
        if len(sides) == 2:
            self.schema.merge_sides(*(side.schema for side in sides))
        elif sides:
            self.schema.merge_uncertain(sides[0].schema)
