"""What a setting may hold: its kinds of values, checked and made of what a file, a variable or a flag gives."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TypeGuard

from migsafe.errors import SetupError, did_you_mean
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record
from migsafe.text.durations import seconds
from migsafe.text.identifiers import qualified

OLDEST_KNOWN = 12
LEVELS = ("error", "warning", "info")

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


def checked(setting: Setting, raw: Raw) -> Value:
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
