"""What a run is judged for, as far as rules may know it."""

from __future__ import annotations

from migsafe.model.constants import DEFAULTS, Constants
from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import NO_STATISTICS, Statistics


class Target(KeywordRecord):
    """`max_blocking` is the budget: how long, in seconds, reads or writes of a table may be blocked when it has grown
    to `growth` times today's size."""

    version: int  # server major version
    session_lock_timeout: bool | float = False  # what the role or the deploy tool sets, in seconds; True: some value
    session_statement_timeout: bool | float = False
    max_blocking: float = 1.0
    growth: float = 3.0
    pool_size: int = 20  # connections of the application
    statistics: Statistics = NO_STATISTICS
    constants: Constants = DEFAULTS

    @property
    def knows_sizes(self) -> bool:
        """Whether anybody has told the size of any table."""
        return self.statistics is not NO_STATISTICS
