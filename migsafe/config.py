"""Settings: flag > `MIGSAFE_*` variable > configuration file > default, each with its origin.

The file is the nearest `migsafe.toml`, `.migsafe.toml` or `pyproject.toml` with a `[tool.migsafe]` table,
looked for from the working directory upwards to the root of the repository; files are not merged. One table,
`SETTINGS`, says what there is: the loader, `--show-settings` and the JSON schema of the configuration use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from migsafe.errors import SetupError, did_you_mean
from migsafe.model.record import KeywordRecord, Record
from migsafe.setting_values import Folder, Raw, Setting, TableSize, Value, checked

OLDEST_MAINTAINED = 15
"""PostgreSQL 14 had its last release in November 2026 (postgresql.org, "Versioning Policy")."""
NEWEST_KNOWN = 18
FILE_NAMES = ("migsafe.toml", ".migsafe.toml", "pyproject.toml")


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
    return {_setting(key, str(path)).field: checked(_setting(key, str(path)), raw) for key, raw in table.items()}


def _setting(key: str, where: str) -> Setting:
    if key in _BY_KEY:
        return _BY_KEY[key]
    raise SetupError(f"{where}: unknown setting '{key}'", did_you_mean(key, _BY_KEY))


def _from_environment(environment: Mapping[str, str]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text is not None and setting.kind not in _TABLES:
            values[setting.field] = checked(setting, _parse_text(setting, text))
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
    return checked(setting, list(value) if isinstance(value, tuple) else value)


def environment() -> Mapping[str, str]:
    """The process environment; a function so that tests and callers pass their own."""
    return os.environ
