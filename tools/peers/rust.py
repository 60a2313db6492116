"""Test cases in Rust source: squawk's rules, eugene's lints, pgsafe's tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.peers.case import Case

_TEST = re.compile(r"#\[test\]\s*(?:#\[[^\]]*\]\s*)*fn (\w+)\(\)[^{]*\{(.*?)\n    ?\}\n", re.DOTALL)
_STRING = re.compile(r'r#"(.*?)"#|"((?:[^"\\]|\\.)*)"', re.DOTALL)
_VERSION = re.compile(r'(?:Version::new\(\s*|pg_version: "?|parse\(")(\d+)')


def text_of(match: re.Match[str]) -> str:
    """The value of a string literal; an escaped line end takes the next line's indentation with it."""
    if match[1] is not None:
        return match[1]
    joined = re.sub(r"\\\n\s*", "", match[2])
    return joined.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


_SQUAWK_SQL = re.compile(r'(?:let sql = |lint_\w+\(\s*)(?:r#"(.*?)"#|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_REPORTED = re.compile(r"lint_errors|\blint\(sql\)")


def squawk(root: Path) -> Iterator[Case]:
    """`crates/squawk_linter/src/rules/*.rs`: one rule in each file, one text in each test."""
    for path in sorted((root / "crates/squawk_linter/src/rules").glob("*.rs")):
        source = path.read_text(encoding="utf-8")
        for test in _TEST.finditer(source):
            name, body = test[1], test[2]
            sql = _SQUAWK_SQL.search(body)
            silent = "lint_ok" in body
            if sql is None or not (silent or _REPORTED.search(body)):
                continue
            version = _VERSION.search(body)
            yield Case(
                peer="squawk",
                rule=path.stem.replace("_", "-"),
                name=name,
                sql=text_of(sql),
                flagged=not silent,
                in_transaction="assume_in_transaction: true" in body,
                version=int(version[1]) if version else 15,
            )


_FIRES = re.compile(
    r'assert!\(\s*(!?)\s*(?:fires|has|flagged)\(\s*(?:r#"(.*?)"#|"((?:[^"\\]|\\.)*)"),\s*"([a-z-]+)",?\s*\)', re.DOTALL
)


def pgsafe(root: Path) -> Iterator[Case]:
    """`tests/*.rs`: assertions of the form `assert!(!fires("SQL", "rule"))`."""
    for path in sorted((root / "tests").glob("*.rs")):
        source = path.read_text(encoding="utf-8")
        for number, found in enumerate(_FIRES.finditer(source), 1):
            string = _STRING.search(found[0])
            assert string is not None
            yield Case(
                peer="pgsafe",
                rule=found[4],
                name=f"{path.stem}-{number}",
                sql=text_of(string),
                flagged=not found[1],
            )


_LINT = re.compile(r'anon_lint\(\s*(?:r#"(.*?)"#|"((?:[^"\\]|\\.)*)"),?\s*\)', re.DOTALL)
_RULE = re.compile(r"assert!\(\s*(!?)matched_lint_rule\(\s*&\w+,\s*([\w:]+)\.id\(\)", re.DOTALL)
_EUGENE_RULES = {
    "LOCKTIMEOUT_WARNING": "E9",
    "RUNNING_STATEMENT_WHILE_HOLDING_ACCESS_EXCLUSIVE": "E4",
    "CREATING_INDEX_NONCONCURRENTLY": "E6",
    "CREATE_INDEX_NONCONCURRENTLY": "E6",
    "ADDING_NEW_UNIQUE_CONSTRAINT": "E7",
    "ADDING_EXCLUSION_CONSTRAINT": "E8",
    "ADDING_VALID_CONSTRAINT": "E1",
    "MAKE_COLUMN_NOT_NULLABLE": "E2",
    "SET_COLUMN_TYPE_TO_JSON": "E3",
    "CHANGE_COLUMN_TYPE": "E5",
    "ADDED_SERIAL_OR_STORED_GENERATED_COLUMN": "E11",
    "MULTIPLE_ALTER_TABLES_WHERE_ONE_WILL_DO": "W12",
    "CREATING_ENUM": "W13",
    "ADD_PRIMARY_KEY_USING_INDEX": "W14",
}


def eugene(root: Path) -> Iterator[Case]:
    """`eugene/src/lints.rs`, and the examples: `-- 1.sql` begins a file, files run in order."""
    source = (root / "eugene/src/lints.rs").read_text(encoding="utf-8")
    for test in _TEST.finditer(source):
        sql = _LINT.search(test[2])
        for found in _RULE.finditer(test[2]):
            rule = _EUGENE_RULES.get(found[2].rsplit("::", 1)[-1])
            if sql is not None and rule is not None:
                yield Case(
                    peer="eugene", rule=rule, name=test[1], sql=text_of(sql), flagged=not found[1], in_transaction=True
                )
    for path in sorted((root / "eugene/examples").glob("*/*.sql")):
        if path.stem in ("good", "bad"):
            *before, last = re.split(r"^-- \d+\.sql\s*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
            yield Case(
                peer="eugene",
                rule=path.parent.name,
                name=f"example-{path.stem}",
                sql=last,
                before=tuple(before),
                flagged=path.stem == "bad",
                in_transaction="concurrently" not in last.lower(),
            )
