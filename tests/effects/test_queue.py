"""The wait for a lock, from what runs and from what bounds it."""

from __future__ import annotations

from migsafe.effects.queue import ASSUMED_LONGEST, lock_wait
from migsafe.model.duration import Seconds


def test_behind_the_longest_transaction_as_long_again_is_expected() -> None:
    wait = lock_wait((1.0, 240.0), False)
    assert wait.seconds == Seconds(0.0, 240.0, 720.0)
    assert wait.longest == 240.0


def test_nobody_looked() -> None:
    assert lock_wait(None, False).seconds == ASSUMED_LONGEST
    assert lock_wait(None, False).longest is None


def test_a_lock_timeout_ends_the_wait() -> None:
    assert lock_wait((240.0,), 2.0).seconds == Seconds(0.0, 2.0, 2.0)


def test_a_timeout_of_unknown_length_bounds_nothing_that_can_be_said() -> None:
    assert lock_wait((240.0,), True).seconds.expected == 240.0
