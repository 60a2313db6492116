"""Rates are differences of counters by the server's clock, and none is made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migsafe.statistics.raw import CounterRow
from migsafe.statistics.session import connected
from migsafe.statistics.sizes import MIN_SECONDS, Counters, Pace, read_counters
from tests.statistics.live import environment
from tools.observe.servers import Server

TABLE = 1


def counters(now: float, since: float | None = None, inserted: int = 0, index_scans: int = 0) -> Counters:
    row = CounterRow(TABLE, 5, inserted, 2, 3, 0, 0, 0, 0, None, False, 0, 0)
    return Counters(now, since, 8192, {TABLE: row}, {TABLE: index_scans})


def test_since_the_statistics_were_reset() -> None:
    pace = Pace(None, counters(now=1100, since=100, inserted=995, index_scans=45))
    assert pace.rate(Counters.writes, TABLE) == 1.0
    assert pace.rate(Counters.scans, TABLE) == 0.05
    assert pace.rate(Counters.inserts, TABLE) == 0.995


def test_between_two_looks() -> None:
    pace = Pace(counters(now=100, inserted=1000), counters(now=110, inserted=1850))
    assert pace.rate(Counters.writes, TABLE) == 85


def test_statistics_that_were_reset_between_two_looks_give_no_negative_rate() -> None:
    assert Pace(counters(now=100, inserted=1000), counters(now=110)).rate(Counters.writes, TABLE) == 0


@pytest.mark.parametrize("since", [None, 1000 - MIN_SECONDS / 2])
def test_without_enough_time_there_is_no_rate(since: float | None) -> None:
    assert Pace(None, counters(now=1000, since=since, inserted=50)).rate(Counters.writes, TABLE) is None


def beginning_is_known(server: Server) -> None:
    """Nobody ever reset the statistics of this server; it says since when there are any nevertheless."""
    with connected("DB", environment(server, "postgres")) as session:
        found = read_counters(session)
    assert found.since is not None
    assert 0 <= found.now - found.since < 24 * 3600


def test_the_beginning_of_statistics_is_known(postgres: Server) -> None:
    beginning_is_known(postgres)


@pytest.mark.other_servers
@pytest.mark.parametrize("major", [12, 13, 14, 15, 16, 17])
def test_the_beginning_is_known_on_other_servers(major: int, server_of: Callable[[int], Server]) -> None:
    beginning_is_known(server_of(major))
