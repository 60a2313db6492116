"""Test cases of strong_migrations: Rails operations, translated to the SQL that Rails sends to PostgreSQL.

Only what is translated without doubt is taken; a migration with any other line is left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.peers.case import Case

SCHEMA = """
CREATE EXTENSION citext; CREATE EXTENSION btree_gist; CREATE EXTENSION pgcrypto;
CREATE TABLE orders (id bigserial PRIMARY KEY);
CREATE TABLE devices (id bigserial PRIMARY KEY);
CREATE TABLE users (id bigserial PRIMARY KEY, name varchar, city varchar, credit_score numeric(10,5),
  deleted_at timestamp(6), country varchar(20), "interval" varchar, description text, code citext, order_id bigint);
CREATE INDEX index_users_on_order_id ON users (order_id);
"""
"""What the tests' helper creates before the first test (Rails 7 defaults: bigint keys, timestamp(6))."""

_ABOUT_RAILS = {"alphabetize_schema", "check_down", "multiple_databases", "safe_by_default", "start_after", "timeouts"}
Options = dict[str, str]
Translation = Callable[[list[str], Options], str | None]
_CLASS = re.compile(r"^class (\w+) < TestMigration\n(.*?)^end", re.DOTALL | re.MULTILINE)
_METHOD = re.compile(r"^  def (?:change|up)\n(.*?)^  end", re.DOTALL | re.MULTILINE)
_TEST = re.compile(r"^  def (test_\w+)\n(.*?)^  end", re.DOTALL | re.MULTILINE)
_ASSERTION = re.compile(r"assert_(safe|unsafe) (\w+)(?:,|\n|$)")
_CALL = re.compile(r"^(\w+) (.*)$")
_TYPES = {
    "string": "varchar",
    "decimal": "numeric",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "bigint": "bigint",
    "integer": "integer",
    "boolean": "boolean",
}


def strong_migrations(root: Path) -> Iterator[Case]:
    """Tests that assert one migration safe or unsafe on PostgreSQL without options."""
    classes = dict(_classes(root))
    for path in sorted((root / "test").glob("*_test.rb")):
        if path.stem.removesuffix("_test") in _ABOUT_RAILS:
            continue
        for test in _TEST.finditer(path.read_text(encoding="utf-8")):
            asserted = _ASSERTION.findall(test[2])
            if len(asserted) != 1 or _conditional(test[2]):
                continue
            verdict, name = asserted[0]
            sql = classes.get(name)
            if sql is not None:
                yield Case(
                    peer="strong_migrations",
                    rule=path.stem.removesuffix("_test"),
                    name=name,
                    sql=sql[0],
                    before=(SCHEMA,),
                    flagged=verdict == "unsafe",
                    in_transaction=sql[1],
                )


def _conditional(body: str) -> bool:
    """Whether a test depends on something other than PostgreSQL being there."""
    kept = re.sub(r"skip unless postgresql\?\n", "", body)
    return any(word in kept for word in ("if ", "unless ", "with_", "skip", "outside", "direction"))


def _classes(root: Path) -> Iterator[tuple[str, tuple[str, bool]]]:
    for path in sorted((root / "test/migrations").glob("*.rb")):
        for found in _CLASS.finditer(path.read_text(encoding="utf-8")):
            method = _METHOD.search(found[2])
            lines = [line.strip() for line in method[1].splitlines() if line.strip()] if method else []
            statements = [translated(line) for line in lines]
            if statements and all(statements):
                sql = "".join(f"{statement};\n" for statement in statements)
                yield found[1], (sql, "disable_ddl_transaction!" not in found[2])


def translated(line: str) -> str | None:
    """The SQL of one call; None for what is not translated."""
    call = _CALL.match(line)
    if call is None or call[1] not in _TRANSLATIONS:
        return None
    return _TRANSLATIONS[call[1]](*_arguments(call[2]))


def _arguments(text: str) -> tuple[list[str], Options]:
    parts = [part.strip() for part in re.split(r",\s*(?![^\[{]*[\]}])(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text)]
    options = {found[1]: found[2] for part in parts if (found := re.match(r"^(\w+): (.*)$", part))}
    return [_word(part) for part in parts if not re.match(r"^\w+: ", part)], options


def _word(text: str) -> str:
    return text.removeprefix(":").strip('"')


def _columns(text: str) -> str:
    return ", ".join(_word(part.strip()) for part in text.strip("[]").split(","))


def _type(name: str, options: Options) -> str:
    base = _TYPES.get(name, name)
    precision = options.get("precision", "6" if name == "datetime" else None)
    if base == "numeric" and precision:
        return f"numeric({precision}{',' + options['scale'] if 'scale' in options else ''})"
    sized = base == "varchar" or base.startswith("timestamp")
    size = options.get("limit", precision) if sized else precision
    return f"{base}({size})" if size and size != "nil" else base


def _add_column(words: list[str], options: Options) -> str | None:
    table, column, kind = words
    if kind == "virtual" or "stored" in options or kind == "primary_key":
        return None
    default = options.get("default")
    if default is not None and default.startswith("->"):
        default = default[3:].strip("{} ").strip('"')
    elif default is not None:
        default = {"nil": "NULL"}.get(default, default)
        default = default.strip('"') if default.endswith('()"') else default.replace('"', "'")
    sql = f"ALTER TABLE {table} ADD COLUMN {column} {_type(kind, options)}"
    return sql + (f" DEFAULT {default}" if default else "") + (" NOT NULL" if options.get("null") == "false" else "")


def _change_column(words: list[str], options: Options) -> str | None:
    table, column, kind = words
    if kind == "bad_name" or {"algorithm", "lock"} & set(options):
        return None
    new = _type(kind, options)
    sql = f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE {new}'
    return sql + (f', ALTER COLUMN "{column}" SET NOT NULL' if options.get("null") == "false" else "")


def _add_index(words: list[str], options: Options) -> str | None:
    if {"algorithm", "lock"} & set(options) - {"algorithm"} or options.get("algorithm") not in (None, ":concurrently"):
        return None
    how = "CONCURRENTLY " if "algorithm" in options else ""
    unique = "UNIQUE " if options.get("unique") == "true" else ""
    return f"CREATE {unique}INDEX {how}ON {words[0]} ({_columns(words[1])})"


def _remove_index(words: list[str], options: Options) -> str | None:  # noqa: ARG001  # as the others
    if "name" not in options:
        return None
    return f"DROP INDEX {'CONCURRENTLY ' if 'algorithm' in options else ''}{_word(options['name'])}"


def _add_check(words: list[str], options: Options) -> str:
    name = _word(options.get("name", "a_check"))
    later = " NOT VALID" if options.get("validate") == "false" else ""
    return f"ALTER TABLE {words[0]} ADD CONSTRAINT {name} CHECK ({words[1]}){later}"


def _add_foreign_key(words: list[str], options: Options) -> str | None:
    column = _word(options.get("column", words[1].removesuffix("s") + "_id"))
    later = " NOT VALID" if options.get("validate") == "false" else ""
    return f"ALTER TABLE {words[0]} ADD CONSTRAINT a_key FOREIGN KEY ({column}) REFERENCES {words[1]} (id){later}"


def _change_null(words: list[str], options: Options) -> str | None:  # noqa: ARG001  # as the others
    if len(words) != 3:
        return None
    verb = "SET" if words[2] == "false" else "DROP"
    return f"ALTER TABLE {words[0]} ALTER COLUMN {words[1]} {verb} NOT NULL"


def _validate(words: list[str], options: Options) -> str | None:
    name = options.get("name")
    return f"ALTER TABLE {words[0]} VALIDATE CONSTRAINT {_word(name)}" if name else None


_TRANSLATIONS: dict[str, Translation] = {
    "add_column": _add_column,
    "change_column": _change_column,
    "add_index": _add_index,
    "remove_index": _remove_index,
    "add_check_constraint": _add_check,
    "add_foreign_key": _add_foreign_key,
    "change_column_null": _change_null,
    "validate_check_constraint": _validate,
    "remove_column": lambda words, _: f"ALTER TABLE {words[0]} DROP COLUMN {words[1]}",
    "rename_column": lambda words, _: f"ALTER TABLE {words[0]} RENAME COLUMN {words[1]} TO {words[2]}",
    "rename_table": lambda words, _: f"ALTER TABLE {words[0]} RENAME TO {words[1]}",
}
