"""The import of libpg_query: only the compiled module when that works, the whole of pglast otherwise."""

from __future__ import annotations

import subprocess
import sys

PARSES = "from migsafe.parsers.postgresql.libpg import parse_tree; assert parse_tree('SELECT 1')"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_only_the_compiled_module_is_loaded() -> None:
    assert run(f"{PARSES}\nimport sys; print(sorted(m for m in sys.modules if m.startswith('pglast')))") == (
        "['pglast.parser']"
    )


def test_pglast_is_whole_for_whoever_imports_it_later() -> None:
    later = (
        "import pglast; print(type(pglast.parse_sql('SELECT 1')[0].stmt).__name__, pglast.ast.SelectStmt.__module__)"
    )

    assert run(f"{PARSES}\n{later}") == "SelectStmt pglast.ast"


def test_a_pglast_that_is_loaded_already_is_used() -> None:
    assert run(f"import pglast\n{PARSES}\nprint(pglast.parser.parse_sql_json('') != '')") == "True"


def test_the_plain_import_is_the_fallback() -> None:
    unexpected = "import migsafe.parsers.postgresql.libpg as l; l.import_extension_only = lambda: None"

    assert run(f"{unexpected}\n{PARSES}\nimport sys; print('pglast.ast' in sys.modules)") == "True"


def test_an_error_is_reported_either_way() -> None:
    fails = (
        "from migsafe.parsers.postgresql import parse_statement; print(parse_statement('SELEC').syntax_error.message)"
    )

    assert run(fails) == run(f"import pglast; {fails}") == 'syntax error at or near "SELEC"'
