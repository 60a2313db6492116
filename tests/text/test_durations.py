"""Lengths of time, as settings write them and as people read them."""

from __future__ import annotations

import pytest

from migsafe.text.durations import in_words, in_words_range, seconds


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0.0, "less than 1 ms"),
        (0.0022, "2.2 ms"),
        (0.04, "40 ms"),
        (0.0999, "0.1 s"),
        (0.2353, "0.24 s"),
        (1.23, "1.2 s"),
        (9.96, "10 s"),
        (38.4, "38 s"),
        (70, "70 s"),
        (99.6, "1.7 min"),
        (120, "2 min"),
        (600, "10 min"),
        (4200, "1 h 10 min"),
        (7200, "2 h"),
        (43_200, "12 h"),
        (1_000_000, "12 days"),
    ],
)
def test_two_significant_digits(length: float, words: str) -> None:
    assert in_words(length) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (21, 70, "21 to 70 s"),
        (0.05, 1.2, "50 ms to 1.2 s"),
        (0, 5, "up to 5 s"),
        (3, 3.02, "3 s"),
        (3000, 4200, "50 min to 1 h 10 min"),
        (0, 0, "less than 1 ms"),
    ],
)
def test_ranges(low: float, high: float, words: str) -> None:
    assert in_words_range(low, high) == words


@pytest.mark.parametrize(("text", "length"), [("500ms", 0.5), ("2 min", 120.0), ("30d", 2_592_000.0), ("soon", None)])
def test_lengths_are_read(text: str, length: float | None) -> None:
    assert seconds(text) == length
