"""Conditions by their words."""

from __future__ import annotations

import pytest

from migsafe.text.conditions import excludes, is_of_settings, is_stable, negated


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ("a", "not a", True),
        ("not (a or b)", "a or b", True),
        ("IF a", "ELSE of IF a", True),
        ("a", "a", False),
        ("a", "b", False),
    ],
)
def test_a_condition_excludes_its_opposite(one: str, other: str, excluded: bool) -> None:
    assert excludes(("first", one), (other,)) is excluded
    assert excludes((other,), (one,)) is excluded


@pytest.mark.parametrize("words", ["settings.X", "a or b"])
def test_the_opposite_of_the_opposite_is_the_condition(words: str) -> None:
    assert negated(words) != words
    assert negated(negated(words)) == words


@pytest.mark.parametrize(
    ("words", "stable"),
    [
        ("settings.HEAVY and not (a or b)", True),
        ('getattr(settings, "HEAVY", False)', True),
        ("IF EXISTS (SELECT FROM pg_class)", True),
        ('has_table("orders")', False),
        ("cursor.fetchone()[0]", False),
    ],
)
def test_a_condition_that_calls_something_may_be_another_when_asked_again(words: str, stable: bool) -> None:
    assert is_stable(words) is stable


@pytest.mark.parametrize(
    ("words", "of_settings"),
    [
        ("not settings.HEAVY", True),
        ("not (settings.TESTING or settings.HEAVY)", True),
        ('not (not getattr(settings, "PARTITIONED", False))', True),
        ('os.environ.get("HEAVY") == "1"', True),
        ("django.VERSION < (5, 0)", True),
        ("IS_SQLITE", True),
        (r"\if :big", True),
        ("{% if big %}", True),
        ("existing", False),
        ("settings.HEAVY and not index_names", False),
        ('"orders" in connection.introspection.table_names()', False),
        ("IF NOT EXISTS (SELECT FROM pg_class)", False),
        ("there is no such row", False),
    ],
)
def test_only_settings_and_constants_do_not_ask_what_is_there(words: str, of_settings: bool) -> None:
    assert is_of_settings(words) is of_settings
