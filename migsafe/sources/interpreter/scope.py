"""Names and what they are bound to."""

from __future__ import annotations


class Scope:
    """The variables of one function call, class body, comprehension or module.

    `outer` is where a name is looked for next: the enclosing function's scope, at last the module's. A class body is
    never another scope's outer, as in Python. `redirected` holds the names of `global` and `nonlocal` statements.
    `comprehension` scopes pass the target of `:=` on.
    """

    __slots__ = ("class_body", "comprehension", "outer", "redirected", "variables")

    def __init__(self, outer: Scope | None, *, comprehension: bool = False, class_body: bool = False) -> None:
        self.variables: dict[str, object] = {}
        self.outer = outer
        self.redirected: dict[str, Scope] = {}
        self.comprehension = comprehension
        self.class_body = class_body

    def owner(self, name: str) -> Scope | None:
        """The scope that binds the name, from here outwards."""
        scope: Scope | None = self.redirected.get(name, self) if self.redirected else self
        while scope is not None:
            if name in scope.variables:
                return scope
            scope = scope.outer
        return None

    def target(self, name: str) -> Scope:
        """The scope in which an assignment to the name binds it."""
        return self.redirected.get(name, self) if self.redirected else self

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope
