"""Each remedy in Django's words does what the user's migration wanted, as a real Django and a real server have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django import VERSION

from migsafe.model.findings import Severity
from tests.plans.django_cases import CASES
from tests.plans.django_proof import prove
from tools.observe.servers import Server, embedded_server


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[int, Server]]:
    """Those for which remedies are made: from 18 on NOT NULL can be added without a CHECK beside it."""
    with embedded_server(16) as older, embedded_server(18) as newer:
        yield {16: older, 18: newer}


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_makes_what_was_meant(name: str, tmp_path: Path, servers: dict[int, Server]) -> None:
    case = CASES[name]
    if case.since > VERSION:
        pytest.skip("the operation is of a later Django")

    proof = prove(case, tmp_path, servers[case.target])

    assert proof.changes == ""
    if case.same:
        assert proof.after == proof.wanted
    if case.back:
        assert proof.undone == proof.before
    assert proof.again == proof.after
    assert not proof.after["invalid"]
    found = [entry.finding for entry in proof.checked.findings if entry.counts and not entry.is_way_back]
    assert {case.rule, "MS005"}.isdisjoint(each.code for each in found)  # and every suppression is for something
    known = {entry.finding.code for entry in proof.original.findings}
    assert not [f"{f.code} {f.message}" for f in found if f.severity is Severity.ERROR and f.code not in known]
