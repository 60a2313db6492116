"""The outline of the rules says what the rules say, and imports one only when it is asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from migsafe.cache import NO_CACHE, Cache
from migsafe.rules import registry
from migsafe.rules.base import Rule, RunRule, StatementRule
from migsafe.rules.registry import outlined, rules


def test_without_a_cache_the_rules_are_loaded() -> None:
    assert outlined(NO_CACHE) == rules()


def test_the_outline_tells_all_but_the_pages(tmp_path: Path) -> None:
    assert outlined(Cache(tmp_path)) == rules()
    again = outlined(Cache(tmp_path))
    assert again != rules()
    assert [_told(rule) for rule in again] == [_told(rule) for rule in rules()]


def _told(rule: Rule) -> tuple[object, ...]:
    return type(rule), rule.info.replace(page=""), rule.about if isinstance(rule, StatementRule) else ()


def test_an_outlined_rule_gives_its_situation_to_the_rule_itself(tmp_path: Path) -> None:
    outlined(Cache(tmp_path))
    late = next(rule for rule in outlined(Cache(tmp_path)) if not isinstance(rule, RunRule))
    itself = next(rule for rule in rules() if rule.info.code == late.info.code)
    assert _mistake(late) == _mistake(itself)


def _mistake(rule: Rule) -> str:
    """What the check says of a situation that is none: of all rules something of their own."""
    assert not isinstance(rule, RunRule)
    check: Callable[..., object] = rule.check
    try:
        found = list(check(None))  # type: ignore[call-overload]  # on purpose
    except AttributeError as mistake:
        return str(mistake)
    return str(found)


def test_other_code_is_another_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outlined(Cache(tmp_path))
    registry._key.cache_clear()
    monkeypatch.setattr(registry, "code_state", lambda *_: b"otherwise")
    assert outlined(Cache(tmp_path)) == rules()
    registry._key.cache_clear()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_run_imports_the_rules_of_its_operations_only(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("CREATE INDEX i ON t (a);")
    program = f"""
import sys
from migsafe.commands import execute
execute(["check", {str(tmp_path / "1.sql")!r}, "--isolated"])
print([name for name in sys.modules if name.startswith("migsafe.rules.ms")])
"""
    first, second = (_printed(program, tmp_path) for _ in range(2))
    assert "ms601_unbatched_update" in first
    assert "ms101_blocking_index_build" in second
    assert "ms601_unbatched_update" not in second
    assert first.rpartition("\n[")[0] == second.rpartition("\n[")[0]


def _printed(program: str, folder: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"XDG_CACHE_HOME": str(folder / "cache")},
    )
    return result.stdout
