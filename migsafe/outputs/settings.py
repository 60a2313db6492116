"""`--show-settings`: every setting with its value and where it comes from."""

from __future__ import annotations

from migsafe.config import Loaded


def render(loaded: Loaded) -> str:
    """A line for each setting: key, value, origin."""
    rows = [(key, _shown(getattr(loaded.settings, key.replace("-", "_"))), origin) for key, origin in loaded.origins]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "".join(f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}\n" for key, value, origin in rows)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
