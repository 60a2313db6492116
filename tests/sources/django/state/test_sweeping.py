"""Rendered states do not pile up in a run that searches for no garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from migsafe.sources.django.state.sweeping import Sweeper


class _Cycle:
    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def no_search() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def _left_behind(sweeper: Sweeper, migrations: int) -> bool:
    """Whether an unreachable cycle is still there after so many rendered migrations."""
    cycle = weakref.ref(_Cycle())
    for _ in range(migrations):
        sweeper.rendered()
    return cycle() is not None


@pytest.mark.usefixtures("no_search")
def test_a_cycle_is_found_after_some_migrations() -> None:
    assert _left_behind(Sweeper(every=8), 7)
    assert not _left_behind(Sweeper(every=8), 8)


def test_nothing_is_done_where_python_searches_itself() -> None:
    frozen = gc.get_freeze_count()
    Sweeper(every=1).rendered()
    assert gc.get_freeze_count() == frozen
