"""A test case of another tool, and what that tool expects of it."""

from __future__ import annotations

from migsafe.model.record import KeywordRecord


class Case(KeywordRecord):
    """`flagged`: the tool's `rule` must report something. `before` are earlier migrations, as context."""

    peer: str
    rule: str
    name: str
    sql: str
    flagged: bool
    before: tuple[str, ...] = ()
    in_transaction: bool = False
    version: int = 15

    @property
    def key(self) -> str:
        return f"{self.peer}/{self.rule}/{self.name}"
