"""Settings: flag > `MIGSAFE_*` variable > configuration file > default, each with its origin.

The file is the nearest `migsafe.toml`, `.migsafe.toml` or `pyproject.toml` with a `[tool.migsafe]` table,
looked for from the working directory upwards to the root of the repository; files are not merged. One table,
`SETTINGS`, says what there is: the loader, `--show-settings` and the JSON schema of the configuration use it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import TypeGuard

from migsafe.errors import SetupError, did_you_mean
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record
from migsafe.text.durations import seconds
from migsafe.text.identifiers import qualified

OLDEST_MAINTAINED = 15
"""PostgreSQL 14 had its last release in November 2026 (postgresql.org, "Versioning Policy")."""
NEWEST_KNOWN = 18
OLDEST_KNOWN = 12
FILE_NAMES = ("migsafe.toml", ".migsafe.toml", "pyproject.toml")

Value = (
    str | bool | int | float | tuple[str, ...] | tuple[int, ...] | tuple["Folder", ...] | tuple["TableSize", ...] | None
)
Raw = object  # what a TOML file holds before it is checked


class Folder(KeywordRecord):
    """A migration folder that the configuration describes: `[[tool.migsafe.folders]]`."""

    path: str
    convention: str | None = None
    dialect: str | None = None
    transaction: str | None = None
    start_after: str | None = None


class TableSize(KeywordRecord):
    """What the configuration says of one table by hand: `[tool.migsafe.tables."public.orders"]`. Rates are per second,
    `bytes` those of the rows without indexes."""

    name: Name
    rows: float | None = None
    bytes: float | None = None
    reads_per_second: float | None = None
    writes_per_second: float | None = None


class Settings(KeywordRecord):
    """All settings of a run, checked. Lengths of time are in seconds."""

    dialect: str = "postgresql"
    target_version: tuple[int, ...] = (OLDEST_MAINTAINED,)
    migrations: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
    exclude: tuple[str, ...] = ()
    schema: str | None = None
    transaction: str | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    per_file_severity: tuple[tuple[str, str], ...] = ()
    baseline: str | None = None
    start_after: tuple[str, ...] = ()
    session_lock_timeout: bool | float = False  # seconds; True: set, to a value that nobody said
    session_statement_timeout: bool | float = False
    stats: tuple[str, ...] = ()
    database_url_env: str | None = None
    stats_max_age: float = 30 * 86400.0
    tables: tuple[TableSize, ...] = ()
    small_tables: tuple[str, ...] = ()
    busy_tables: tuple[str, ...] = ()
    growth: float = 3.0
    max_blocking: float = 1.0
    pool_size: int = 20
    calibration: str | None = None
    fail_on: str = "error"
    output_format: tuple[str, ...] = ("text",)
    jobs: int = 0
    cache: bool = True


class Setting(Record):
    """One setting: its kind of value, what it may be, and one sentence for the reference."""

    key: str
    kind: str  # one of the keys of _CHECKS
    help: str
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return self.key.replace("-", "_")

    @property
    def variable(self) -> str:
        return "MIGSAFE_" + self.field.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("dialect", "string", "The database that the migrations are for.", ("postgresql",)),
    Setting("target-version", "versions", "Major version of the server; several are judged by the worst."),
    Setting("migrations", "strings", "Folders or files to check when none are named on the command line."),
    Setting("folders", "folders", "Migration folders whose convention, dialect or transaction is not recognised."),
    Setting("exclude", "strings", "Glob patterns of paths to leave out."),
    Setting("schema", "string", "An SQL script that builds the schema before the first migration (pg_dump -s)."),
    Setting("transaction", "string", "What the runner does with a file whose tool is unknown.", ("file", "none")),
    Setting("select", "strings", "Rules to run instead of the default ones: codes, prefixes (MS2) or names."),
    Setting("extend-select", "strings", "Rules to run besides the selected ones."),
    Setting("ignore", "strings", "Rules not to run."),
    Setting("per-file-ignores", "per-file", "Glob pattern of paths to the rules that are not run on them."),
    Setting("per-file-severity", "per-file-level", "Glob pattern of paths to the most that a finding in them can be."),
    Setting("baseline", "string", "A file of accepted findings, written by `migsafe baseline`."),
    Setting("start-after", "strings", "Migrations (ids or paths) up to which each folder is only context."),
    Setting("session-lock-timeout", "timeout", "The lock_timeout that the role or the deploy tool sets, or true."),
    Setting(
        "session-statement-timeout", "timeout", "The statement_timeout that the role or the deploy tool sets, or true."
    ),
    Setting("stats", "strings", "Files with sizes and traffic, written by `migsafe snapshot`; the greatest counts."),
    Setting("database-url-env", "string", "Name of the variable with a database's URL, to take a snapshot of first."),
    Setting("stats-max-age", "duration", "How old sizes may be before a note says so (30d)."),
    Setting("tables", "tables", "Sizes and traffic of single tables by hand, which win over those of a snapshot."),
    Setting("small-tables", "strings", "Glob patterns of tables that have 10,000 rows at most, if nothing else tells."),
    Setting("busy-tables", "strings", "Glob patterns of tables on which every wait of unknown length is an error."),
    Setting("growth", "factor", "How many times its size a table is expected to reach (3)."),
    Setting("max-blocking", "duration", "How long reads or writes of a table may be blocked (1s)."),
    Setting("pool-size", "integer", "Connections of the application's pool (20), to say when waiting uses it up."),
    Setting("calibration", "string", "A file of measured speeds, written by `migsafe calibrate`."),
    Setting("fail-on", "string", "The least severity that makes the exit code 1.", ("error", "warning", "never")),
    Setting("output-format", "strings", "How to report: FORMAT or FORMAT:FILE, several at once."),
    Setting("jobs", "integer", "Processes that read files; 0 and 1: this one alone."),
    Setting("cache", "boolean", "Keep what was read in the user's cache directory."),
)
_TABLES = ("folders", "per-file", "per-file-level", "tables")  # kinds that no environment variable can hold
_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Loaded(Record):
    """The settings of a run, where each came from, and the file that was read."""

    settings: Settings
    origins: tuple[tuple[str, str], ...]
    file: Path | None


def load(
    flags: Mapping[str, Value],
    *,
    start: Path,
    environment: Mapping[str, str],
    file: Path | None = None,
    isolated: bool = False,
) -> Loaded:
    """The settings for a run that begins in `start`. Raises SetupError for an unknown key or a wrong value."""
    found = None if isolated else (file or _find(start))
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for origin, layer in _layers(flags, environment, found, isolated):
        for field, value in layer.items():
            values[field] = value
            origins[field] = origin
    shown = tuple((s.key, origins.get(s.field, "default")) for s in SETTINGS)
    return Loaded(Settings(**values), shown, found)  # type: ignore[arg-type]  # _checked gave each its type


def _layers(
    flags: Mapping[str, Value], environment: Mapping[str, str], file: Path | None, isolated: bool
) -> Iterable[tuple[str, Mapping[str, Value]]]:
    if file is not None:
        yield str(file), _from_file(file)
    if not isolated:
        yield "environment", _from_environment(environment)
    yield "command line", {k: _checked_flag(k, v) for k, v in flags.items() if v not in (None, ())}


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        for name in FILE_NAMES:
            path = folder / name
            if path.is_file() and _table(path) is not None:
                return path
        if (folder / ".git").exists():
            return None
    return None


def _table(path: Path) -> dict[str, Raw] | None:
    """The settings table of a file; None when a pyproject.toml has none."""
    import tomllib

    try:
        document: dict[str, Raw] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"cannot read {path}: {error}", "mend the file or pass --isolated") from error
    if path.name != "pyproject.toml":
        return document
    tool = document.get("tool")
    table = tool.get("migsafe") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _from_file(path: Path) -> dict[str, Value]:
    table = _table(path)
    if table is None:
        raise SetupError(f"{path} has no [tool.migsafe] table", "add one or name another file with --config")
    return {_setting(key, str(path)).field: _checked(_setting(key, str(path)), raw) for key, raw in table.items()}


def _setting(key: str, where: str) -> Setting:
    if key in _BY_KEY:
        return _BY_KEY[key]
    raise SetupError(f"{where}: unknown setting '{key}'", did_you_mean(key, _BY_KEY))


def _from_environment(environment: Mapping[str, str]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text is not None and setting.kind not in _TABLES:
            values[setting.field] = _checked(setting, _parse_text(setting, text))
    return values


def _parse_text(setting: Setting, text: str) -> Raw:
    if setting.kind in ("strings", "versions"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if setting.kind in ("boolean", "timeout"):
        return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)
    if setting.kind == "factor":
        return _number_in(text)
    return int(text) if setting.kind == "integer" and text.isdigit() else text


def _number_in(text: str) -> Raw:
    try:
        return float(text)
    except ValueError:
        return text


def _checked_flag(field: str, value: Value) -> Value:
    setting = _BY_KEY[field.replace("_", "-")]
    return _checked(setting, list(value) if isinstance(value, tuple) else value)


def _checked(setting: Setting, raw: Raw) -> Value:
    value = _CHECKS[setting.kind](setting, raw)
    if setting.choices and isinstance(value, str) and value not in setting.choices:
        raise _wrong(setting, raw, "one of " + ", ".join(setting.choices))
    return value


def _wrong(setting: Setting, raw: Raw, wanted: str) -> SetupError:
    return SetupError(f"'{setting.key}' cannot be {raw!r}", f"it takes {wanted}")


def _string(setting: Setting, raw: Raw) -> Value:
    if isinstance(raw, str):
        return raw
    raise _wrong(setting, raw, "a string")


def _boolean(setting: Setting, raw: Raw) -> Value:
    if isinstance(raw, bool):
        return raw
    raise _wrong(setting, raw, "true or false")


def _timeout(setting: Setting, raw: Raw) -> Value:
    """A length of time in seconds; True for one that is not told, False for none: PostgreSQL's 0 is none."""
    if isinstance(raw, bool):
        return raw
    length = seconds(raw) if isinstance(raw, str) else raw if raw == 0 else None
    if isinstance(length, int | float) and length >= 0:
        return float(length) or False
    raise _wrong(setting, raw, "true, false or a length of time such as '2s'")


def _duration(setting: Setting, raw: Raw) -> Value:
    length = seconds(raw) if isinstance(raw, str) else None
    if length is not None and length > 0:
        return length
    raise _wrong(setting, raw, "a length of time such as '500ms', '2s' or '30d'")


def _factor(setting: Setting, raw: Raw) -> Value:
    if _is_number(raw) and raw >= 1:
        return float(raw)
    raise _wrong(setting, raw, "a number of at least 1")


def _is_number(raw: Raw) -> TypeGuard[int | float]:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and isfinite(raw)


def _tables(setting: Setting, raw: Raw) -> Value:
    if not isinstance(raw, dict):
        raise _wrong(setting, raw, "a table for each table")
    return tuple(_table_size(setting, str(name), entry) for name, entry in raw.items())


def _table_size(setting: Setting, name: str, raw: Raw) -> TableSize:
    full = qualified(name)
    if full is None or not isinstance(raw, dict):
        raise _wrong(setting, {name: raw}, 'tables by name: [tables."public.orders"]')
    known = [field.replace("_", "-") for field in TableSize.fields if field != "name"]
    for key, value in raw.items():
        if key not in known:
            raise SetupError(f"unknown key '{key}' in tables.\"{name}\"", did_you_mean(str(key), known))
        if not _is_number(value) or value < 0:
            raise SetupError(f"'{key}' of the table {name} cannot be {value!r}", "it takes a number, such as 40e6")
    return TableSize(name=full, **{key.replace("-", "_"): float(value) for key, value in raw.items()})


def _integer(setting: Setting, raw: Raw) -> Value:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return raw
    raise _wrong(setting, raw, "a whole number")


def _strings(setting: Setting, raw: Raw) -> Value:
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return tuple(str(item) for item in raw)
    raise _wrong(setting, raw, "a list of strings")


def _versions(setting: Setting, raw: Raw) -> Value:
    parts = raw if isinstance(raw, list) else str(raw).split(",")
    try:
        return tuple(sorted({major_version(str(part)) for part in parts}))
    except ValueError:
        raise _wrong(setting, raw, "major versions such as 16 or 14,17") from None


def major_version(text: str) -> int:
    """The major version in `16`, `16.4` or `PostgreSQL 16`. Raises ValueError for anything else, or one too old."""
    number = int(text.strip().lower().removeprefix("postgresql").strip().split(".")[0])
    if number < OLDEST_KNOWN:
        raise ValueError(text)
    return number


def _folders(setting: Setting, raw: Raw) -> Value:
    if not isinstance(raw, list):
        raise _wrong(setting, raw, "an array of tables")
    return tuple(_folder(setting, entry) for entry in raw)


def _folder(setting: Setting, raw: Raw) -> Folder:
    if not isinstance(raw, dict) or "path" not in raw:
        raise _wrong(setting, raw, "tables with a path")
    known = [field.replace("_", "-") for field in Folder.fields]
    unknown = [key for key in raw if key not in known]
    if unknown:
        raise SetupError(f"unknown key '{unknown[0]}' in folders", did_you_mean(unknown[0], known))
    return Folder(**{key.replace("-", "_"): str(value) for key, value in raw.items()})


LEVELS = ("error", "warning", "info")


def _per_file_level(setting: Setting, raw: Raw) -> Value:
    if not isinstance(raw, dict) or not all(level in LEVELS for level in raw.values()):
        raise _wrong(setting, raw, "a table of patterns, each with error, warning or info")
    pairs = ((str(pattern), str(level)) for pattern, level in raw.items())
    return tuple(pairs)  # type: ignore[return-value]  # pairs of strings, as Settings declares


def _per_file(setting: Setting, raw: Raw) -> Value:
    if not isinstance(raw, dict):
        raise _wrong(setting, raw, "a table of patterns")
    pairs = ((str(pattern), _strings(setting, codes)) for pattern, codes in raw.items())
    return tuple(pairs)  # type: ignore[return-value]  # pairs of a pattern and strings, as Settings declares


_CHECKS: dict[str, Callable[[Setting, Raw], Value]] = {
    "string": _string,
    "boolean": _boolean,
    "timeout": _timeout,
    "duration": _duration,
    "factor": _factor,
    "tables": _tables,
    "integer": _integer,
    "strings": _strings,
    "versions": _versions,
    "folders": _folders,
    "per-file": _per_file,
    "per-file-level": _per_file_level,
}


def environment() -> Mapping[str, str]:
    """The process environment; a function so that tests and callers pass their own."""
    return os.environ
