"""Maintenance and statements about the server."""

from __future__ import annotations

from migsafe.model.expressions import Query
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation


class Vacuum(Operation):
    """VACUUM of one table, or of the whole database (`table` None)."""

    table: Name | None
    full: bool = False
    analyze: bool = False
    only: bool = False
    options: tuple[str, ...] = ()  # names inside the parentheses


class Analyze(Operation):
    table: Name | None
    only: bool = False
    options: tuple[str, ...] = ()


class Cluster(Operation):
    table: Name | None
    index: str | None = None


class Explain(Operation):
    """EXPLAIN. With ANALYZE the statement runs: it follows as further clauses of the same statement.

    Without ANALYZE it is only planned: `planned` holds its operations.
    """

    analyze: bool = False
    options: tuple[str, ...] = ()
    planned: tuple[Operation, ...] = ()
    query: Query | None = None


class ServerCommand(Operation):
    """A command without relation locks of its own: CHECKPOINT, LISTEN, PREPARE, CREATE DATABASE, ALTER SYSTEM …"""

    command: str  # lower case, "create database"
    transactional: bool = True  # False: refused in a transaction block
    prepared: tuple[Operation, ...] = ()  # of PREPARE: looked up now, run by EXECUTE
    name: str | None = None  # of the prepared statement or the cursor; None for all of them
    reads: tuple[Name, ...] = ()  # what the query of a cursor reads

    @property
    def label(self) -> str:
        return self.command.replace(" ", "-")


class ExtensionCall(Operation):
    """A call of a well-known extension's function that changes the schema, such as `create_hypertable`."""

    function: str
    extension: str
    table: Name | None = None


class Opaque(Operation):
    """A statement that is not analysed; `reason` is one sentence for the user. `tables` are those that it is about,
    None when nothing is known of that."""

    reason: str
    tables: tuple[Name, ...] | None = None
