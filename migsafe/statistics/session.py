"""The connection to a live database: read-only, never waiting, and silent about its credentials.

Every question is asked in a transaction of its own with SET LOCAL, never with SET: behind a pooler that shares
sessions between clients (PgBouncer, `pool_mode = transaction`) a SET would reach somebody else's statements.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, LiteralString
from urllib.parse import quote, quote_plus, unquote

from migsafe.errors import SetupError
from migsafe.text.masking import MASK, mask_secrets, printable

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

LOCK_TIMEOUT_MS: Final = 100
STATEMENT_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10
OLDEST: Final = 12
_BEGIN: Final[LiteralString] = (
    "BEGIN READ ONLY; SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '30s'; "
    "SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off; SET LOCAL extra_float_digits = 1; "
    "SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL quote_all_identifiers = off"
)
_CREDENTIALS: Final = "set the PG* variables, a service or a password file, or name a variable that holds a URL"

Parameter = int | str | float | bool | list[int] | list[str] | None
Parameters = Sequence[Parameter] | Mapping[str, Parameter]
Row = tuple[object, ...]


class LockedError(Exception):
    """Somebody held a lock for longer than this session waits."""


class RefusedError(Exception):
    """The server refused one question: missing rights, or something that went away. The text says why."""


class Session:
    """Questions to one database, each in a read-only transaction that waits for no lock."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self.version: int = connection.info.server_version // 10000
        self.database: str = connection.info.dbname

    def rows(self, query: LiteralString | sql.Composed, parameters: Parameters | None = None) -> list[Row]:
        """The answer. Raises LockedError and RefusedError; SetupError when the connection is lost."""
        import psycopg

        try:
            self._connection.execute(_BEGIN)
            found = self._connection.execute(query, parameters).fetchall()
            self._connection.execute("COMMIT")
        except psycopg.errors.LockNotAvailable as error:
            self._end()
            raise LockedError from error
        except psycopg.errors.QueryCanceled as error:
            self._end()
            raise RefusedError(f"the server needed longer than {STATEMENT_TIMEOUT_S} s") from error
        except psycopg.Error as error:
            self._end()
            raise RefusedError(_reason(error, ())) from error
        return found

    def _end(self) -> None:
        import psycopg

        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error as error:
            raise SetupError(f"the connection was lost: {_reason(error, ())}", "try again") from error


@contextmanager
def connected(url_env: str | None, environment: Mapping[str, str] | None = None) -> Iterator[Session]:
    """A session with the database that the variable `url_env` names, or that libpq's own settings name.

    Raises SetupError: psycopg is missing, the variable is not set, the server cannot be reached or is too old.
    """
    with opened(url_env, environment) as connection:
        session = Session(connection)
        if session.version < OLDEST:
            raise SetupError(f"the server is PostgreSQL {session.version}", f"{OLDEST} is the oldest supported version")
        yield session


def opened(url_env: str | None, environment: Mapping[str, str] | None = None) -> psycopg.Connection[Row]:
    """A plain session in autocommit mode, for a command that writes with the user's consent. Raises SetupError."""
    surroundings = os.environ if environment is None else environment
    return _connect(_conninfo(url_env, surroundings), surroundings)


def reason(error: Exception) -> str:
    """What the driver says, on one line and without what must not be shown."""
    return _reason(error, ())


def _conninfo(url_env: str | None, environment: Mapping[str, str]) -> str:
    if url_env is None:
        return ""
    if not _NAME.match(url_env):  # most likely the URL itself: not shown, because it holds the password
        raise SetupError(
            "what --database-url-env got is not the name of an environment variable",
            "put the URL into a variable, and give the variable's name",
        )
    value = environment.get(url_env, "").strip()
    if not value:
        raise SetupError(f"the environment variable {printable(url_env)} is not set", "set it, or name another")
    return _DRIVER.sub("postgresql://", value)


_NAME: Final = re.compile(r"\A[^\s:/@=?]+\Z")
_DRIVER: Final = re.compile(r"\A(?:postgres(?:ql)?(?:\+[a-z0-9_]+)?|postgis|pgsql)://", re.IGNORECASE)
"""Schemes of SQLAlchemy, Django and others for what libpq calls postgresql://."""


def _connect(conninfo: str, environment: Mapping[str, str]) -> psycopg.Connection[Row]:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict, make_conninfo
    except ImportError as error:
        raise SetupError("a live database is read with psycopg", 'pip install "migsafe-lint[db]"') from error
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:  # its text quotes the value
        raise SetupError(
            "the variable does not hold a connection string", "it takes postgresql://host/database"
        ) from None
    patience = "connect_timeout" in given or "PGCONNECT_TIMEOUT" in environment
    try:
        return psycopg.connect(
            conninfo if patience else make_conninfo(conninfo, connect_timeout=CONNECT_TIMEOUT_S),
            autocommit=True,
            prepare_threshold=None,
            application_name="migsafe",
        )
    except psycopg.Error as error:
        reason = _reason(error, (conninfo, str(given.get("password") or ""), environment.get("PGPASSWORD", "")))
        raise SetupError(f"cannot connect to the database: {reason}", _CREDENTIALS) from None


def _reason(error: Exception, secrets: Sequence[str]) -> str:
    """What the driver says, on one line and without what must not be shown."""
    text = str(error)
    for secret in secrets:
        for spelling in {secret, unquote(secret), quote(secret), quote_plus(secret)} if secret else ():
            text = text.replace(spelling, MASK)
    lines = [line.strip() for line in mask_secrets(text).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("Is the server running")]
    return printable(telling[-1] if telling else type(error).__name__)
