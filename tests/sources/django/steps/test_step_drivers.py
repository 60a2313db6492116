"""What a step sends by the driver's own helpers."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Migration
from migsafe.model.operations import Delete, Insert, Operation, Update
from tests.sources.django.projects import codes, read, report, second, shop

STEP = """
from django.db import connection
from psycopg2.extras import execute_batch, execute_values

def step(apps, schema_editor):
    {call}
"""
JOINED = "UPDATE shop_order SET note = d.note FROM (VALUES %s) AS d (id, note) WHERE shop_order.id = d.id"


def _sent_by(root: Path, call: str) -> Migration:
    return read(shop(root, second("migrations.RunPython(step),", top=STEP.format(call=call))), "shop.0002")


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (f"execute_values(connection.cursor(), '{JOINED}', rows, page_size=100)", Update),
        ("execute_values(connection.cursor(), 'INSERT INTO shop_order (id, note) VALUES %s', rows)", Insert),
        ("execute_values(connection.cursor(), sql='insert into shop_order values %s', argslist=rows)", Insert),
        ("execute_batch(connection.cursor(), 'UPDATE shop_order SET note = %s WHERE id = %s', rows)", Update),
    ],
)
def test_a_page_of_rows(tmp_path: Path, call: str, kind: type[Insert | Update]) -> None:
    found = _sent_by(tmp_path, call.replace("rows", "[(1, 'x')]"))
    assert [type(clause.operation) for s in found.statements for clause in s.clauses] == [kind]
    assert not {"MS002", "MS003"} & set(codes(report(tmp_path, "shop.0002")))


def test_a_row_has_a_value_for_each_column(tmp_path: Path) -> None:
    found = _sent_by(tmp_path, f"execute_values(connection.cursor(), '{JOINED}', [])")
    assert "(VALUES ($1, $1)) AS d (id, note)" in found.statements[0].sql


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DELETE FROM shop_order WHERE id IN %s", Delete),
        ("DELETE FROM shop_order WHERE id in %(ids)s", Delete),
        ("INSERT INTO shop_order (id, note) VALUES %s", Insert),
        ("UPDATE shop_order SET note = d.n FROM (VALUES %s) AS d (k, n) WHERE id = d.k", Update),
    ],
)
def test_a_tuple_is_written_with_its_parentheses(tmp_path: Path, sql: str, kind: type[Operation]) -> None:
    found = _sent_by(tmp_path, f"connection.cursor().execute({sql!r}, values)")

    assert [type(clause.operation) for s in found.statements for clause in s.clauses] == [kind]
    assert not {"MS002", "MS003"} & set(codes(report(tmp_path, "shop.0002")))
