"""`--show-settings`: every setting with its value and where it comes from."""

from __future__ import annotations

from migsafe.config import SETTINGS, Loaded
from migsafe.setting_values import TableSize
from migsafe.text.durations import in_words
from migsafe.text.masking import MASK


def render(loaded: Loaded) -> str:
    """A line for each setting: key, value, origin."""
    kinds = {setting.key: setting.kind for setting in SETTINGS}
    rows = [(key, _shown(getattr(loaded.settings, key.replace("-", "_")), kinds[key]), o) for key, o in loaded.origins]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "".join(f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}\n" for key, value, origin in rows)


def _shown(value: object, kind: str) -> str:
    """As the settings write it; lengths of time as people read them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return in_words(value) if kind in ("duration", "timeout") else f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(_entry(item) for item in value) or "-"
    return "-" if value is None else _masked(str(value))


def _masked(text: str) -> str:
    """A URL that was given in place of a variable's name is not repeated."""
    return MASK if "://" in text or "password=" in text.lower() else text


def _entry(item: object) -> str:
    if not isinstance(item, TableSize):
        return str(item)
    figures = ((field.replace("_", "-"), getattr(item, field)) for field in TableSize.fields if field != "name")
    return f"{item.name} ({', '.join(f'{key} {value:g}' for key, value in figures if value is not None)})"
