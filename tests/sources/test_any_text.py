"""Whatever a file holds, every convention reads it, and every place lies inside of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.sources.sql.convention import Convention, SqlFile
from migsafe.sources.sql.reader import Job, read_text
from migsafe.sources.sql.registry import conventions
from migsafe.sources.transactions import assign

PIECES = (
    "SELECT 1;",
    "ALTER TABLE é ADD x int",
    "BEGIN;",
    "COMMIT;\r\n",
    "DO $$ BEGIN DROP TABLE t; COMMIT; END $$;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT f()';",
    "SELECT f();",
    "\n-- +goose Up\n",
    "\n-- +goose Down\n",
    "\n-- +goose StatementBegin\n",
    "\n-- +goose StatementEnd\n",
    "\n-- migrate:up transaction:false\n",
    "\n-- migrate:down\n",
    "\n---- create above / drop below ----\n",
    "\n---- tern: disable-tx ----\n",
    "\n-- Up Migration\n",
    "\n-- Down Migration\n",
    "\n--liquibase formatted sql\n",
    "\n--changeset a:1 splitStatements:false endDelimiter:/\n",
    "\n--changeset a:2\n",
    "\n--rollback DROP TABLE\n",
    "\n/* liquibase rollback\nDROP TABLE t;\n*/\n",
    "\n--ignoreLines:start\n",
    "\n--ignoreLines:end\n",
    "--> statement-breakpoint",
    "-- atlas:txmode none\n\n",
    "-- atlas:delimiter \\n\\n\n\n",
    "\n\\if :x\n",
    "\n\\endif\n",
    "\n\\i a.sql\n",
    "COPY t FROM stdin;\n1\n\\.\n",
    "{{ if x }}",
    "${name}",
    "'",
    "$$",
    "/*",
    "\x00",
    "\ufeff",
    "/\n",
    "\n\n",
)
FILE = SqlFile(path="1.sql", id="1", version="1", direction=None)


@pytest.mark.parametrize("kind", conventions(), ids=lambda kind: kind.name)
@settings(max_examples=25, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=14), noise=st.binary(max_size=4))
def test_any_text_is_read(kind: Convention, pieces: list[str], noise: bytes) -> None:
    data = "".join(pieces).encode() + noise

    result = read_text(data, Job("", FILE, kind.name))

    length = len(data.decode("utf-8", "surrogateescape"))
    for migration in result.migrations:
        places = [statement.span for statement in migration.statements]
        places += [clause.span for statement in migration.statements for clause in statement.clauses]
        places += [problem.span for problem in migration.problems] + [c.span for c in migration.comments]
        assert all(0 <= place.start <= place.end <= length for place in places)
        assert [s.index for s in migration.statements] == list(range(len(migration.statements)))
        assert not [p for p in migration.problems if p.message.startswith("internal error")]
    assert len(assign(result.migrations).of) == sum(len(m.statements) for m in result.migrations)
