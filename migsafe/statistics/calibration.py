"""The calibration file: the constants of the time model as one machine's server showed them, in JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.model.constants import DEFAULTS, Constants, Machine

FORMAT = 1
_AGAIN = "measure again with `migsafe calibrate`"
NAMES = tuple(name for name in Constants.fields if name not in ("machine", "spread"))
"""The constants that are measured."""


def default_path(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """The user's own calibration, in the configuration directory; None when no home directory is known
    (XDG Base Directory Specification; Apple's and Microsoft's guidelines)."""
    if platform == "win32":
        return _below(environment.get("APPDATA"), "migsafe")
    if platform == "darwin":
        return _below(environment.get("HOME"), "Library", "Application Support", "migsafe")
    given = _below(environment.get("XDG_CONFIG_HOME"), "migsafe")
    return given or _below(environment.get("HOME"), ".config", "migsafe")


def _below(folder: str | None, *parts: str) -> Path | None:
    """None for a missing or relative folder, which the specification tells to ignore."""
    return Path(folder, *parts, "calibration.json") if folder and Path(folder).is_absolute() else None


def load_constants(path: Path) -> Constants:
    """The constants of a calibration file. Raises SetupError for a file that cannot be read or does not make sense."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"cannot read the calibration {path}: {error}", _AGAIN) from error
    return parse(text, str(path))


def parse(text: str, where: str) -> Constants:
    """As `load_constants`, of a text. A constant that the file does not have keeps its default."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SetupError(f"{where} is no calibration: {error}", _AGAIN) from error
    if not isinstance(document, dict) or document.get("calibration_version") != FORMAT:
        raise SetupError(f"{where} is no calibration of this version of migsafe", _AGAIN)
    given = document.get("constants")
    if not isinstance(given, dict):
        raise SetupError(f"{where} holds no constants", _AGAIN)
    values = {name: _seconds(name, value, where) for name, value in given.items() if name in NAMES}
    return DEFAULTS.replace(machine=_machine(document.get("machine")), **values)


def _seconds(name: str, value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise SetupError(f"{where}: '{name}' is no number of seconds", _AGAIN)
    return float(value)


def _machine(raw: object) -> Machine:
    if not isinstance(raw, dict):
        return Machine()
    settings = raw.get("settings")
    pairs = sorted((str(k), str(v)) for k, v in settings.items()) if isinstance(settings, dict) else ()
    return Machine(
        description=str(raw.get("description", "")),
        processors=_whole(raw.get("processors")),
        memory_bytes=_whole(raw.get("memory_bytes")),
        server=str(raw.get("server", "")),
        measured_at=None if raw.get("measured_at") is None else str(raw["measured_at"]),
        settings=tuple(pairs),
    )


def _whole(raw: object) -> int:
    return raw if isinstance(raw, int) else 0


def dump(constants: Constants) -> str:
    """The text of a calibration file: three significant digits, which is more than a measurement is worth. Constants
    that were not measured are left out, so that they follow the defaults of later versions."""
    machine = constants.machine
    document = {
        "calibration_version": FORMAT,
        "machine": {
            "description": machine.description,
            "processors": machine.processors,
            "memory_bytes": machine.memory_bytes,
            "server": machine.server,
            "measured_at": machine.measured_at,
            "settings": dict(machine.settings),
        },
        "constants": {name: _rounded(constants, name) for name in NAMES if _is_own(constants, name)},
    }
    return json.dumps(document, indent=2) + "\n"


def _is_own(constants: Constants, name: str) -> bool:
    return bool(getattr(constants, name) != getattr(DEFAULTS, name))


def _rounded(constants: Constants, name: str) -> float:
    return float(f"{getattr(constants, name):.3g}")


def store(constants: Constants, path: Path) -> None:
    """Write the file whole or not at all. Raises SetupError when the place cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".new")
        draft.write_text(dump(constants), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise SetupError(f"cannot write the calibration {path}: {error}", "name another file with --output") from error
