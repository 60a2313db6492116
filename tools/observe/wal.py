"""Read from the write-ahead log which ACCESS EXCLUSIVE locks were taken, however briefly.

A standby has to take these locks too, so with wal_level = replica the server logs every one of them when it is
granted (LogAccessExclusiveLock in storage/ipc/standby.c). The layout of pages and records (access/xlog_internal.h,
access/xlogrecord.h) is the same from PostgreSQL 12 to 18.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from tools.observe.servers import Server

PAGE_BYTES = 8192
PAGE_HEADER_BYTES = 24
SEGMENT_HEADER_BYTES = 40
RECORD_HEADER = struct.Struct("<IIQBBxxI")  # length, xid, previous, info, resource manager, checksum
STANDBY = 8  # access/rmgrlist.h
STANDBY_LOCK = 0x00  # storage/standbydefs.h
SHORT_DATA = 255  # access/xlogrecord.h
LOCK = struct.Struct("<III")  # transaction, database, relation


def insert_position(session: psycopg.Connection) -> int:
    """Where the next record will start."""
    return _number(session, "SELECT pg_current_wal_insert_lsn() - '0/0'")


def flushed_position(session: psycopg.Connection) -> int:
    """How far the files reach, perhaps into a record of another session; all that is done by now is in them."""
    session.execute("SET synchronous_commit = on")
    # A transaction that logged something of its own flushes the log when it commits.
    session.execute("SELECT pg_logical_emit_message(true, 'migsafe', '')")
    return _number(session, "SELECT pg_current_wal_flush_lsn() - '0/0'")


def _number(session: psycopg.Connection, query: LiteralString) -> int:
    row = session.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True)
class LoggedLock:
    transaction: int
    database: int
    relation: int


def access_exclusive_locks(server: Server, start: int, end: int) -> Iterator[LoggedLock]:
    """The locks of all sessions that the log holds, from the start of a record to a position in the files."""
    payload = _payload(server.directory / "data" / "pg_wal", server.wal_segment_bytes, start, end)
    offset = 0
    while offset + RECORD_HEADER.size <= len(payload):
        length, _, _, info, manager, _ = RECORD_HEADER.unpack_from(payload, offset)
        if length < RECORD_HEADER.size:
            raise ValueError("the write-ahead log does not have the layout that was expected")
        if offset + length > len(payload):
            return
        if manager == STANDBY and info & 0xF0 == STANDBY_LOCK:
            yield from _locks(payload[offset + RECORD_HEADER.size : offset + length])
        offset += (length + 7) & ~7


def _locks(data: bytes) -> Iterator[LoggedLock]:
    # One byte tells whether the length has one byte or four; then four bytes count the locks.
    head = 2 if data[0] == SHORT_DATA else 5
    for numbers in LOCK.iter_unpack(data[head + 4 :]):
        yield LoggedLock(*numbers)


def _payload(folder: Path, segment_bytes: int, start: int, end: int) -> bytes:
    """The bytes of the records alone, without page headers."""
    parts = []
    for page in range(start - start % PAGE_BYTES, end, PAGE_BYTES):
        header = SEGMENT_HEADER_BYTES if page % segment_bytes == 0 else PAGE_HEADER_BYTES
        first = max(start, page + header)
        last = min(end, page + PAGE_BYTES)
        with (folder / _segment_name(page // segment_bytes, segment_bytes)).open("rb") as segment:
            segment.seek(first % segment_bytes)
            parts.append(segment.read(max(0, last - first)))
    return b"".join(parts)


def _segment_name(number: int, segment_bytes: int) -> str:
    high, low = divmod(number, (1 << 32) // segment_bytes)
    return f"00000001{high:08X}{low:08X}"
