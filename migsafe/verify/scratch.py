"""A scratch server: a private folder, a UNIX socket, the settings that a fresh installation has."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from migsafe.errors import SetupError
from migsafe.verify.binaries import Binaries, copied, readable_by

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_LONGEST_FOLDER = 60  # a socket's path may have 107 bytes
# Ends the server and removes its folder when standard input closes: also when this program was killed.
_KEEPER = """
directory=$1; shift
exec 3<&0
"$@" & server=$!
{ read -r _; kill -QUIT "$server"; } <&3 & watcher=$!
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
rm -rf "$directory"
exit "$code"
"""
NO_SETTINGS: Mapping[str, str] = {}


class ScratchServer:
    """A running server. `conninfo` is for its superuser; nobody else can reach the socket."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process  # the keeper, whose child is the server

    @property
    def pid(self) -> int:
        """Of the server's first process, as the server has written it down."""
        return int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} port=5432 user=postgres dbname=postgres"


@contextmanager
def scratch_server(binaries: Binaries, settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[ScratchServer]:
    """Start a server and stop it at the end, with all that it wrote. Raises SetupError when it does not start."""
    account = _account()
    folder = _folder(account)
    try:
        if account is not None and not readable_by(account, binaries):
            binaries = copied(binaries, folder / "programs")
        with tempfile.TemporaryFile() as log:
            _initialise(binaries, folder, account, log)
            with _running(binaries, folder, account, log, settings) as server:
                yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> int | None:
    """Whom the server runs as when we are root: PostgreSQL refuses root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    import pwd

    accounts = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in ("postgres", "nobody", *accounts):
        if name in accounts:
            return accounts[name]
    raise SetupError("PostgreSQL does not run as root, and there is no other account", "run migsafe as another user")


def _folder(account: int | None) -> Path:
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > _LONGEST_FOLDER:
        parent = Path("/tmp")  # noqa: S108  # the folder in it is made by mkdtemp, for one user alone
    folder = Path(tempfile.mkdtemp(prefix="migsafe-", dir=parent))
    if account is not None:
        os.chown(folder, account, -1)
    return folder


def _initialise(binaries: Binaries, folder: Path, account: int | None, log: IO[bytes]) -> None:
    command = [str(binaries.initdb), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--no-locale", "--no-sync"]
    if _start(command, folder, account, log).wait() != 0:
        raise SetupError(f"initdb failed: {_last_line(log)}", "try other programs with --pg-bin")


@contextmanager
def _running(
    binaries: Binaries, folder: Path, account: int | None, log: IO[bytes], settings: Mapping[str, str]
) -> Iterator[ScratchServer]:
    options = [f"--{name}={value}" for name, value in {"listen_addresses": "", **settings}.items()]
    server_command = [str(binaries.postgres), "-D", str(folder / "data"), "-k", str(folder), *options]
    keeper = ["/bin/sh", "-c", _KEEPER, "keeper", str(folder), *server_command]
    process = _start(keeper, folder, account, log)
    try:
        server = ScratchServer(folder, process)
        _wait(server, log)
        yield server
    finally:
        _stop(process)


def _start(command: list[str], folder: Path, account: int | None, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """The caller's settings such as PGDATA must not reach the server, nor its interrupts."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.Popen(  # noqa: S603  # likewise: found by `binaries`, with arguments from here
        command,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd=folder,
        env=environment,
        user=account,
        extra_groups=None if account is None else [],
        start_new_session=True,
    )


def _wait(server: ScratchServer, log: IO[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(server.conninfo).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise SetupError(f"the server did not start: {_last_line(log)}", "try other programs with --pg-bin")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The keeper shuts the server down at once: nothing has to be saved."""
    with contextlib.suppress(BrokenPipeError):
        process.communicate(b"\n", timeout=_STOP_SECONDS)


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
