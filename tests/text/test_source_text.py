"""Decoding a file, and the way back from its characters to lines, columns and bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.model.text import Position, Span
from migsafe.text.source import Flaw, FlawKind, SourceText


def test_lines_and_columns_start_at_one_and_offsets_at_zero() -> None:
    source = SourceText.decode(b"BEGIN;\nDROP TABLE a;\n", "1.sql")
    assert source.position(0) == Position(1, 1, 0)
    assert source.position(7) == Position(2, 1, 7)
    assert source.position(12) == Position(2, 6, 12)


def test_columns_count_code_points_and_offsets_count_bytes() -> None:
    source = SourceText.decode("-- Größe 😀\nDROP TABLE größe, b;".encode(), "1.sql")
    assert source.position(source.text.index("b;")) == Position(2, 19, 36)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_once(line_end: str) -> None:
    source = SourceText.decode(f"a;{line_end}b;{line_end}{line_end}c;".encode(), "1.sql")
    assert [source.position(source.text.index(name)).line for name in "abc"] == [1, 2, 4]
    assert [source.line_text(line) for line in range(1, source.line_count + 1)] == ["a;", "b;", "", "c;"]


def test_a_byte_order_mark_takes_bytes_but_no_column() -> None:
    source = SourceText.decode(b"\xef\xbb\xbfDROP TABLE a;", "1.sql")
    assert source.position(source.start) == Position(1, 1, 3)
    assert source.line_text(1) == "DROP TABLE a;"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_its_mark_is_read_as_text(encoding: str) -> None:
    source = SourceText.decode("\ufeffDROP TABLE größe;".encode(encoding), "1.sql")
    assert source.text == "\ufeffDROP TABLE größe;"
    assert source.flaws == ()


def test_half_a_character_of_utf16_is_kept_and_told() -> None:
    source = SourceText.decode("\ufeffa;".encode("utf-16-le") + b"\x41", "1.sql")
    assert source.flaws == (Flaw(FlawKind.UNDECODABLE, Span(3, 4)),)
    assert source.position(4).line == 1


def test_what_no_server_accepts_is_told_with_its_place() -> None:
    source = SourceText.decode(b"SELECT 'caf\xe9'; \x00\x00 SELECT 1;", "1.sql")
    assert source.flaws == (
        Flaw(FlawKind.UNDECODABLE, Span(11, 12)),
        Flaw(FlawKind.NUL, Span(15, 17)),
    )


def test_an_undecodable_byte_is_one_character_of_one_byte() -> None:
    source = SourceText.decode(b"caf\xe9 x", "1.sql")
    assert source.position(5) == Position(1, 6, 5)


def test_an_offset_behind_the_end_means_the_end() -> None:
    assert SourceText.decode(b"a\n", "1.sql").position(99) == Position(2, 1, 2)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_offsets_lead_back_to_the_bytes_of_the_file(data: bytes) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    source = SourceText.decode(data, "1.sql")
    offsets = [source.position(at).offset for at in range(len(source.text) + 1)]
    pieces = [data[start:end].decode("utf-8", "surrogateescape") for start, end in pairwise(offsets)]
    assert "".join(pieces) == source.text
    assert offsets[-1] == len(data)


@settings(deadline=None)
@given(st.text(alphabet="aé😀\r\n", max_size=12_000), st.data())
def test_positions_agree_with_counting(text: str, data: st.DataObject) -> None:
    source = SourceText.decode(text.encode(), "1.sql")
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset]
    if before.endswith("\r") and text[offset : offset + 1] == "\n":
        return  # inside of one line end
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert source.position(offset) == Position(len(lines), len(lines[-1]) + 1, len(before.encode()))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_decoding_never_fails(data: bytes) -> None:
    source = SourceText.decode(data, "1.sql")
    assert all(source.slice(flaw.span) for flaw in source.flaws)
