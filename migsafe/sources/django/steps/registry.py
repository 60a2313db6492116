"""Stand-ins for Django's registry of apps: it gives the models by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from migsafe.sources.django.steps.model_options import anything, rows_of
from migsafe.sources.django.steps.query_sets import model
from migsafe.sources.django.steps.records import Rows
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject
from migsafe.sources.interpreter.values import Rest
from migsafe.sources.interpreter.values_defined import Function, Wrapped


def with_methods(of: HostObject, methods: Mapping[str, Function | Wrapped]) -> HostObject:
    """A class that the code derives from a historical model, as a proxy: the same rows with methods of its own."""
    rows = rows_of(of)
    return model(rows._replace(patched={**(rows.patched or {}), **methods}))


def get_model(_: HostObject, call: Call) -> object:
    """`apps.get_model("shop", "Order")`, also in one text and by keywords."""
    given: Mapping[str, object] = call.kwargs
    parts = [*call.args, *(given[name] for name in ("app_label", "model_name") if name in given)]
    texts = [part for part in parts if isinstance(part, str)]
    words = texts[0].split(".") if len(texts) == 1 else texts
    if len(words) != 2 or len(texts) != len(parts) - any(isinstance(part, bool) for part in parts):
        return model(Rows(None))
    return model(Rows((words[0], words[1].lower()), patched={}))


def _all_models(_: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return [Rest(model(Rows(None)))]  # type: ignore[arg-type]  # given to a loop as it is


def _model_of_app(owner: HostObject, call: Call) -> object:
    name = call.args[0] if call.args else None
    known = isinstance(owner.payload, str) and isinstance(name, str)
    return model(Rows((str(owner.payload), str(name).lower()) if known else None))


CONFIG: Final = HostKind(
    name="an app",
    methods={"get_model": _model_of_app, "get_models": _all_models},
    attributes={"label": lambda owner: owner.payload, "name": lambda owner: owner.payload},
    attribute=anything,
    assign=lambda _owner, _name, _value: True,
)
"""Payload: the app's label, or an unknown value."""


def _config(_: HostObject, call: Call) -> object:
    return HostObject(CONFIG, call.args[0] if call.args else call.unknown(Cause.ENVIRONMENT))


APPS: Final = HostKind(
    name="apps",
    methods={
        "get_model": get_model,
        "get_registered_model": get_model,
        "get_models": _all_models,
        "get_app_config": _config,
        "get_app_configs": lambda _, call: [Rest(HostObject(CONFIG, call.unknown(Cause.ENVIRONMENT)))],  # type: ignore[arg-type]  # as above
        "is_installed": lambda _, call: call.unknown(Cause.ENVIRONMENT),
        "clear_cache": lambda _, _call: None,
    },
    attribute=anything,
    assign=lambda _owner, _name, _value: True,
    sensitive=True,
)
