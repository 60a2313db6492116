"""Test cases in TypeScript: pgfence's analyzer tests, with SQL in files beside them or in the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.peers.case import Case

_TEST = re.compile(r"^  it\('((?:[^'\\]|\\.)*)'.*?\n(.*?)^  \}\);", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"fixture\('([\w.-]+\.sql)'\)")
_INLINE = re.compile(r"withTempSqlFile\(\s*'[^']*',\s*(?:`(.*?)`|'((?:[^'\\]|\\.)*)')", re.DOTALL)
_FOUND = re.compile(r"(?:const (\w+) = )[^;]*?ruleId === '([a-z0-9-]+)'")
_EXPECTED = re.compile(r"expect\((\w+)\)\.(toBeDefined|toBeUndefined)\(\)")
_DIRECT = re.compile(r"expect\([^;]*?ruleId === '([a-z0-9-]+)'\)\)\.(toBeDefined|toBeUndefined)\(\)")


def pgfence(root: Path) -> Iterator[Case]:
    """`tests/analyzer.test.ts`: each test analyzes one file and expects rules to be found or not."""
    source = (root / "tests/analyzer.test.ts").read_text(encoding="utf-8")
    for test in _TEST.finditer(source):
        title, body = test[1], test[2]
        sql = _sql(root, body)
        if sql is None or "ignore" in title or "snapshot" in title.lower():
            continue
        for rule, flagged in _expectations(body):
            yield Case(peer="pgfence", rule=rule, name=title, sql=sql, flagged=flagged, version=14)


def _sql(root: Path, body: str) -> str | None:
    files: list[str] = _FILE.findall(body)
    inline: list[tuple[str, str]] = _INLINE.findall(body)
    if len(files) == 1 and not inline:
        return (root / "tests/fixtures" / files[0]).read_text(encoding="utf-8")
    if len(inline) == 1 and not files:
        return inline[0][0] or inline[0][1].replace("\\n", "\n").replace("\\'", "'")
    return None


def _expectations(body: str) -> Iterator[tuple[str, bool]]:
    named = dict(_FOUND.findall(body))
    for variable, verb in _EXPECTED.findall(body):
        if variable in named:
            yield named[variable], verb == "toBeDefined"
    for rule, verb in _DIRECT.findall(body):
        yield rule, verb == "toBeDefined"
