"""Fixtures that several folders of tests share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

# `tools` is not installed, and pytest puts the folders of tests on the path only.
sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.observe.binaries import ServerUnavailableError
from tools.observe.servers import Server, embedded_server, scratch_server

# No test is timed: on a busy machine a deadline fails for no reason of ours.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def folders_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's cache and calibration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The newest server that the test requirements install; each worker of a parallel run has its own."""
    with embedded_server() as server:
        yield server


@pytest.fixture(scope="session")
def server_of() -> Iterator[Callable[[int], Server]]:
    """Servers of any major version, for tests with the marker `other_servers`; they need npm."""
    started: dict[int, Server] = {}
    with ExitStack() as stack:

        def server(major: int) -> Server:
            try:
                if major not in started:
                    started[major] = stack.enter_context(scratch_server(major))
            except ServerUnavailableError as reason:
                pytest.skip(f"NOT TESTED on PostgreSQL {major}: {reason}")
            return started[major]

        yield server
