"""The findings that only Alembic's revisions have."""

from __future__ import annotations

from pathlib import Path

from tests.sources.alembic.projects import codes, project, report, revision

DROP = "op.drop_column('t', 'c')"


def test_a_missing_revision_is_an_error_at_the_line_that_names_it(tmp_path: Path) -> None:
    found = report(project(tmp_path, {"a": revision("aaaa", "gone")}))

    entry = next(e for e in found.findings if e.finding.code == "MS701")
    assert "gone" in entry.finding.message
    assert entry.location.line == 4


def test_duplicates_cycles_and_heads_do_not_crash(tmp_path: Path) -> None:
    texts = {
        "a": revision("aaaa"),
        "b": revision("bbbb", "aaaa"),
        "c": revision("cccc", "aaaa"),
        "d": revision("aaaa"),
        "e": revision("eeee", "ffff"),
        "f": revision("ffff", "eeee"),
    }

    found = set(codes(report(project(tmp_path, texts))))

    assert {"MS702", "MS703", "MS704"} <= found


def test_locks_of_several_revisions_pile_up_in_one_transaction(tmp_path: Path) -> None:
    texts = {"a": revision("aaaa"), "b": revision("bbbb", "aaaa", DROP), "c": revision("cccc", "bbbb", DROP)}
    root = project(tmp_path, texts)

    assert "MS330" in codes(report(root, "aaaa:cccc"))
    assert "MS330" not in codes(report(root, "cccc"))


def test_an_autocommit_block_commits_what_came_before(tmp_path: Path) -> None:
    index = "op.create_index('i', 't', ['c'], postgresql_concurrently=True)"
    block = f"with op.get_context().autocommit_block():\n    {index}"
    apart = project(tmp_path / "apart", {"a": revision("aaaa", body=block)})
    middle = project(tmp_path / "middle", {"a": revision("aaaa", body=f"{DROP}\n{block}")})

    assert "MS331" not in codes(report(apart))
    assert "MS331" in codes(report(middle))
    assert "MS302" not in codes(report(middle)), "the block is outside of the transaction"


def test_another_connection_commits_nothing_of_this_one(tmp_path: Path) -> None:
    other = "op.get_bind().engine.connect().execution_options(isolation_level='AUTOCOMMIT')"
    body = f"{DROP}\nwith {other} as c:\n    c.exec_driver_sql('CREATE INDEX CONCURRENTLY i ON u (c)')"

    found = codes(report(project(tmp_path, {"a": revision("aaaa", body=body)})))

    assert "MS302" not in found
    assert "MS331" not in found


def test_an_index_built_concurrently_outside_of_a_block_fails(tmp_path: Path) -> None:
    body = "op.create_index('i', 't', ['c'], postgresql_concurrently=True)"

    assert "MS302" in codes(report(project(tmp_path, {"a": revision("aaaa", body=body)})))


def test_a_lock_timeout_in_env_is_one_of_the_session(tmp_path: Path) -> None:
    env = "from alembic import context\nconnect_args = {'options': '-c lock_timeout=4000'}\n"
    texts = {"a": revision("aaaa", body=DROP)}

    assert "MS301" in codes(report(project(tmp_path / "without", texts)))
    assert "MS301" not in codes(report(project(tmp_path / "with", texts, env=env)))


def test_what_is_not_known_is_said_at_its_call(tmp_path: Path) -> None:
    found = report(project(tmp_path, {"a": revision("aaaa", body="op.sync_enum_values('e', ['a'])")}))

    entry = next(e for e in found.findings if e.finding.code == "MS001")
    assert "custom-op" in entry.finding.message
    assert entry.location.line == 8


def test_a_suppression_in_a_python_comment(tmp_path: Path) -> None:
    body = f"# migsafe: ignore[MS401] nobody reads it\n{DROP}"

    found = report(project(tmp_path, {"a": revision("aaaa", body=body)}))

    assert [e.finding.suppressed for e in found.findings if e.finding.code == "MS401"] == ["nobody reads it"]
