"""The queue in front of a lock: how long a statement waits, in which time everybody who comes later waits behind it.

PostgreSQL grants locks in the order of the requests (lock.c, `LockAcquireExtended` and `ProcSleep`): a waiting ACCESS
EXCLUSIVE stops readers that would not conflict with the transactions that are running.
"""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.duration import Seconds
from migsafe.model.findings import LockWait

ASSUMED_LONGEST = Seconds(0.0, 1.0, 5.0)
"""What is assumed when nobody looked: 99 of 100 transactions of an application end within a second."""
_LONGER = 3.0  # how many times its age so far a transaction may go on for


def lock_wait(ages: Sequence[float] | None, limit: float | bool) -> LockWait:
    """The wait for a strong lock. `ages` are those of the running transactions in seconds, None when nobody looked;
    `limit` is the lock_timeout in seconds, True for one of unknown length, False for none.

    A transaction that has run for so long is expected to run as long again: nothing else is known about its end. That
    it holds a lock on the very table is not known either, so the wait may be nothing.
    """
    longest = max(ages) if ages else None
    wait = ASSUMED_LONGEST if longest is None else Seconds(0.0, longest, longest * _LONGER)
    return LockWait(seconds=_limited(wait, limit), longest=longest, limit=limit)


def _limited(wait: Seconds, limit: float | bool) -> Seconds:
    """Never longer than the timeout, after which the statement fails and lets the others pass."""
    if isinstance(limit, bool):
        return wait
    return Seconds(min(wait.low, limit), min(wait.expected, limit), min(wait.high, limit))
