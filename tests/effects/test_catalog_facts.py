"""The facts are generated; what is tested is that the lookups draw the same conclusions as a server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from migsafe.effects.postgresql.facts import (
    NEWEST,
    Cast,
    CastContext,
    CastMethod,
    Volatility,
    binary_coercible,
    built_in_versions,
    default_operator_class,
    find_cast,
    index_survives,
    length_cast,
    operator_volatility,
    type_facts,
    volatility,
)
from tools.facts.__main__ import main
from tools.facts.folding import Row, fold_overloads, spans
from tools.observe.servers import Server

TYPES = tuple(
    """
    bool bytea int2 int4 int8 float4 float8 numeric money text varchar bpchar name char json jsonb xml uuid
    date time timetz timestamp timestamptz interval inet cidr macaddr macaddr8 bit varbit oid regclass regtype
    point box tsvector tsquery int4range int4multirange pg_lsn xid jsonpath int4[] int8[] text[] varchar[]
    """.split()  # noqa: SIM905 - a list of fifty quoted words is harder to read
)
# What becomes of these depends on the time zone, and no catalog says so.
DEPENDS_ON_TIME_ZONE = {("timestamp", "timestamptz"), ("timestamptz", "timestamp")}


@pytest.fixture(scope="module")
def session(postgres: Server) -> Iterator[psycopg.Connection]:
    with postgres.connect() as session:
        session.execute("SET timezone = 'Europe/London'")
        yield session


def test_functions_of_one_volatility() -> None:
    assert volatility("now", 14) is Volatility.STABLE
    assert volatility("clock_timestamp", 14) is Volatility.VOLATILE
    assert volatility("lower", 14) is Volatility.IMMUTABLE
    assert volatility("no_such_function", 14) is None


def test_overloads_are_told_apart_as_far_as_types_are_known() -> None:
    assert volatility("date_trunc", 14) is Volatility.STABLE
    assert volatility("date_trunc", 14, [None, "timestamp"]) is Volatility.IMMUTABLE
    assert volatility("date_trunc", 14, [None, "timestamptz"]) is Volatility.STABLE
    assert volatility("date_trunc", 14, [None, "date"]) is Volatility.STABLE, "becomes timestamptz"
    assert volatility("to_tsvector", 14, [None]) is Volatility.STABLE
    assert volatility("to_tsvector", 14, [None, None]) is Volatility.IMMUTABLE


def test_functions_differ_by_version() -> None:
    assert built_in_versions("gen_random_uuid") == (13, 14, 15, 16, 17, 18)
    assert built_in_versions("uuidv7") == (18,)
    assert built_in_versions("age") == (12, 13, 14, 15, 16, 17, 18)
    assert volatility("uuidv7", 17) is None
    assert volatility("uuidv7", 99) is Volatility.VOLATILE, "newer than known counts as the newest known"
    assert volatility("timezone", 14, ["text", "timetz"]) is Volatility.VOLATILE
    assert volatility("timezone", 15, ["text", "timetz"]) is Volatility.STABLE


def test_functions_of_extensions_are_known() -> None:
    assert volatility("gen_random_uuid", 12) is Volatility.VOLATILE, "pgcrypto"
    assert volatility("uuid_generate_v4", 18) is Volatility.VOLATILE
    assert volatility("unaccent", 18) is Volatility.STABLE
    assert built_in_versions("unaccent") == ()


def test_operators() -> None:
    assert operator_volatility("+", 14, "int4", "int4") is Volatility.IMMUTABLE
    assert operator_volatility("+", 14, "timestamptz", "interval") is Volatility.STABLE
    assert operator_volatility("||", 14, "text", "text") is Volatility.IMMUTABLE
    assert operator_volatility("||", 14, "varchar", "int4") is Volatility.STABLE
    assert operator_volatility("+", 14) is Volatility.STABLE
    assert operator_volatility("->>", 14) is Volatility.IMMUTABLE
    assert operator_volatility("<~~>", 14) is None


def test_casts() -> None:
    assert binary_coercible("varchar", "text", 14)
    assert not binary_coercible("int4", "int8", 14)
    assert not binary_coercible("text", "no_such_type", 14)
    assert find_cast("varchar[]", "text[]", 14) == Cast(CastMethod.ELEMENTS, CastContext.IMPLICIT)
    assert find_cast("text", "int4", 14) is None
    assert find_cast("text", "int4", 14, CastContext.EXPLICIT) == Cast(CastMethod.INPUT_OUTPUT, CastContext.EXPLICIT)
    assert find_cast("text", "citext", 14) == Cast(CastMethod.RELABEL, CastContext.ASSIGNMENT)


def test_only_some_lengths_are_enforced_in_vain() -> None:
    simplifying = {name for name in TYPES if (cast := length_cast(name, 14)) and cast.simplifies}
    assert simplifying == {"varchar", "numeric", "varbit", "time", "timetz", "timestamp", "timestamptz", "interval"}
    padded = length_cast("bpchar", 14)
    assert padded is not None
    assert not padded.simplifies


def test_types() -> None:
    assert type_facts("int4multirange", 13) is None
    multirange = type_facts("int4multirange", 14)
    assert multirange is not None
    assert multirange.kind == "multirange"
    array = type_facts("int4[][]", 14)
    assert array is not None
    assert (array.category, array.element) == ("A", "int4")
    assert type_facts("trigger[]", 14) is None


def test_default_operator_classes_of_extensions() -> None:
    chosen = default_operator_class("btree", "citext", 14)
    assert chosen is not None
    assert chosen.name == "citext_ops"
    assert index_survives("btree", "text", "citext", 14) is False
    assert index_survives("btree", "no_such_type", "text", 14) is None


@pytest.mark.parametrize("method", ["btree", "hash", "gin", "gist", "brin", "spgist"])
def test_default_operator_classes_are_those_of_the_server(session: psycopg.Connection, method: str) -> None:
    query = """SELECT opcname FROM pg_index JOIN pg_opclass o ON o.oid = indclass[0]
               WHERE indexrelid = 'fact_idx'::regclass"""
    classes = "SELECT opcname FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod WHERE amname = %s"
    installed = {row[0] for row in session.execute(classes, [method])}
    for name in TYPES:
        expected = default_operator_class(method, name, NEWEST)
        if expected is not None and expected.name not in installed:
            continue  # btree_gin and btree_gist are not on the server of the tests
        with session.transaction(force_rollback=True):
            session.execute(f"CREATE TABLE fact (a {_sql(name)})".encode())
            try:
                session.execute(f"CREATE INDEX fact_idx ON fact USING {method} (a)".encode())
            except psycopg.errors.UndefinedObject:
                assert expected is None, name
                continue
            row = session.execute(query).fetchone()
            assert row is not None
            assert expected is not None, name
            assert row[0] == expected.name


@pytest.mark.parametrize("old", TYPES)
def test_changes_of_a_type_are_those_of_the_server(session: psycopg.Connection, old: str) -> None:
    """Refused, rewritten, kept; and if kept, whether the index is kept, too."""
    for new in TYPES:
        cast = find_cast(old, new, NEWEST)
        seen = _change_type(session, old, new)
        if cast is None:
            assert seen is None, (old, new)
        elif (old, new) not in DEPENDS_ON_TIME_ZONE:
            assert seen is not None, (old, new)
            assert seen[0] == (cast.method is CastMethod.RELABEL), (old, new)
            assert not seen[0] or seen[1] in (None, index_survives("btree", old, new, NEWEST)), (old, new)


def _sql(name: str) -> str:
    # Unquoted, `char` is another type and `bit` has the length 1.
    return f'"{name}"' if name in ("char", "bit") else name


def _change_type(session: psycopg.Connection, old: str, new: str) -> tuple[bool, bool | None] | None:
    """Whether the table and the index kept their files; None if the server refuses the change."""
    files = """SELECT pg_relation_filenode('fact'), pg_relation_filenode(to_regclass('fact_idx'))"""
    with session.transaction(force_rollback=True):
        session.execute(f"CREATE TABLE fact (a {_sql(old)})".encode())
        if default_operator_class("btree", old, NEWEST) and default_operator_class("btree", new, NEWEST):
            session.execute("CREATE INDEX fact_idx ON fact (a)")
        before = session.execute(files).fetchone()
        try:
            session.execute(f"ALTER TABLE fact ALTER COLUMN a TYPE {_sql(new)}".encode())
        except psycopg.errors.DatatypeMismatch:
            return None
        after = session.execute(files).fetchone()
    assert before is not None
    assert after is not None
    return before[0] == after[0], None if before[1] is None else before[1] == after[1]


def test_spans_of_versions() -> None:
    known = [12, 13, 14, 15]
    assert spans({12, 13, 14, 15}, known) == [""]
    assert spans({12, 13}, known) == ["-13"]
    assert spans({12, 14, 15}, known) == ["-12", "14-"]
    assert spans({13, 14}, known) == ["13-14"]


def test_names_lose_their_arguments_where_overloads_agree() -> None:
    rows: dict[int, set[Row]] = {
        12: {("f", "(int4)", "stable"), ("g", "(int4)", "stable"), ("g", "(text)", "immutable")},
        13: {("f", "(int4)", "stable"), ("f", "(text)", "stable"), ("g", "(int4)", "stable")},
    }
    assert sorted(fold_overloads(rows)) == ["f stable", "g(int4) stable", "g(text) immutable -12"]


@pytest.mark.other_servers
@pytest.mark.usefixtures("server_of")
def test_the_files_are_what_the_servers_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out
