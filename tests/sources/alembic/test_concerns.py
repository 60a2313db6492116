"""MS641 for Alembic: models of today's code that a revision asks for rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.sources.alembic.concerns import concerns
from migsafe.sources.interpreter import Source
from tests.sources.alembic.projects import project, report, revision


def about(text: str) -> list[object]:
    return [found["about"] for found in concerns(Source("r.py", text))]


@pytest.mark.parametrize(
    ("imported", "used"),
    [
        ("from app.models import Order", "session.query(Order).all()"),
        ("from app.models.orders import Order", "session.execute(select(Order.id))"),
        ("from app import models", "session.query(models.Order)"),
        ("import app.models", "session.query(app.models.Order)"),
        ("from app.db_models import Order", "Order.query.filter_by(id=1)"),
        ("from app.models import Order", "op.bulk_insert(Order.__table__, [])"),
    ],
)
def test_a_model_that_is_asked_for_rows(imported: str, used: str) -> None:
    assert about(f"{imported}\n\ndef upgrade():\n    {used}\n") == ["Order"]


@pytest.mark.parametrize(
    ("imported", "used"),
    [
        ("from app.types import Money", "op.add_column('t', sa.Column('c', Money()))"),
        ("from app.models import STATES", "op.execute(select(STATES))"),
        ("from app.models import Money", "op.add_column('t', sa.Column('c', Money()))"),
        ("from app.models import Order", "pass"),
        ("from sqlalchemy import select", "op.execute(select(orders.c.id))  # as in models"),
    ],
)
def test_types_constants_and_tables_of_the_revision_are_no_models(imported: str, used: str) -> None:
    assert about(f"{imported}\n\ndef upgrade():\n    {used}\n") == []


def test_the_finding_is_at_the_first_use(tmp_path: Path) -> None:
    body = "session = Session(bind=op.get_bind())\nsession.query(Order).delete()\nsession.query(Order).count()"
    more = "from app.models import Order\nfrom sqlalchemy.orm import Session\n"
    found = report(project(tmp_path, {"a": revision("aaaa", body=body, more=more)}))

    lines = [e.location.line for e in found.findings if e.finding.code == "MS641"]
    assert lines == [11]
