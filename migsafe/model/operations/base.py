"""The root of the vocabulary."""

from __future__ import annotations

import re

from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord


class Operation(KeywordRecord):
    """One thing that a statement does, inert: effects, replay, rewrites and writers give it meaning from outside."""

    @property
    def label(self) -> str:
        """The name in the JSON report: the class name in kebab case, `add-column`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class TableAction(Operation):
    """One action of ALTER TABLE (or ALTER INDEX, VIEW, SEQUENCE … with the same actions).

    `keyword` is the word after ALTER in lower case: the server accepts ALTER TABLE for an index, and that
    decides the lock (`ALTER TABLE idx RENAME` asks for more than `ALTER INDEX idx RENAME`).
    """

    table: Name
    if_exists: bool = False
    only: bool = False
    keyword: str = "table"
