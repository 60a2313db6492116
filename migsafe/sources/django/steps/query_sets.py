"""Stand-ins for models, query sets and rows: they know of which model they are, and record what changes rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from migsafe.sources.django.steps.lookups import conditions
from migsafe.sources.django.steps.model_options import META, read, rows_of
from migsafe.sources.django.steps.records import Assigned, Rows, count_of, note, source_of
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Reason, Unknown
from migsafe.sources.interpreter import values_defined as defined
from migsafe.sources.interpreter.stdlib_tools import INERT
from migsafe.sources.interpreter.values import Maybe, Rest

Method = Callable[[HostObject, Call], object]


def model(rows: Rows) -> HostObject:
    return HostObject(MODEL, rows)


def query_set(rows: Rows) -> HostObject:
    return HostObject(ROWS, rows)


def _single(rows: Rows, call: Call) -> HostObject:
    """A row that the code asks for: one, or one for each round of a loop."""
    return HostObject(ROW, rows._replace(narrowed=True, each=call.site.loop, made=None, assigned=Assigned()))


def _record(change: str, *, few: bool = False) -> Method:
    def method(owner: HostObject, call: Call) -> object:
        note(call, change, rows_of(owner), few=few)
        return Unknown(Cause.DATABASE, call.site.words)

    return method


def _updated(owner: HostObject, call: Call) -> object:
    note(call, "update", rows_of(owner), columns=tuple(call.kwargs))
    return Unknown(Cause.DATABASE, call.site.words)


def _same(owner: HostObject, call: Call) -> object:
    return query_set(rows_of(owner)._replace(made=call))


def _streamed(owner: HostObject, call: Call) -> object:
    return query_set(rows_of(owner)._replace(made=call, streamed=True))


def _plain(owner: HostObject, call: Call) -> object:
    return query_set(rows_of(owner)._replace(made=call, plain=True))


def _filtered(owner: HostObject, call: Call) -> object:
    rows = rows_of(owner)
    if not call.args and not call.kwargs and call.more is None:
        return query_set(rows._replace(made=call))
    found, whole = conditions(call)
    ranges = {condition.operator for condition in found}
    part = rows.part or "in" in ranges or bool(ranges & {">", ">="} and ranges & {"<", "<="})
    return query_set(
        rows._replace(
            narrowed=True, conditions=(*rows.conditions, *found), whole=rows.whole and whole, part=part, made=call
        )
    )


def _narrower(owner: HostObject, call: Call) -> object:
    narrowed = bool(call.args or call.kwargs) or call.more is not None or call.name.endswith((".none", ".distinct"))
    rows = rows_of(owner)
    if not narrowed:
        return query_set(rows._replace(made=call))
    return query_set(rows._replace(narrowed=True, whole=False, made=call))


def _one(owner: HostObject, call: Call) -> object:
    rows = rows_of(owner)
    return Unknown(Cause.DATABASE, call.site.words) if rows.plain else _single(rows, call)


def _saved(owner: HostObject, call: Call) -> object:
    """`save()` writes all columns; what changes are those that the code sets."""
    rows = rows_of(owner)
    stated = call.kwargs.get("update_fields")
    named = tuple(f for f in stated if isinstance(f, str)) if isinstance(stated, (list, tuple, set)) else ()
    note(call, "update", rows, few=True, columns=named or tuple(rows.assigned or ()))
    return None


def _assign(owner: HostObject, name: str, value: object) -> bool:  # noqa: ARG001  # the kind's signature
    assigned = rows_of(owner).assigned
    if assigned is not None and name not in assigned:
        assigned.append(name)
    return True


def _created(owner: HostObject, call: Call) -> object:
    note(call, "insert", rows_of(owner), few=True)
    return _single(rows_of(owner), call)


def _found_or_created(owner: HostObject, call: Call) -> object:
    note(call, "insert", rows_of(owner), few=True, perhaps="there is no such row")
    if call.name.endswith(".update_or_create"):
        note(call, "update", rows_of(owner)._replace(narrowed=True), few=True, perhaps="there is such a row")
    return (_single(rows_of(owner), call), Unknown(Cause.DATABASE, call.site.words))


def _bulk(change: str) -> Method:
    """`bulk_create(objects)`: as many rows as the list holds, if that is known."""

    def method(owner: HostObject, call: Call) -> object:
        objects = call.args[0] if call.args else call.kwargs.get("objs")
        count = count_of(objects)
        source = source_of(objects)
        rows = rows_of(owner)
        if change == "update" and source is not None:
            rows = _those_of(rows, source, perhaps=any(map(_is_chosen, _items(objects))))
        fields = call.args[1] if len(call.args) > 1 else call.kwargs.get("fields")
        named = tuple(f for f in fields if isinstance(f, str)) if isinstance(fields, (list, tuple)) else ()
        columns = named if change == "update" else ()
        note(call, change, rows, few=count is not None, count=count, columns=columns, bulk=True)
        return query_set(rows_of(owner)._replace(narrowed=True, whole=False))

    return method


def _those_of(rows: Rows, source: Rows, *, perhaps: bool) -> Rows:
    """The rows of a list, which came from `source`: its conditions are known where they are about this model. Those
    that the code takes into the list `perhaps` may be any number, up to all."""
    same = source.model == rows.model and not source.path
    return rows._replace(
        narrowed=source.narrowed or perhaps,
        conditions=source.conditions if same else (),
        whole=source.whole if same else not source.narrowed,
    )


def _is_chosen(item: object) -> bool:
    """Whether an item is in the list only if a condition holds; that a loop may have no rounds is none."""
    return isinstance(item, Maybe) and any(not guard.startswith("for each ") for guard in item.guards)


def _items(objects: object) -> Iterable[object]:
    return objects if isinstance(objects, (list, tuple, set)) else ()


def _element(owner: HostObject) -> object:
    """An item of a loop over a query set, which may be any row of it."""
    rows = rows_of(owner)
    if rows.made is not None and not rows.streamed and not rows.narrowed and not rows.part and not rows.path:
        note(rows.made, "read", rows)
    if rows.plain:
        return HostObject(VALUE)
    return HostObject(ROW, rows._replace(each=True, made=None, assigned=Assigned()))


def _item(owner: HostObject, key: object) -> object:
    rows = rows_of(owner)
    if isinstance(key, int):
        return HostObject(VALUE) if rows.plain else HostObject(ROW, rows._replace(narrowed=True))
    return query_set(rows._replace(narrowed=True, whole=False, part=True))


def _attribute(owner: HostObject, name: str) -> object:
    """A column's value, the row or the rows of a relation: which of them, only the project's state knows."""
    rows = rows_of(owner)
    return HostObject(RELATED, rows._replace(path=(*rows.path, name)))


def _own(owner: HostObject, name: str) -> object | None:
    """A method that the code puts onto the class, or that its class has."""
    rows = rows_of(owner)
    found = (rows.patched or {}).get(name) if not rows.path else None
    if isinstance(found, defined.Function):
        return found if owner.kind is MODEL else defined.Method(function=found, owner=owner)
    if found is None or found.how == "staticmethod":
        return None if found is None else found.function
    known = found.how == "classmethod" and isinstance(found.function, defined.Function)
    return defined.Method(function=found.function, owner=model(rows._replace(made=None))) if known else None  # type: ignore[arg-type]  # `known` says so


def _of_model(owner: HostObject, name: str) -> object | None:
    """A manager, or one side of a relation, of which only `through` is used."""
    return None if name[:1].isupper() else query_set(rows_of(owner)._replace(manager=name))


def _through(owner: HostObject) -> object:
    rows = rows_of(owner)
    path = (*rows.path, rows.manager) if rows.manager else rows.path
    return model(Rows(rows.model, path, links=True))


def _by_key(owner: HostObject, call: Call) -> object:
    """`in_bulk()`: rows by their keys."""
    return HostObject(KEYED, rows_of(owner)._replace(narrowed=bool(call.args) or rows_of(owner).narrowed))


def _keyed(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return HostObject(ROW, rows_of(owner)._replace(each=True))


def _all_keyed(owner: HostObject, _call: Call) -> object:
    return [Rest(HostObject(ROW, rows_of(owner)._replace(each=True)))]  # type: ignore[arg-type]  # given to a loop as it is


def _pairs(owner: HostObject, _call: Call) -> object:
    row = HostObject(ROW, rows_of(owner)._replace(each=True))
    return [Rest((HostObject(VALUE), row))]  # type: ignore[arg-type]  # likewise


def _of_query_set(owner: HostObject, name: str) -> object:
    """A method that the model's own manager adds."""
    return HostObject(ADDED, (rows_of(owner), name))


_WRITES: Final = re.compile(
    r"(bulk|create|add|update|delete|set|save|insert|remove|clear|sync|rebuild|populate|move|copy|merge|reset|make|"
    r"ensure|upsert|get_or|fix|migrate|generate|build|refresh|recalculate|import|load)"
)
_INSERTING: Final = frozenset(("create_user", "create_superuser", "add_root", "add_child", "add_sibling"))
_REBUILDING: Final = frozenset(("rebuild", "partial_rebuild", "fix_tree"))
_FINDING: Final = frozenset(
    ("get_by_natural_key", "get_for_model", "get_for_id", "get_current", "get_for_concrete_model")
)


def _call_added(owner: HostObject, call: Call) -> object:
    assert isinstance(owner.payload, tuple)
    rows, name = owner.payload
    assert isinstance(rows, Rows)
    if name in _INSERTING:
        return _created(query_set(rows), call)
    if name in _REBUILDING:
        note(call, "update", rows)
        return None
    if name in _FINDING:
        return _single(rows, call)
    if _WRITES.match(name) or call.machine.statement is call.site.node:
        call.report(Reason.EXTERNAL_HELPER, f"{call.site.words} is a method of the project's own manager")
    return query_set(rows._replace(narrowed=True, whole=False, made=call))


ADDED: Final = HostKind(name="a method of a manager", call=_call_added, sensitive=True)
"""Payload: the rows, and the method's name."""

VALUE: HostKind = HostKind(
    name="a value of a row",
    attribute=lambda owner, name: HostObject(VALUE),  # noqa: ARG005  # whatever it is, it is no row
    call=lambda _owner, _call: HostObject(VALUE),
    item=lambda _owner, _key: HostObject(VALUE),
    element=lambda _owner: HostObject(VALUE),
    operator=lambda _sign, _left, _right: Unknown(Cause.DATABASE, "a value of a row"),
    enter=lambda owner, _call: owner,
    leave=lambda _owner, _call: None,
    assign=lambda _owner, _name, _value: True,
    any_value=True,
)

_NARROWING = ("exclude", "distinct", "none", "complex_filter", "extra")
_LOOKING = (
    *("all", "using", "order_by", "select_related", "prefetch_related", "only", "defer", "annotate"),
    *("select_for_update", "reverse", "alias", "get_queryset", "union", "db_manager", "intersection", "difference"),
    *("non_polymorphic", "with_deleted", "_chain", "_clone", "get_query_set", "all_with_deleted"),
)
_READING = ("count", "exists", "aggregate", "dates", "datetimes", "explain", "contains", "refresh_from_db")
_ONE = ("get", "first", "last", "earliest", "latest")
_OF_ROWS: Final[dict[str, Method]] = {
    **dict.fromkeys(_NARROWING, _narrower),
    **dict.fromkeys(_LOOKING, _same),
    **dict.fromkeys(_READING, read),
    **dict.fromkeys(_ONE, _one),
    **dict.fromkeys(("values", "values_list"), _plain),
    "filter": _filtered,
    "raw": _narrower,
    "iterator": _streamed,
    "in_bulk": _by_key,
    "update": _updated,
    "delete": _record("delete"),
    "_raw_delete": _record("delete"),
    "bulk_update": _bulk("update"),
    "bulk_create": _bulk("insert"),
    "create": _created,
    "get_or_create": _found_or_created,
    "update_or_create": _found_or_created,
}


def _link(change: str) -> Method:
    def method(owner: HostObject, call: Call) -> object:
        note(call, change, rows_of(owner)._replace(links=True), few=True)
        return None

    return method


_OF_RELATION: Final[dict[str, Method]] = {
    "add": _link("insert"),
    "remove": _link("delete"),
    "set": _link("insert"),
    "clear": _link("delete"),
    "save": _record("update", few=True),
}
_SAVING: Final[dict[str, Method]] = {
    "save": _saved,
    "save_base": _saved,
    "delete": _record("delete", few=True),
    "refresh_from_db": read,
}


def _joined(sign: str, left: object, right: object) -> object | None:
    """`first | second`, of which only the one side is known for certain."""
    of = left if isinstance(left, HostObject) and left.kind is ROWS else right
    if sign not in ("|", "&") or not isinstance(of, HostObject) or of.kind is not ROWS:
        return None
    return query_set(rows_of(of)._replace(whole=False))


ROWS: HostKind = HostKind(
    name="a query set",
    methods=_OF_ROWS,
    attributes={
        "through": _through,
        "model": lambda owner: model(Rows(rows_of(owner).model, rows_of(owner).path)),
        "query": lambda _: INERT,
        "db": lambda _: "default",
        "object_list": lambda owner: owner,  # of a page
    },
    attribute=_of_query_set,
    assign=lambda _owner, _name, _value: True,
    operator=_joined,
    element=_element,
    item=_item,
    sensitive=True,
)


KEYED: HostKind = HostKind(
    name="rows by their keys",
    methods={"get": _keyed, "pop": _keyed, "values": _all_keyed, "items": _pairs, "keys": read},
    item=lambda owner, _key: HostObject(ROW, rows_of(owner)._replace(each=True)),
    assign=lambda _owner, _name, _value: True,
)
ROW: HostKind = HostKind(
    name="a row",
    methods=_SAVING,
    attributes={
        "objects": lambda owner: query_set(Rows(rows_of(owner).model)),
        "_meta": lambda owner: HostObject(META, rows_of(owner)),
        "_state": lambda _: INERT,
        "__class__": lambda owner: model(
            Rows(rows_of(owner).model, rows_of(owner).path, patched=rows_of(owner).patched)
        ),
    },
    attribute=_attribute,
    own=_own,
    assign=_assign,
    any_value=True,
)


def _call_related(owner: HostObject, call: Call) -> object:
    """A method of a value, or one that the row's class has of its own."""
    rows = rows_of(owner)
    name = rows.path[-1]
    if name in _INSERTING:
        return _created(query_set(rows._replace(path=rows.path[:-1])), call)
    if len(rows.path) == 1 and call.machine.statement is call.site.node and name not in OF_EVERY_ROW:
        call.report(Reason.EXTERNAL_HELPER, f"{call.site.words} is a method of the project's own model")
    return HostObject(VALUE)


OF_EVERY_ROW: Final = frozenset(
    (
        *("full_clean", "clean", "clean_fields", "validate_unique", "validate_constraints", "set_password"),
        *("set_unusable_password", "prepare_database_save", "get_deferred_fields"),
        "set_current_language",  # of django-parler: which translation is meant
    )
)
RELATED: HostKind = HostKind(
    name="a value of a row, or what it is related to",
    methods={**_OF_ROWS, **_OF_RELATION},
    attributes={"through": _through},
    attribute=_attribute,
    assign=lambda _owner, _name, _value: True,
    call=_call_related,
    element=lambda owner: HostObject(VALUE),  # noqa: ARG005  # of an array or a JSON value: relations end in all()
    item=lambda _owner, _key: HostObject(VALUE),
    any_value=True,
)


def _manager(owner: HostObject) -> object:
    rows = rows_of(owner)
    return query_set(Rows(rows.model, rows.path, links=rows.links, patched=rows.patched))


def _patch(owner: HostObject, name: str, value: object) -> bool:
    """`Order.total = total`: a method for the rows of this class."""
    patched = rows_of(owner).patched
    if patched is not None and isinstance(value, defined.Function):
        patched[name] = value
    return True


def _new(owner: HostObject, call: Call) -> object:
    return HostObject(ROW, rows_of(owner)._replace(narrowed=True, each=call.site.loop, made=None, assigned=Assigned()))


MODEL: HostKind = HostKind(
    name="a model",
    attributes={
        "objects": _manager,
        "_default_manager": _manager,
        "_base_manager": _manager,
        "_meta": lambda owner: HostObject(META, rows_of(owner)),
        "__name__": lambda _: Unknown(Cause.DATABASE, "the name of a model"),
    },
    attribute=_of_model,
    own=_own,
    assign=_patch,
    call=_new,
    sensitive=True,
)
