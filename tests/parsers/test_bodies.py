"""Statements inside of DO blocks and routine bodies."""

from __future__ import annotations

from migsafe.model.operations import CreateFunction, DoBlock, Opaque
from migsafe.parsers.postgresql import LoopKind, body_place, body_statements, parse_statement
from migsafe.parsers.postgresql.dynamic_sql import constant_string


def labels(body: str) -> list[str]:
    return [c.operation.label for statement in body_statements("plpgsql", body) for c in statement.clauses]


def test_statements_are_found_with_their_places() -> None:
    body = 'BEGIN\n  -- é; not the end\n  ALTER TABLE t ADD "ü" int, DROP b;\n  TRUNCATE u;\nEND'

    statements = body_statements("plpgsql", body)

    assert [body[s.span.start : s.span.end] for s in statements] == ['ALTER TABLE t ADD "ü" int, DROP b', "TRUNCATE u"]
    assert [body[c.span.start : c.span.end] for c in statements[0].clauses] == ['ADD "ü" int', "DROP b"]


def test_conditions_become_guards() -> None:
    body = """
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_type) THEN
        CREATE TYPE t;
      ELSIF a THEN
        DROP TYPE t;
      ELSE
        CREATE TABLE c ();
      END IF;
      CASE x WHEN 1, 2 THEN DROP TABLE d; ELSE NULL; END CASE;
      DROP TABLE e;
    END"""

    guards = {s.clauses[0].operation.label: " and ".join(s.guards) for s in body_statements("plpgsql", body)}

    assert guards["create-type"] == "IF NOT EXISTS (SELECT FROM pg_type)"
    assert guards["drop-type"] == "ELSIF a"
    assert guards["create-table"] == "ELSE of IF NOT EXISTS (SELECT FROM pg_type)"
    assert [s.guards for s in body_statements("plpgsql", body)][-2:] == [("CASE x WHEN 1, 2",), ()]


def test_the_query_of_a_condition_is_a_statement() -> None:
    assert labels("BEGIN IF EXISTS (SELECT 1 FROM t) THEN NULL; END IF; IF a > 1 THEN NULL; END IF; END") == ["select"]


def test_handlers_of_exceptions_are_guarded_and_the_block_is_not() -> None:
    body = (
        "BEGIN BEGIN DROP TABLE a; EXCEPTION WHEN undefined_table OR others THEN DROP TABLE b; END; DROP TABLE c; END"
    )

    assert [s.guards for s in body_statements("plpgsql", body)] == [
        (),
        ("EXCEPTION WHEN undefined_table OR others",),
        (),
    ]


def test_loops_over_data_differ_from_loops_over_numbers() -> None:
    body = """
    BEGIN
      FOR r IN SELECT * FROM t LOOP UPDATE t SET a = 1 WHERE id = r.id; END LOOP;
      FOR i IN REVERSE 10..1 LOOP DELETE FROM t; END LOOP;
      WHILE true LOOP INSERT INTO t VALUES (1); END LOOP;
      FOREACH x IN ARRAY a LOOP TRUNCATE t; END LOOP;
      LOOP CREATE TABLE t (); EXIT WHEN NOT FOUND; END LOOP;
    END"""

    loops = {s.clauses[0].operation.label: s.loop for s in body_statements("plpgsql", body)}

    assert loops == {
        "select": None,
        "update": LoopKind.DATA,
        "delete": LoopKind.COUNT,
        "insert": LoopKind.DATA,
        "truncate": LoopKind.DATA,
        "create-table": LoopKind.DATA,
    }


def test_into_and_its_targets_are_no_part_of_the_statement() -> None:
    assert labels(
        """
    <<outer>>
    DECLARE r record; n int := 0; a int[];
    BEGIN
      SELECT x, y INTO STRICT n, a[1] FROM t;
      SELECT x INTO r.f FROM t WHERE y = n;
      INSERT INTO t VALUES (n) RETURNING id INTO n;
      WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) INTO n FROM d;
    END outer"""
    ) == ["select", "select", "insert", "delete", "select"]


def test_perform_is_a_select_in_place() -> None:
    body = "BEGIN PERFORM f(1) FROM t; END"

    statement = body_statements("plpgsql", body)[0]

    assert statement.sql == "SELECT  f(1) FROM t"
    assert body[statement.span.start : statement.span.end] == "PERFORM f(1) FROM t"


def test_statements_without_sql_are_left_out() -> None:
    assert (
        labels("BEGIN RAISE NOTICE 'x %', 1; NULL; GET DIAGNOSTICS n = ROW_COUNT; x := 1; y.z[2] = x + 1; RETURN; END")
        == []
    )


def test_transactions_inside_of_procedures_are_seen() -> None:
    assert labels("BEGIN COMMIT; ROLLBACK AND CHAIN; CALL p(); SET LOCAL lock_timeout = '1s'; END") == [
        "commit",
        "rollback",
        "call-procedure",
        "set-parameter",
    ]


def test_returned_and_opened_queries_are_statements() -> None:
    body = (
        "BEGIN RETURN QUERY SELECT * FROM t; OPEN c FOR SELECT 1; RETURN QUERY EXECUTE 'SELECT 2'; RETURN NEXT r; END"
    )

    assert labels(body) == ["select", "select", "select"]


def test_dynamic_sql_of_constants_is_analysed() -> None:
    body = "BEGIN EXECUTE format('ALTER TABLE %I ADD a int; DROP TABLE %s', 'T', 'u') USING x; END"

    statements = body_statements("plpgsql", body)

    assert [s.sql for s in statements] == ['ALTER TABLE "T" ADD a int', "DROP TABLE u"]
    assert all(s.rendered for s in statements)
    assert body[statements[0].clauses[0].span.start :].startswith("EXECUTE")


def test_dynamic_sql_of_anything_else_is_reported() -> None:
    statement = body_statements("plpgsql", "BEGIN EXECUTE 'DROP TABLE ' || name; END")[0]

    assert isinstance(statement.clauses[0].operation, Opaque)


def test_a_broken_statement_does_not_hide_the_others() -> None:
    body = "BEGIN ALTER TABEL t; DROP TABLE t; END"

    broken, intact = body_statements("plpgsql", body)

    assert broken.problem is not None
    assert body[broken.problem.span.start : broken.problem.span.end] == "TABEL"
    assert intact.clauses[0].operation.label == "drop-table"


def test_a_block_that_does_not_end_is_a_problem() -> None:
    statements = body_statements("plpgsql", "BEGIN DROP TABLE t;")

    assert statements[0].clauses[0].operation.label == "drop-table"
    assert statements[-1].problem is not None


def test_bodies_in_sql_are_statements_too() -> None:
    plain = body_statements("sql", "INSERT INTO t VALUES (1); SELECT 1")
    atomic = body_statements("sql", "BEGIN ATOMIC DELETE FROM t; SELECT CASE WHEN a THEN b END FROM u; END")
    expression = body_statements("sql", "RETURN (SELECT max(a) FROM t)")

    assert [s.clauses[0].operation.label for s in plain] == ["insert", "select"]
    assert [s.clauses[0].operation.label for s in atomic] == ["delete", "select"]
    assert expression[0].sql == "SELECT (SELECT max(a) FROM t)"


def test_other_languages_are_reported() -> None:
    assert isinstance(body_statements("plpython3u", "x = 1")[0].clauses[0].operation, Opaque)


def test_the_place_of_a_body_leads_back_to_the_statement() -> None:
    sql = "DO LANGUAGE plpgsql $x$ BEGIN DROP TABLE é; END $x$"
    operation = parse_statement(sql).clauses[0].operation
    assert isinstance(operation, DoBlock)

    place = body_place(sql, operation.body)
    inner = body_statements("plpgsql", operation.body)[0]

    assert place is not None
    assert sql[place.start : place.end] == operation.body
    assert sql[place.start + inner.span.start : place.start + inner.span.end] == "DROP TABLE é"


def test_a_body_that_is_written_with_escapes_has_no_place() -> None:
    sql = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''x'''"
    operation = parse_statement(sql).clauses[0].operation

    assert isinstance(operation, CreateFunction)
    assert operation.body == "SELECT 'x'"
    assert body_place(sql, operation.body) is None


def test_constant_expressions_are_evaluated_as_the_server_does() -> None:
    assert constant_string("'a' || 'b' || quote_ident('C d')") == 'ab"C d"'
    assert constant_string("format('%2$s %1$I %% %3$L', 'Ü', 'x', 'it''s')") == "x \"Ü\" % 'it''s'"
    assert constant_string("format('%2$s %s', 'a', 'b', 'c')") == "b c"
    assert constant_string("format('%s', NULL)") is None
    assert constant_string("'a' || b") is None
    assert constant_string("broken (") is None
