"""pulpcore: an operation that refuses to go on while processes of an older version run (migrations.py, 3.x)."""

from __future__ import annotations

from typing import Final

from migsafe.sources.django.reading.libraries.base import Nothing


class RequireVersion(Nothing):
    """Reads the tables of running processes and changes nothing."""

    def __init__(self, plugin: str, version: str, hints: object = None) -> None:
        self.plugin = plugin
        self.version = version
        self.hints = hints

    def describe(self) -> str:
        return "Look at the versions of running processes"


NAMES: Final = {
    f"{home}.RequireVersion": RequireVersion for home in ("pulpcore.plugin.migrations", "pulpcore.migrations")
}
