"""What may be kept between two runs, in the user's cache directory and never in the project, where a pull request
could carry it. Data only: a text under a key, which says everything that the text depends on.

A file that is damaged, or that nobody may read or write, counts as not there: a cache saves time, nothing else.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 256_000_000
"""What all files together may take; those that were not used for the longest time go first."""
_DIGEST: Final = 16


class Cache:
    """Texts by their keys. `folder` None keeps nothing. No method raises for what the file system does."""

    def __init__(self, folder: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @property
    def keeps(self) -> bool:
        return self._folder is not None

    def get(self, key: str) -> str | None:
        """The text that was put under the key, if it is still there and whole."""
        if self._folder is None:
            return None
        path = self._folder / key
        try:
            data = path.read_bytes()
            os.utime(path)  # in use: the last to be removed
        except OSError:
            return None
        return _unpacked(data)

    def put(self, key: str, text: str) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_at_once(self._folder / key, _packed(text))
            self._make_room()
        except OSError:
            return

    def _make_room(self) -> None:
        assert self._folder is not None
        with os.scandir(self._folder) as entries:
            files = [(entry.stat().st_mtime_ns, entry.path, entry.stat().st_size) for entry in entries]
        total = sum(size for _, _, size in files)
        for _, path, size in sorted(files):
            if total <= self._max_bytes:
                return
            os.unlink(path)  # noqa: PTH108  # a string from scandir
            total -= size


NO_CACHE: Final = Cache(None)


def _packed(text: str) -> bytes:
    data = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
    return blake2b(data, digest_size=_DIGEST).digest() + data


def _unpacked(stored: bytes) -> str | None:
    digest, data = stored[:_DIGEST], stored[_DIGEST:]
    if blake2b(data, digest_size=_DIGEST).digest() != digest:
        return None
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


def _write_at_once(path: Path, data: bytes) -> None:
    """Another run sees the whole file or none."""
    import tempfile  # with what it needs, 3 ms that most runs, which write nothing, do not spend

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(name, path)  # noqa: PTH105  # a string from mkstemp


def user_cache(environment: Mapping[str, str], platform: str = sys.platform) -> Cache:
    """The cache of the user who runs this; one that keeps nothing when no home directory is known."""
    return Cache(cache_folder(environment, platform))


def cache_folder(environment: Mapping[str, str], platform: str) -> Path | None:
    """Where each system wants such files (XDG Base Directory Specification; Apple's and Microsoft's guidelines)."""
    if platform == "win32":
        return _below(environment.get("LOCALAPPDATA"), "migsafe", "Cache")
    if platform == "darwin":
        return _below(environment.get("HOME"), "Library", "Caches", "migsafe")
    given = _below(environment.get("XDG_CACHE_HOME"), "migsafe")
    return given or _below(environment.get("HOME"), ".cache", "migsafe")


def _below(folder: str | None, *parts: str) -> Path | None:
    """None for a missing or relative folder, which the specification tells to ignore."""
    return Path(folder, *parts) if folder and Path(folder).is_absolute() else None


def code_state(folder: Path, names: Iterable[str]) -> bytes:
    """Stands for the code in some folders below `folder`: other code, another result from the same input."""
    digest = blake2b(digest_size=_DIGEST)
    for name in names:
        for path, size, changed in sorted(_sources(os.path.join(folder, name))):  # noqa: PTH118  # pathlib is 4 times slower
            digest.update(f"{path[len(str(folder)) :]} {size} {changed}\n".encode())
    return digest.digest()


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    """Every module below: its path, size and time."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                state = entry.stat()
                yield entry.path, state.st_size, state.st_mtime_ns
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _sources(entry.path)
