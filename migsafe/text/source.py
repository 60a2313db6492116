"""A file's text: decoded once, with the way back from an offset to a line, a column and a byte."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from typing import NamedTuple, final

from migsafe.model.text import Position, Span
from migsafe.text.patterns import late

BYTE_ORDER_MARK = "\ufeff"

_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LINE_END = re.compile(r"\r\n?|\n")
_FLAWED = late(r"\0+|[\ud800-\udfff]+")
_BLOCK = 4096  # code points between two remembered byte offsets


class FlawKind(Enum):
    """Why a character cannot be part of any SQL that a server accepts."""

    NUL = "nul"
    UNDECODABLE = "undecodable"


class Flaw(NamedTuple):
    """A run of characters that no server would accept."""

    kind: FlawKind
    span: Span


@final
class SourceText:
    """The text of one file, in Unicode code points, and where each of them is for people and for tools.

    Line ends are LF, CRLF and CR. A byte order mark is kept as the first character, so that offsets lead back to
    the file's bytes, but it takes no column.
    """

    def __init__(self, text: str, path: str, bytes_that_do_not_decode: str = "surrogatepass") -> None:
        self.text = text
        self.path = path
        self._errors = bytes_that_do_not_decode

    @classmethod
    def decode(cls, data: bytes, path: str) -> SourceText:
        """UTF-8, or UTF-16 if the byte order mark says so. Never fails: see `flaws`."""
        encoding = _UTF16_MARKS.get(data[:2])
        if encoding:
            return cls(_decode_utf16(data, encoding), path)
        return cls(data.decode("utf-8", "surrogateescape"), path, "surrogateescape")

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """The NULs and the bytes that are no text, in order. Each has to be reported."""
        if self.text.isascii() and "\0" not in self.text:
            return ()
        return tuple(_flaws_in(self.text))

    @property
    def start(self) -> int:
        """The offset of the first character after a byte order mark."""
        return int(self.text.startswith(BYTE_ORDER_MARK))

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def line_text(self, line: int) -> str:
        """The characters of a line (from 1), without its line end and without a byte order mark."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < self.line_count else len(self.text)
        return self.text[max(start, self.start) : end].rstrip("\r\n")

    def position(self, offset: int) -> Position:
        """Where a code point is. An offset beyond the end means the end."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._line_starts, offset)
        first = self._line_starts[line - 1]
        if line == 1:
            first = self.start
        return Position(line, max(offset - first, 0) + 1, self._byte_offset(offset))

    @cached_property
    def _line_starts(self) -> array[int]:
        return array("q", [0, *(end.end() for end in _LINE_END.finditer(self.text))])

    def _byte_offset(self, offset: int) -> int:
        if self._is_ascii:
            return offset
        block = offset // _BLOCK
        return self._block_offsets[block] + self._width(block * _BLOCK, offset)

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()

    @cached_property
    def _block_offsets(self) -> array[int]:
        """Bytes before every 4,096th code point, so that one position never costs more than one block."""
        offsets = array("q", [0])
        for start in range(0, len(self.text), _BLOCK):
            offsets.append(offsets[-1] + self._width(start, start + _BLOCK))
        return offsets

    def _width(self, start: int, end: int) -> int:
        return len(self.text[start:end].encode("utf-8", self._errors))


def _decode_utf16(data: bytes, encoding: str) -> str:
    whole = len(data) // 2 * 2
    half = data[whole:]  # an odd last byte is half a character: kept as an unpaired surrogate
    return data[:whole].decode(encoding, "surrogatepass") + "".join(chr(0xDC00 + b) for b in half)


def _flaws_in(text: str) -> Iterator[Flaw]:
    for found in _FLAWED.finditer(text):
        kind = FlawKind.NUL if found[0][0] == "\0" else FlawKind.UNDECODABLE
        yield Flaw(kind, Span(found.start(), found.end()))
