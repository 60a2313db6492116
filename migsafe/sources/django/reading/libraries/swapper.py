"""swapper: models that a project may replace (1.5). What stands for them is the library's default.

A setting of the project may name another model: then nothing of the replaced one is created.
"""

from __future__ import annotations

from typing import Final

from migsafe.sources.django.discovery.configured import by_convention
from migsafe.sources.django.steps.query_sets import model
from migsafe.sources.django.steps.records import Rows
from migsafe.sources.interpreter import Call, HostFunction, Unknown


def _texts(call: Call) -> tuple[str, str] | None:
    """The app and the model; None when one of them is not known."""
    values = [*call.args, *(call.kwargs[name] for name in ("app_label", "model") if name in call.kwargs)]
    if len(values) < 2 or not isinstance(values[0], str) or not isinstance(values[1], str):
        return None
    return values[0], values[1]


def _setting(call: Call) -> object:
    found = _texts(call)
    return f"{found[0]}_{found[1]}_MODEL".upper() if found else call.unknown()


def _name(call: Call) -> object:
    found = _texts(call)
    return ".".join(found) if found else call.unknown()


def _is_swapped(call: Call) -> object:
    return False if _texts(call) else call.unknown()


def _dependency(call: Call) -> object:
    found = _texts(call)
    version = call.args[2] if len(call.args) > 2 else call.kwargs.get("version")
    return (found[0], version or "__first__") if found else call.unknown()


def _split(call: Call) -> object:
    model = call.args[0] if call.args else call.kwargs.get("model")
    if isinstance(model, Unknown):
        return by_convention(model.text) or call.unknown()
    if not isinstance(model, str):
        return call.unknown()
    label, _, name = model.rpartition(".")
    return label, name


def _join(call: Call) -> object:
    return _name(call)


def _load(call: Call) -> object:
    found = _texts(call)
    return model(Rows((found[0], found[1].lower()))) if found else call.unknown()


NAMES: Final = {
    "swapper.load_model": HostFunction("swapper.load_model", _load),
    "swapper.swappable_setting": HostFunction("swapper.swappable_setting", _setting),
    "swapper.is_swapped": HostFunction("swapper.is_swapped", _is_swapped),
    "swapper.get_model_name": HostFunction("swapper.get_model_name", _name),
    "swapper.dependency": HostFunction("swapper.dependency", _dependency),
    "swapper.split": HostFunction("swapper.split", _split),
    "swapper.join": HostFunction("swapper.join", _join),
}
