"""How much an analysed file may cost before its evaluation is given up."""

from __future__ import annotations

from migsafe.model.record import KeywordRecord


class Limits(KeywordRecord):
    """Upper bounds for one file. What exceeds one ends in `budget-exceeded` or an unknown value, never in a crash."""

    steps: int = 300_000  # nodes evaluated for one entry
    source: int = 2_000_000  # characters of a file
    nesting: int = 180  # levels of the syntax tree; chains of one binary operator count once
    text: int = 1_000_000  # characters of a string, bytes of a bytes value
    items: int = 50_000  # items of a list or a tuple
    keys: int = 10_000  # of a dict or a set; equal hashes make each further one dearer
    expanded: int = 100_000  # parts of a value, those that it holds twice counted twice
    width: int = 10_000  # of a padded field in a format
    bits: int = 4_096  # of an integer
    unrolled: int = 2_000  # iterations of one loop; a longer one is run once for all its values
    calls: int = 40  # functions of the file inside of each other
    modules: int = 30  # other files that are read because they are imported
    options: int = 8  # values that one name may have after branches
    reports: int = 500  # unresolved places of one file; more say nothing new


class BudgetExceededError(Exception):
    """A limit was hit: `what` names it in words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
