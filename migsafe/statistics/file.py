"""`migsafe-stats.json`: a snapshot as a file that people keep under version control.

The format is documented in `docs/snapshot.md` and `docs/snapshot.schema.json`. Reading it connects to nothing and
trusts nothing: a file of another form is a SetupError that says what is wrong with it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final, cast

from migsafe.errors import SetupError
from migsafe.model.statistics import Statistics
from migsafe.statistics.catalog import Catalog
from migsafe.statistics.codec import DamagedError, Plain, decode, encode, plain, reader_of
from migsafe.statistics.merge import merge
from migsafe.statistics.snapshot import SNAPSHOT_VERSION, Snapshot
from migsafe.statistics.tidy import settled, tidy

FILE_NAME: Final = "migsafe-stats.json"
MAX_BYTES: Final = 500_000_000
_AGAIN: Final = "write it anew with 'migsafe snapshot'"
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)
_RECORDS: Final = 4  # from this depth on, a record of plain values stands on one line
_DEPTH: Final = 5  # from this depth on, everything does


def load(paths: Iterable[Path | str]) -> Snapshot:
    """The snapshot in the files, merged when there are several. Raises SetupError for a file that is none."""
    return merge([_loaded(Path(path)) for path in paths])


def _loaded(path: Path) -> Snapshot:
    text = _text_of(path)
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    return read(text, str(path)).replace(files=(str(path),), digest=digest)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SetupError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB", _AGAIN)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"cannot read {path}: {error.strerror}", "name a file that 'migsafe snapshot' wrote"
        ) from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{path} is no snapshot: it is not UTF-8", _AGAIN) from error


def read(text: str, where: str) -> Snapshot:
    """The snapshot in a text. `where` names it in the SetupError that is raised for anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else f"{error}"
        raise SetupError(f"{where} is no snapshot: {reason}", _AGAIN) from None
    version = document.get("snapshot_version") if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        raise SetupError(f"{where} is no snapshot: it has no 'snapshot_version'", _AGAIN)
    if version > SNAPSHOT_VERSION:
        raise SetupError(f"{where} has the snapshot version {version}, newer than this migsafe knows", "update migsafe")
    try:
        return _snapshot(document)
    except DamagedError as error:
        raise SetupError(f"{where} is damaged: {error}", _AGAIN) from None


def _snapshot(document: dict[str, Plain]) -> Snapshot:
    schema = document.get("schema")
    databases = reader_of("tuple[str, ...]")(document.get("databases", []))
    return Snapshot(
        databases=cast("tuple[str, ...]", databases),
        statistics=decode(Statistics, {key: value for key, value in document.items() if key in Statistics.fields}),
        catalog=None if schema is None else decode(Catalog, schema),
    )


def written(snapshot: Snapshot, earlier: Snapshot | None = None) -> str:
    """The text of the file. With an `earlier` snapshot of the same, figures that hardly changed stay as they were."""
    statistics = tidy(snapshot.statistics)
    if earlier is not None:
        statistics = settled(earlier.statistics, statistics)
    document: dict[str, Plain] = {"snapshot_version": SNAPSHOT_VERSION, "databases": plain(snapshot.databases)}
    document |= encode(statistics)
    if snapshot.catalog is not None:
        document["schema"] = cast("Plain", encode(snapshot.catalog))
    out: list[str] = []
    _write(document, 0, out)
    return "".join((*out, "\n"))


def _write(value: Plain, depth: int, out: list[str]) -> None:
    """Objects and lists down to a record's parts on lines of their own, what is deeper on one line."""
    if not isinstance(value, dict | list) or _on_one_line(value, depth):
        out.append(_ENCODER.encode(value))
        return
    margin = "\n" + " " * (depth + 1)
    between, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in items:
        out.append(between + margin if key is None else f"{between}{margin}{_ENCODER.encode(key)}: ")
        _write(item, depth + 1, out)
        between = ","
    out.append("\n" + " " * depth + closing)


def _on_one_line(value: dict[str, Plain] | list[Plain], depth: int) -> bool:
    """Whether a value stands on one line: a list of plain values, and the record of a column, index or constraint."""
    if not value or depth >= _DEPTH:
        return True
    items = value.values() if isinstance(value, dict) else value
    return (depth >= _RECORDS or isinstance(value, list)) and not any(isinstance(item, dict | list) for item in items)


def existing(path: Path) -> Snapshot | None:
    """The snapshot that the file holds already. Raises SetupError when it holds something else."""
    return _loaded(path) if path.exists() else None


def save(path: Path, snapshot: Snapshot, earlier: Snapshot | None = None) -> None:
    """Write the file, or bring the `earlier` one up to date. Another reader sees the old file or the new one, never
    half of it. Raises SetupError when it cannot be written.
    """
    text = written(snapshot, earlier)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)  # noqa: PTH105  # a string from mkstemp
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}", "choose another file with --output") from error
