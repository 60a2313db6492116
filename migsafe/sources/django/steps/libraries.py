"""What well-known libraries do to rows when a step calls them, and Django's own serializers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from migsafe.sources.django.discovery.fixtures import FIXTURE
from migsafe.sources.django.steps.commands import load
from migsafe.sources.django.steps.query_sets import ROW
from migsafe.sources.django.steps.records import Rows, note
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostKind, HostObject, Reason, Unknown
from migsafe.sources.interpreter.likeness import many


def _permits(change: str) -> Callable[[Call], object]:
    """django-guardian's shortcuts.py: a permission on an object, of a user or of a group."""

    def record(call: Call) -> object:
        if len(call.args) < 3 and call.kwargs.get("obj") is None:
            call.report(Reason.EXTERNAL_HELPER, f"{call.name} without an object is not known")
        for words, rows in _ON_OBJECTS:
            note(call, change, rows, few=True, perhaps=words)
        return call.unknown(Cause.DATABASE)

    return record


_ON_OBJECTS: Final = (
    ("it is for a user", Rows(("guardian", "userobjectpermission"), narrowed=True, whole=False)),
    ("it is for a group", Rows(("guardian", "groupobjectpermission"), narrowed=True, whole=False)),
)


def _deserialized(call: Call) -> object:
    """`serializers.deserialize("json", file)`: objects that are saved one by one."""
    of = call.args[1] if len(call.args) > 1 else call.kwargs.get("stream_or_string")
    if not isinstance(of, HostObject) or of.kind is not FIXTURE or not isinstance(of.payload, tuple):
        return call.unknown()
    return [many(HostObject(DESERIALIZED, str(model))) for model in of.payload]


def _save_deserialized(owner: HostObject, call: Call) -> None:
    load(call, (str(owner.payload),))


def _of_deserialized(owner: HostObject) -> object:
    label, _, name = str(owner.payload).lower().partition(".")
    return HostObject(ROW, Rows((label, name), each=True))


DESERIALIZED: Final = HostKind(
    name="a deserialized object", methods={"save": _save_deserialized}, attributes={"object": _of_deserialized}
)
"""Payload: its model, `shop.order`."""


def _rebuilt(owner: HostObject, call: Call) -> None:
    """django-mptt computes the tree again, for all rows of the model."""
    assert isinstance(owner.payload, list)
    if not owner.payload:
        call.report(Reason.EXTERNAL_HELPER, "the model of this TreeManager is not known")
    for rows in owner.payload[-1:]:
        note(call, "update", rows)


def _contributed(owner: HostObject, call: Call) -> None:
    _given(owner, "model", call.args[0] if call.args else call.kwargs.get("model"))


def _given(owner: HostObject, name: str, value: object) -> bool:
    assert isinstance(owner.payload, list)
    if name == "model" and isinstance(value, HostObject) and isinstance(value.payload, Rows):
        owner.payload.append(value.payload)
    return True


TREE: Final = HostKind(
    name="a manager of trees",
    methods={**dict.fromkeys(("rebuild", "partial_rebuild"), _rebuilt), "contribute_to_class": _contributed},
    assign=_given,
    attribute=lambda _owner, name: Unknown(Cause.DATABASE, name),
)
"""Payload: a list, its last item the rows of the model."""


def names() -> Iterator[tuple[str, object]]:
    """The names, dotted."""
    yield "django.core.serializers.deserialize", HostFunction("deserialize", _deserialized)
    yield "mptt.managers.TreeManager", HostFunction("TreeManager", lambda _: HostObject(TREE, []))
    for name, change in (("assign_perm", "insert"), ("remove_perm", "delete")):
        yield f"guardian.shortcuts.{name}", HostFunction(name, _permits(change))
