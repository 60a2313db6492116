"""Where `migsafe calibrate` measures: on a scratch server, or in a schema of its own in a database of the user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from migsafe.errors import SetupError
from migsafe.model.constants import Constants
from migsafe.statistics.session import Row, opened, reason
from migsafe.verify.binaries import find
from migsafe.verify.calibration import calibrate
from migsafe.verify.calibration.probe import Probe
from migsafe.verify.scratch import scratch_server

if TYPE_CHECKING:
    import psycopg

Say = Callable[[str], None]
_SETTINGS = {"autovacuum": "off"}  # it would work on the tables while they are measured


def on_scratch_server(pg_bin: Path | None, say: Say) -> Constants:
    """Measure on a server that is started for this. Raises SetupError when there is none or it does not start."""
    _need_driver()
    say("starting a server")
    with scratch_server(find(pg_bin), _SETTINGS) as server:

        def connect() -> psycopg.Connection[Row]:
            import psycopg

            return psycopg.connect(server.conninfo, autocommit=True, prepare_threshold=None)

        with _failing("the scratch server"), connect() as connection:
            return calibrate(Probe(connection, connect, own=True), say)


def in_database(url_env: str, say: Say, environment: Mapping[str, str] | None = None) -> Constants:
    """Measure in a new schema of the database that an environment variable names, and drop it. Raises SetupError when
    that cannot be done."""
    surroundings = os.environ if environment is None else environment

    def connect() -> psycopg.Connection[Row]:
        return opened(url_env, surroundings)

    with connect() as connection, _failing("the database"):
        return calibrate(Probe(connection, connect, own=False), say)


def database_name(url_env: str, environment: Mapping[str, str] | None = None) -> str:
    """What the database is called, to ask the user whether it is the right one."""
    with opened(url_env, environment) as connection:
        return connection.info.dbname


def _need_driver() -> None:
    try:
        import psycopg  # noqa: F401  # to say what is missing before a server is started
    except ImportError as error:
        raise SetupError("a server is asked with psycopg", 'pip install "migsafe-lint[db]"') from error


@contextmanager
def _failing(where: str) -> Iterator[None]:
    """What the server refuses is about the set-up: rights, space, limits of the role."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        remedy = "nothing of it is left there; mend this, or measure on a scratch server"
        raise SetupError(f"{where} refused a measurement: {reason(error)}", remedy) from error
