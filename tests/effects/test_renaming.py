"""Predictions read the schema, never the words: with every name of the user's replaced, they are the same.

Each run of letters in an identifier is rotated by 13 letters: `users_email_idx` becomes `hfref_rznvy_idx`. What the
server knows by itself keeps its name (`KEPT`), and so do the words that it puts into the names that it generates; so
a generated name is rotated with the names that it is made of, and its length, which decides where it is cut, is the
same.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from pglast import keywords

from migsafe.effects.postgresql import facts, predict
from migsafe.model.effects import Effect, Refusal, Work
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.text.lexer import Lexer, TokenKind
from tests.effects.truth import schema_after, statements
from tools.observe.cases import FOLDER, Case, read_file, read_folder

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))
LEXER = Lexer()
WORDS = re.compile(r"[^\W\d]\w*")
LETTERS = re.compile(r"[A-Za-z]+")
ESCAPED = re.compile(r"\\([0-9a-fA-F]{4})")

# Words that have a meaning to the server without being its keywords, functions or types. First those of generated
# names, last what is left of a word where a long name is cut.
_SERVER_WORDS = """
    idx key pkey fkey seq excl expr
    public information_schema postgres app reporting other_space ctid excluded
    c posix utc gmt etc europe berlin london epoch hex x00
    serial bigserial smallserial list modulus remainder usage loop exception duplicate_object tg_op
    plpgsql bloom pglz toast heap_tableam_handler suppress_redundant_updates_trigger ddl_command_end
    leftarg rightarg sfunc stype initcond subtype dbname connect publish ndistinct dependencies mcv
    lock_timeout work_mem n_distinct index_cleanup fillfactor pages_per_range parallel_workers toast_tuple_target
    security_barrier autovacuum_enabled autovacuum_vacuum_scale_factor
    serve
"""


def _kept() -> frozenset[str]:
    """Keywords, everything in the files of facts, and the words above."""
    grammar = ("RESERVED_KEYWORDS", "TYPE_FUNC_NAME_KEYWORDS", "COL_NAME_KEYWORDS", "UNRESERVED_KEYWORDS")
    words = {word.lower() for group in grammar for word in getattr(keywords, group)}
    for file in Path(facts.__file__).parent.glob("*.txt"):
        words |= set(re.findall(r"[a-z_][a-z0-9_]*", file.read_text(encoding="utf-8")))
    return frozenset(words | set(_SERVER_WORDS.split()))


KEPT = _kept()


@cache
def renamed(word: str) -> str:
    """The word with its letters rotated; doing it twice gives the word again."""
    other = LETTERS.sub(lambda run: _rotated(run[0]), word)
    known = word.lower().startswith("pg_") or {word.lower(), other.lower()} & KEPT
    return word if known else other


def _rotated(letters: str) -> str:
    other = codecs.encode(letters, "rot13")
    return letters if letters.lower() in KEPT or other.lower() in KEPT else other


def renamed_sql(sql: str) -> str:
    parts: list[str] = []
    end = 0
    for token in LEXER.tokens(sql):
        parts += sql[end : token.start], _renamed_token(token.kind, sql[token.start : token.end])
        end = token.end
    return "".join([*parts, sql[end:]])


def _renamed_token(kind: TokenKind, text: str) -> str:
    if kind is TokenKind.WORD:
        return renamed(text)
    if kind is TokenKind.QUOTED_WORD:
        plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text.removeprefix("U&"))
        return f'"{renamed(plain[1:-1])}"'
    if kind is TokenKind.DOLLAR_STRING:
        quote = text[: text.index("$", 1) + 1]
        return quote + renamed_sql(text[len(quote) : -len(quote)]) + quote
    if kind is TokenKind.STRING and text.startswith("'"):
        return f"'{renamed_sql(text[1:-1])}'"
    return text


Outcome = tuple[object, ...]


def outcome(texts: Sequence[str], version: int, names: Callable[[str], str]) -> Outcome:
    """What is predicted for setup, earlier statements and statement, with `names` applied to every name in it."""
    setup, before, statement = texts
    schema = schema_after(setup).overlay()
    for earlier in statements(before):
        advance(schema, earlier, Origin("case"))
    (parsed,) = statements(statement)
    if parsed.syntax_error is not None:
        return ("syntax error",)
    predicted = predict(parsed, schema, version)
    if isinstance(predicted, Refusal):
        return ("refused", predicted.sqlstate, predicted.source, _either(predicted.message))
    return _facts(predicted, names)


def _facts(effect: Effect, names: Callable[[str], str]) -> Outcome:
    locks = {(names(str(lock.relation)), lock.kind, lock.mode, lock.clause) for lock in effect.locks}
    return (
        frozenset(locks),
        frozenset(_fact(work, names) for work in effect.work),
        effect.transactional,
        effect.waits_for_snapshots,
        frozenset((_either(assumption.what), assumption.settled_by) for assumption in effect.assumptions),
    )


def _fact(work: Work, names: Callable[[str], str]) -> Outcome:
    return (work.kind, names(str(work.relation)), names(str(work.table)), work.clause, work.change, work.source)


def _renamed_text(text: str) -> str:
    """A name as the report writes it, with its schema and in quotes where it needs them."""
    return WORDS.sub(lambda word: renamed(word[0]), text)


def _either(sentence: str) -> str:
    """The same for a sentence with names and for the one with rotated names: both hold words that are no names."""
    return WORDS.sub(lambda word: min(word[0], renamed(word[0])), sentence)


@pytest.mark.parametrize("topic", TOPICS)
def test_predictions_do_not_depend_on_names(topic: str) -> None:
    differing: dict[str, list[int]] = {}
    for case in read_file(FOLDER / f"{topic}.sql"):
        texts = (case.setup, case.before, case.statement)
        others = [renamed_sql(text) for text in texts]
        for version in case.versions:
            if outcome(others, version, _renamed_text) != outcome(texts, version, str):
                differing.setdefault(case.name, []).append(version)
    assert differing == {}


def test_nearly_every_statement_is_another_one() -> None:
    """The few others name nothing of the user's (ANALYZE), or only what is kept (SCHEMA public, ROLE app)."""
    cases = list(read_folder())
    same = [case.name for case in cases if renamed_sql(case.statement) == case.statement]
    assert len(cases) > 1900
    assert len(same) < 0.04 * len(cases), same


def test_nearly_every_relation_has_another_name() -> None:
    """A prediction that looks for a name would not find it."""
    relations = [name for case in read_folder() for name in _relations(case)]
    same = {name for name in relations if _renamed_text(name) == name}
    assert len(relations) > 3000
    assert sum(name in same for name in relations) < 0.02 * len(relations), same


def _relations(case: Case) -> list[str]:
    schema = schema_after(case.setup).overlay()
    (statement,) = statements(case.statement)
    predicted = None if statement.syntax_error else predict(statement, schema, 17)
    return [str(lock.relation) for lock in predicted.locks] if isinstance(predicted, Effect) else []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE users ADD COLUMN age bigint", "ALTER TABLE hfref ADD COLUMN age bigint"),
        ("DROP INDEX users_email_idx1", "DROP INDEX hfref_rznvy_idx1"),
        ('TRUNCATE "Users", U&"\\0075sers"', 'TRUNCATE "Hfref", "hfref"'),
        ("SELECT nextval('tickets'::regclass)", "SELECT nextval('gvpxrgf'::regclass)"),
        ("DO $x$ BEGIN DELETE FROM users; END $x$", "DO $x$ BEGIN DELETE FROM hfref; END $x$"),
    ],
)
def test_names_are_replaced_and_the_servers_words_are_not(sql: str, expected: str) -> None:
    assert renamed_sql(sql) == expected
