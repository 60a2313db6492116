"""Every effect says why, in one sentence with a source; and what is not known is assumed aloud, never a crash.

Looked at are all statements of fixtures/truth on all their versions: with their setups, and without them, when every
relation that they name is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from migsafe.effects.postgresql import predict
from migsafe.model.effects import Assumption, Effect, Refusal
from migsafe.model.locks import Blocked
from migsafe.model.migration import Statement
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from tests.effects.truth import schema_after, statements
from tools.observe.cases import FOLDER, Case, read_file
from tools.observe.recording import recordings

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))

# What is not as it should be: the start of a reason, and what is wrong with it.
OFFENDING_REASONS = {
    "The rewrite of ": "two sentences: why the index is built, and why the table is rewritten",
}
OFFENDING_SOURCES = {
    "the input function of the type": "names no file; it is utils/adt/, one for each type",
}
# Locks on relations that are not known and of which no assumption speaks, when nothing is known.
SILENT_ON_THE_UNKNOWN = {
    "column-defaults/nextval": "the sequence of nextval()",
    "column-defaults/nextval-regclass": "the sequence of nextval()",
    "column-defaults/nextval-missing-sequence": "the sequence of nextval()",
    "identity-and-sequences/nextval": "the sequence of nextval()",
    "identity-and-sequences/setval": "the sequence of setval()",
    "identity-and-sequences/setval-from-table": "the sequence of setval()",
    "indexes/attach-partition-to-plain-index-refused": "the index that is attached",
    "partitioned-tables/attach-index": "the index that is attached",
    "partitioned-tables/attach-index-of-another-column-refused": "the index that is attached",
    "partitioned-tables/attach-index-already-attached": "the index that is attached",
    "partitioned-tables/attach-missing-index": "the index that is attached",
}
# Refused when nothing is known, though servers accept it.
REFUSED_UNSEEN = {
    "identity-and-sequences/serial-to-identity": "the column that DROP DEFAULT names is then taken to be nullable",
    "indexes/set-statistics": "ALTER INDEX says that it is an index, but it is taken to be a table",
}

SENTENCE = re.compile(r"\w[^.]*(?:\.\S[^.]*)*\.")
SOURCE = re.compile(r"\w+\.[cy](?: / \w+\.c)*(?:, \w+(?: / \w+)*)?|release notes of PostgreSQL \d+|manual, .+")
PYTHON = re.compile(r"[<>{}\[\]]|\bNone\b|\b[A-Z][a-z]+[A-Z]\w*|\w\.\w+\(")


@cache
def predictions(case: Case) -> tuple[Effect | Refusal, ...]:
    """For all versions of the case."""
    schema = schema_after(case.setup).overlay()
    for earlier in statements(case.before):
        advance(schema, earlier, Origin("case"))
    return tuple(predict(_statement(case), schema, version) for version in _versions(case))


@cache
def blind_predictions(case: Case) -> Mapping[int, Effect | Refusal]:
    """When nothing ran before: the world is open."""
    return {version: predict(_statement(case), Schema(), version) for version in _versions(case)}


@cache
def _statement(case: Case) -> Statement:
    (statement,) = statements(case.statement)
    return statement


def _versions(case: Case) -> tuple[int, ...]:
    """None for a statement that is no SQL of the newest version."""
    return () if _statement(case).syntax_error is not None else case.versions


def reasons(effect: Effect) -> Iterator[str]:
    """Of everything that keeps others from their work, or takes long."""
    if effect.work or any(Blocked.WRITE in lock.mode.blocks for lock in effect.locks):
        yield effect.reason
    yield from (lock.reason for lock in effect.locks if lock.mode.blocks)
    yield from (work.reason for work in effect.work)


def sources(outcome: Effect | Refusal) -> Iterator[str]:
    if isinstance(outcome, Refusal):
        yield outcome.source
        return
    if outcome.work or any(Blocked.WRITE in lock.mode.blocks for lock in outcome.locks):
        yield outcome.source
    yield from (work.source for work in outcome.work)


def fault(reason: str, sql: str) -> str:
    """What is wrong with a reason; empty when nothing is."""
    if not SENTENCE.fullmatch(reason.replace(" ... ", " ").replace("(...)", "")):
        return "not one sentence with a full stop"
    if PYTHON.search(reason.replace("()", "")):
        return "looks like a program"
    known = {word.split("_")[0] for word in re.findall(r"\w+", sql)}
    foreign = [word for word in re.findall(r"\w+_\w+", reason) if word.split("_")[0] not in known]
    return f"names that the user never wrote: {foreign}" if foreign else ""


@pytest.mark.parametrize("topic", TOPICS)
def test_reasons_are_one_sentence_in_the_users_words(topic: str) -> None:
    faults: dict[str, str] = {}
    for case in read_file(FOLDER / f"{topic}.sql"):
        sql = f"{case.setup} {case.before} {case.statement}"
        for outcome in predictions(case):
            for reason in reasons(outcome) if isinstance(outcome, Effect) else ():
                found = fault(reason, sql)
                if found and not reason.startswith(tuple(OFFENDING_REASONS)):
                    faults[f"{case.name}: {reason}"] = found
    assert faults == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_sources_are_files_of_the_server_or_pages_of_its_manual(topic: str) -> None:
    faults = {
        f"{case.name}: {source!r}"
        for case in read_file(FOLDER / f"{topic}.sql")
        for outcome in predictions(case)
        for source in sources(outcome)
        if not SOURCE.fullmatch(source) and source not in OFFENDING_SOURCES
    }
    assert faults == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_unknown_is_assumed_aloud(topic: str) -> None:
    """Each relation that is locked though nothing is known about it stands in an assumption."""
    silent = {
        f"{topic}/{case.name}"
        for case in read_file(FOLDER / f"{topic}.sql")
        for outcome in blind_predictions(case).values()
        if isinstance(outcome, Effect) and not _says_all(outcome)
    }
    assert silent == {case for case in SILENT_ON_THE_UNKNOWN if case.startswith(f"{topic}/")}


def _says_all(effect: Effect) -> bool:
    return all(_speaks_of(str(lock.relation), effect.assumptions) for lock in effect.locks)


def _speaks_of(relation: str, assumptions: tuple[Assumption, ...]) -> bool:
    return any(f"{relation} " in f"{assumption.what} " for assumption in assumptions)


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_is_refused_because_it_is_unknown(topic: str) -> None:
    """What is refused without knowing the schema is refused by the servers, which know it."""
    wrong = set()
    for recording in recordings(read_file(FOLDER / f"{topic}.sql")):
        for version, outcome in blind_predictions(recording.case).items():
            if isinstance(outcome, Refusal) and recording.observations[version].error is None:
                wrong.add(f"{topic}/{recording.case.name}")
    assert wrong == {case for case in REFUSED_UNSEEN if case.startswith(f"{topic}/")}


def test_what_offends_is_still_there() -> None:
    """An entry of the lists that nothing needs any more goes out."""
    cases = [case for topic in TOPICS for case in read_file(FOLDER / f"{topic}.sql")]
    outcomes = [outcome for case in cases for outcome in predictions(case)]
    said = {reason for outcome in outcomes if isinstance(outcome, Effect) for reason in reasons(outcome)}
    cited = {source for outcome in outcomes for source in sources(outcome)}
    assert len(outcomes) > 13_000
    assert all(any(r.startswith(start) and fault(r, r) for r in said) for start in OFFENDING_REASONS)
    assert set(OFFENDING_SOURCES) <= cited


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "No full stop",
        "Two of them. Here.",
        "The handler AddColumn says so.",
        "Because lock_level is high.",
        "The default is None.",
    ],
)
def test_the_faults_that_are_looked_for(reason: str) -> None:
    assert fault(reason, "ALTER TABLE users ADD COLUMN age integer") != ""
