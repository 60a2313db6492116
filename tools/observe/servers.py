"""Start and stop scratch PostgreSQL servers: a private directory, a UNIX socket, no durability."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, LiteralString

import psycopg

from tools.observe.binaries import Binaries, embedded, fetched, server_account

START_SECONDS = 30.0
WAL_SEGMENT_MEGABYTES = 1
MEMORY_BYTES = 2 << 30
# Roles and tablespaces belong to the whole server, not to a database, so cases share these.
SHARED_OBJECTS: tuple[LiteralString, ...] = (
    "CREATE ROLE app",
    "CREATE ROLE reporting",
    "SET allow_in_place_tablespaces = on",
    "CREATE TABLESPACE other_space LOCATION ''",
)
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "UTC",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "1h",
    "max_prepared_transactions": "5",
    "log_min_messages": "fatal",
}
# Locks are read from the write-ahead log a moment after they were logged.
KEEP_LOG = {12: {"wal_keep_segments": "128"}}
KEEP_LOG_SINCE_13 = {"wal_keep_size": "128MB"}
# Ends the server when a line comes in, or when standard input closes because this program was killed.
KEEPER = """
directory=$1; shift
exec 3<&0
"$@" & server=$!
{ read -r _; kill -QUIT "$server"; } <&3 & watcher=$!
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
rm -rf "$directory"
exit "$code"
"""


class ServerFailedError(RuntimeError):
    """The server did not start; the text ends with what it said."""


@dataclass(frozen=True)
class Server:
    major: int
    directory: Path

    @property
    def wal_segment_bytes(self) -> int:
        return WAL_SEGMENT_MEGABYTES << 20

    def conninfo(self, dbname: str = "postgres") -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.directory), port=5432, user="postgres", dbname=dbname)

    def connect(self, dbname: str = "postgres", options: str = "") -> psycopg.Connection:
        """A session in autocommit mode; `options` as in PGOPTIONS, for example `-c lock_timeout=1s`."""
        return psycopg.connect(self.conninfo(dbname), options=options, autocommit=True, prepare_threshold=None)


@contextmanager
def scratch_server(major: int) -> Iterator[Server]:
    """A server of any supported major version, fetched when it is not here yet."""
    with running(fetched(major)) as server:
        yield server


@contextmanager
def embedded_server(major: int | None = None) -> Iterator[Server]:
    """The server that the test requirements install, by default its newest major version."""
    with running(embedded(major)) as server:
        yield server


@contextmanager
def running(binaries: Binaries) -> Iterator[Server]:
    account = server_account()
    directory = _private_directory(account)
    try:
        with tempfile.TemporaryFile() as log:
            _initialise(binaries, directory, account, log)
            with _process(binaries, directory, account, log) as process:
                server = Server(binaries.major, directory)
                _wait_until_ready(server, process, log)
                yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _private_directory(account: pwd.struct_passwd | None) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="migsafe-", dir=_fast_parent()))
    if account is not None:
        os.chown(directory, account.pw_uid, account.pw_gid)
    return directory


def _fast_parent() -> Path:
    """Memory if there is plenty of it: creating databases is ten times faster there than on many disks."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES:
        return memory
    parent = Path(tempfile.gettempdir())
    # A socket's path may have 107 bytes only, and TMPDIR is sometimes longer than that alone.
    return parent if len(str(parent)) < 60 else Path("/tmp")


def _initialise(binaries: Binaries, directory: Path, account: pwd.struct_passwd | None, log: IO[bytes]) -> None:
    command = [
        str(binaries.initdb), "--pgdata", str(directory / "data"), "--username", "postgres",
        "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync",
        "--wal-segsize", str(WAL_SEGMENT_MEGABYTES),
    ]  # fmt: skip
    process = _start(command, directory, account, log)
    if process.wait() != 0:
        raise ServerFailedError(f"initdb {binaries.major} failed:\n{_text(log)}")


@contextmanager
def _process(
    binaries: Binaries, directory: Path, account: pwd.struct_passwd | None, log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    settings = {**SETTINGS, **KEEP_LOG.get(binaries.major, KEEP_LOG_SINCE_13)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = [str(binaries.postgres), "-D", str(directory / "data"), "-k", str(directory), *options]
    process = _start(["/bin/sh", "-c", KEEPER, "keeper", str(directory), *command], directory, account, log)
    try:
        yield process
    finally:
        # Writing, because a forked child of this program may hold the pipe open, too.
        process.communicate(b"\n")


def _start(
    command: list[str], directory: Path, account: pwd.struct_passwd | None, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE, stdout=log, stderr=log,
        cwd=directory,
        # Settings such as PGTZ or PGDATA of the caller must not reach the server.
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        start_new_session=True,
    )  # fmt: skip


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with server.connect() as session:
                for statement in SHARED_OBJECTS:
                    session.execute(statement)
                return
        except psycopg.OperationalError:
            time.sleep(0.01)
    raise ServerFailedError(f"PostgreSQL {server.major} did not start:\n{_text(log)}")


def _text(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")
