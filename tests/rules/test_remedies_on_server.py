"""A remedy is no prose: a server accepts it, migsafe has nothing to say against it, and it ends where the original
migration would have ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pglast import split

from migsafe.model.findings import Remedy, Severity, Slot, Step
from migsafe.model.operations import Begin, Commit
from migsafe.model.report import Report, StatementReport
from migsafe.plans.writers.sql import write
from tests.rules.fixture_files import Case, read_folder
from tests.rules.judging import report_on
from tools.observe.databases import Databases
from tools.observe.servers import Server
from tools.observe.session import run_script

# Their remedies are complete in SQL: nothing is left to be done by hand.
COMPLETE = ("MS101", "MS102", "MS105", "MS106", "MS201", "MS202", "MS203", "MS204", "MS301", "MS303")
COMES_BEFORE = ("MS301",)  # the remedy is no replacement, it stands before the statement
_SPLIT_TRANSACTION = re.compile(r"BEGIN;\n.*?COMMIT;", re.DOTALL)

# Columns, constraints and indexes of all the user's tables, as the server itself writes them.
CATALOG = """
    SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull::text,
           (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
    FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid::regclass::text !~ '^(pg_|information_schema)'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text,
           conindid::regclass::text
    FROM pg_constraint WHERE conrelid <> 0
    UNION ALL SELECT 'index', indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid),
           indisvalid::text, (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = indexrelid)
    FROM pg_index WHERE indrelid::regclass::text !~ '^(pg_|information_schema)'
    ORDER BY 1, 2, 3, 4"""


def has_sql(case: Case) -> bool:
    return any(not line.startswith("--") for remedy in case.remedies for line in remedy.splitlines())


CASES = [case for file in read_folder() for case in file.cases if case.server is None and has_sql(case)]
SAFE = [pytest.param(case, id=case.id) for case in CASES if not {"drops", "others"} & case.options.keys()]
ENDING_ALIKE = [pytest.param(case, id=case.id) for case in CASES if case.rule in COMPLETE]


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[Databases]:
    kept = Databases(postgres)
    yield kept
    kept.close()


def mended(case: Case, report: Report) -> list[str]:
    """The migration with the remedies in the place of the statements that they are for, in pieces that are
    transactions or single statements of their own."""
    script: list[str] = []
    for entry in report.statements:
        if entry.statement.parent is not None or isinstance(entry.statement.operations[0], Begin | Commit):
            continue
        remedies = remedies_for(entry, report, case.rule)
        script += [piece for remedy in remedies for piece in pieces(remedy)]
        if not remedies or case.rule in COMES_BEFORE:
            script.append(entry.statement.sql.rstrip(";"))
    return script


def remedies_for(entry: StatementReport, report: Report, rule: str) -> list[str]:
    """Those of the statement itself, and of the statements inside of it."""
    own = entry.statement.index
    within = {own} | {e.statement.index for e in report.statements if e.statement.parent == own}
    found = (f.finding for f in report.findings if f.finding.code == rule)
    return [write(doable(f.remedy)) for f in found if f.remedy and f.ref and f.ref.statement in within]


def doable(remedy: Remedy) -> Remedy:
    """Up to the rows that somebody has to fill by hand: what comes afterwards relies on them."""
    needs_rows = (n for n, step in enumerate(remedy.steps) if is_by_hand(step) and step.slot is Slot.BACKGROUND)
    return Remedy(remedy.advice, remedy.steps[: next(needs_rows, len(remedy.steps))])


def is_by_hand(step: Step) -> bool:
    return not step.operations and step.batch is None


def pieces(remedy: str) -> Iterator[str]:
    """Its statements; those between BEGIN and COMMIT are one piece."""
    at = 0
    for block in _SPLIT_TRANSACTION.finditer(remedy):
        yield from split(remedy[at : block.start()])
        yield block[0]
        at = block.end()
    yield from split(remedy[at:])


def catalog(session: psycopg.Connection) -> list[tuple[object, ...]]:
    return session.execute(CATALOG).fetchall()


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_the_server_accepts_the_remedy(case: Case, postgres: Server, databases: Databases, tmp_path: Path) -> None:
    script = mended(case, report_on(case, tmp_path, target=postgres.major))
    assert script
    with databases.copied(databases.built(case.schema)) as copy, postgres.connect(copy) as session:
        for piece in script:
            run_script(session, piece)


OLDEST = 12
# What their migrations say exists only in later versions; of MS109 the oldest servers get words and no SQL.
LATER = re.compile(r"gen_random_uuid|NULLS NOT DISTINCT|DETACH PARTITION \S+ CONCURRENTLY")
FOR_OLDEST = [case for case in CASES if not LATER.search(case.migration) and case.rule != "MS109"]


@pytest.fixture(scope="module")
def oldest(server_of: Callable[[int], Server]) -> Iterator[Databases]:
    kept = Databases(server_of(OLDEST))
    yield kept
    kept.close()


@pytest.mark.other_servers
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in FOR_OLDEST])
def test_the_oldest_server_accepts_what_its_users_are_told(
    case: Case, server_of: Callable[[int], Server], oldest: Databases, tmp_path: Path
) -> None:
    script = mended(case, report_on(case, tmp_path, target=OLDEST))
    assert script
    with oldest.copied(oldest.built(case.schema)) as copy, server_of(OLDEST).connect(copy) as session:
        for piece in script:
            run_script(session, piece)


@pytest.mark.parametrize("case", SAFE)
def test_nothing_is_to_be_said_against_the_remedy(case: Case, postgres: Server, tmp_path: Path) -> None:
    script = mended(case, report_on(case, tmp_path, target=postgres.major))
    before = case.schema
    for piece in script:
        found = report_on(case, tmp_path, migration=piece, schema=before, transaction="none", target=postgres.major)
        for entry in found.findings:
            if case.rule not in COMES_BEFORE:
                assert entry.finding.code != case.rule, piece
                assert entry.finding.severity is not Severity.ERROR, piece
        before = f"{before}\n{piece};"


@pytest.mark.parametrize("case", ENDING_ALIKE)
def test_the_remedy_ends_where_the_migration_would_have_ended(
    case: Case, postgres: Server, databases: Databases, tmp_path: Path
) -> None:
    report = report_on(case, tmp_path, target=postgres.major)
    if not whole_statements_are_replaced(case, report):
        return
    built = databases.built(case.schema)
    with databases.copied(built) as copy, postgres.connect(copy) as session:
        run_script(session, case.migration)
        wanted = catalog(session)
    with databases.copied(built) as copy, postgres.connect(copy) as session:
        for piece in mended(case, report):
            run_script(session, piece)
        assert catalog(session) == wanted


def whole_statements_are_replaced(case: Case, report: Report) -> bool:
    """A remedy is for one clause; the other clauses of an ALTER TABLE are not in it."""
    counts = [(remedies_for(e, report, case.rule), len(e.statement.clauses)) for e in report.statements]
    return all(len(remedies) in (0, clauses) for remedies, clauses in counts)
