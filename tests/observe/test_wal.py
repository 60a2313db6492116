"""The log is laid out here by the rules of xlogrecord.h; what servers write is read in test_observe."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tools.observe.servers import Server
from tools.observe.wal import PAGE_BYTES, RECORD_HEADER, LoggedLock, access_exclusive_locks

SEGMENT_BYTES = 1 << 20
FIRST_RECORD = SEGMENT_BYTES + 40
HEAP = 10


def record(manager: int, data: bytes) -> bytes:
    head = struct.pack("<BB", 255, len(data)) if len(data) < 256 else struct.pack("<BI", 254, len(data))
    body = head + data
    whole = RECORD_HEADER.pack(RECORD_HEADER.size + len(body), 7, 0, 0, manager, 0) + body
    return whole.ljust((len(whole) + 7) & ~7, b"\0")


def locks(*relations: int) -> bytes:
    return record(8, struct.pack("<I", len(relations)) + b"".join(struct.pack("<III", 7, 5, r) for r in relations))


def log_of(directory: Path, records: bytes) -> tuple[Server, int]:
    """A server directory with these records from the start of segment 1, and where they end."""
    folder = directory / "data" / "pg_wal"
    folder.mkdir(parents=True)
    pages = [bytes(40) + records[: PAGE_BYTES - 40]]
    rest = records[PAGE_BYTES - 40 :]
    while rest:
        pages.append(bytes(24) + rest[: PAGE_BYTES - 24])
        rest = rest[PAGE_BYTES - 24 :]
    (folder / "000000010000000000000001").write_bytes(b"".join(pages))
    return Server(18, directory), SEGMENT_BYTES + sum(map(len, pages))


def relations(server: Server, end: int) -> list[int]:
    return [lock.relation for lock in access_exclusive_locks(server, FIRST_RECORD, end)]


def test_locks_among_other_records(tmp_path: Path) -> None:
    server, end = log_of(tmp_path, record(HEAP, b"row") + locks(100) + record(HEAP, b"r" * 300) + locks(200, 300))
    assert next(access_exclusive_locks(server, FIRST_RECORD, end)) == LoggedLock(7, 5, 100)
    assert relations(server, end) == [100, 200, 300]


def test_a_record_may_cross_pages(tmp_path: Path) -> None:
    many = list(range(1000, 3000))
    server, end = log_of(tmp_path, record(HEAP, b"r" * 250) + locks(*many) + locks(1))
    assert relations(server, end) == [*many, 1]


def test_a_record_that_is_not_all_in_the_files_is_left_out(tmp_path: Path) -> None:
    server, end = log_of(tmp_path, locks(1) + locks(2))
    assert relations(server, end - 8) == [1]


def test_another_layout_is_not_read_as_no_locks(tmp_path: Path) -> None:
    server, end = log_of(tmp_path, bytes(64))
    with pytest.raises(ValueError, match="layout"):
        relations(server, end)
