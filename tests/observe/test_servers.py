from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tools.observe.binaries import Binaries, ServerUnavailableError, embedded
from tools.observe.servers import Server, ServerFailedError, running

STARTS_A_SERVER = """
from tools.observe.servers import embedded_server
with embedded_server() as server:
    print(server.directory, flush=True)
    input()
"""


def test_the_server_is_the_one_that_was_asked_for(postgres: Server) -> None:
    with postgres.connect() as session:
        row = session.execute("SHOW server_version_num").fetchone()
    assert row is not None
    assert int(row[0]) // 10000 == postgres.major


def test_it_listens_on_a_socket_only(postgres: Server) -> None:
    with postgres.connect() as session:
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="localhost", port=5432, dbname=str(postgres.directory.name))


def test_a_server_that_does_not_start_says_why() -> None:
    # Not below tmp_path, which the account of the server may not read.
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "bin").mkdir()
        initdb = home / "bin" / "initdb"
        initdb.write_text("#!/bin/sh\necho no room\nexit 1\n")
        initdb.chmod(0o755)
        with pytest.raises(ServerFailedError, match="no room"), running(Binaries(18, "broken", home)):
            pass


def test_a_version_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerUnavailableError, match="no PostgreSQL 9"):
        embedded(9)


def test_nothing_is_left_when_the_program_is_killed() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", STARTS_A_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    directory = Path(program.stdout.readline().strip())
    assert (directory / "data").is_dir()
    program.send_signal(signal.SIGKILL)
    program.communicate()
    deadline = time.monotonic() + 10
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not directory.exists()
