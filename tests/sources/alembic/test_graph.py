"""Revisions in Alembic's own order, and what is wrong with their graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from migsafe.model.migration import GraphFlaw
from migsafe.sources.alembic.graph import Node, ordered
from migsafe.sources.alembic.header import Header, read_header
from tests.sources.alembic.projects import collected, project, revision


def flaws(*headers: Header) -> dict[str, list[GraphFlaw]]:
    found = ordered([Node(f"{n}.py", header) for n, header in enumerate(headers)])
    return {path: [problem.flaw for problem in problems] for path, problems in found.flaws.items()}


def test_the_order_is_alembics(tmp_path: Path) -> None:
    texts = {
        "1": revision("base1"),
        "2": revision("left1", "base1"),
        "3": revision("right", "base1"),
        "4": revision("left2", "left1", more="depends_on = 'right'\n"),
        "5": revision("merge").replace("down_revision = None", "down_revision = ('left2', 'right')"),
        "6": revision("other", more="branch_labels = ('apart',)\n"),
    }
    root = project(tmp_path, texts)
    script = ScriptDirectory.from_config(Config(str(root / "alembic.ini")))
    expected = [entry.revision for entry in script.walk_revisions()][::-1]

    found = [m.id for m in collected(root).histories[0].migrations]

    assert sorted(found) == sorted(expected)
    assert found == [step.revision.revision for step in script._upgrade_revs("heads", "base")]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("revision = 'a'\ndown_revision = None\n", ("a", ())),
        ("revision: str = 'b'\ndown_revision: str | None = 'a'\n", ("b", ("a",))),
        ("revision = 'm'\ndown_revision = (\n    'a',\n    'b',\n)\n", ("m", ("a", "b"))),
        ("x = 'a'\nrevision = 'c'\ndown_revision = x\n", ("c", ("a",))),
    ],
)
def test_headers(text: str, header: tuple[str, tuple[str, ...]]) -> None:
    found = read_header(text)

    assert found is not None
    assert (found.revision, found.down_revisions) == header


def test_a_missing_parent_and_what_comes_after_it() -> None:
    lost = Header(revision="b", down_revisions=("gone",))
    after = Header(revision="c", down_revisions=("b",))

    assert flaws(Header(revision="a"), lost, after) == {
        "1.py": [GraphFlaw.MISSING],
        "2.py": [GraphFlaw.UNREACHABLE],
    }


def test_an_id_used_twice() -> None:
    assert flaws(Header(revision="a"), Header(revision="a")) == {"1.py": [GraphFlaw.DUPLICATE]}


def test_a_circle() -> None:
    one, two = Header(revision="a", down_revisions=("b",)), Header(revision="b", down_revisions=("a",))

    assert flaws(one, two) == {"0.py": [GraphFlaw.CYCLE], "1.py": [GraphFlaw.CYCLE]}


def test_two_heads_without_labels() -> None:
    one, two = Header(revision="b", down_revisions=("a",)), Header(revision="c", down_revisions=("a",))

    assert flaws(Header(revision="a"), one, two) == {
        "1.py": [GraphFlaw.SEVERAL_HEADS],
        "2.py": [GraphFlaw.SEVERAL_HEADS],
    }


def test_two_heads_of_labelled_branches_are_meant() -> None:
    one = Header(revision="b", down_revisions=("a",), branch_labels=("expand",))
    two = Header(revision="c", down_revisions=("a",), branch_labels=("contract",))

    assert flaws(Header(revision="a"), one, two) == {}
