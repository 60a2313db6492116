"""What steps import from Django and from well-known libraries: what of it changes rows, and what does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from migsafe.sources.django.steps import libraries
from migsafe.sources.django.steps.commands import call_command
from migsafe.sources.django.steps.cursors import CONNECTION, CONNECTIONS, CURSOR, EDITOR, atomic, send
from migsafe.sources.django.steps.model_options import rows_of
from migsafe.sources.django.steps.query_sets import MODEL, OF_EVERY_ROW, ROW, VALUE, model, query_set
from migsafe.sources.django.steps.records import DataStep, Model, Placed, Rows, note
from migsafe.sources.django.steps.registry import APPS, CONFIG
from migsafe.sources.interpreter import Call, Cause, Event, HostFunction, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.stdlib_tools import INERT
from migsafe.sources.interpreter.values import items_of
from migsafe.sources.interpreter.values_defined import Function, Method


def _afterwards(call: Call, function: object, kwargs: Mapping[str, object]) -> object:
    """What runs when the transaction is committed, or when all migrations are done."""
    events = call.machine.events
    before = len(events)
    call.invoke(function, (), kwargs)
    for place in range(before, len(events)):
        payload = events[place].payload
        if isinstance(payload, Placed):
            events[place] = Event(payload._replace(step=payload.step._replace(after=True)), events[place].site)
    return None


def _on_commit(call: Call) -> object:
    function = call.args[0] if call.args else call.kwargs.get("func")
    return None if function is None else _afterwards(call, function, {})


def _connect(owner: HostObject, call: Call) -> object:
    """`post_migrate.connect(receiver)`: Django calls it when all migrations are done, in autocommit mode."""
    receiver = call.args[0] if call.args else call.kwargs.get("receiver")
    if receiver is None:
        return HostFunction("a decorator", lambda inner: inner.args[0] if inner.args else None)
    if owner.payload == "post_migrate":
        config = HostObject(CONFIG, call.unknown(Cause.ENVIRONMENT))
        _afterwards(call, receiver, {"sender": config, "app_config": config, "apps": HostObject(APPS)})
    return receiver


SIGNAL: Final = HostKind(
    name="a signal",
    methods={"connect": _connect, "disconnect": lambda owner, call: None},  # noqa: ARG005  # the kind's signature
)
"""Payload: its name. Receivers of other signals run only when today's models are saved, which MS641 is about."""


def _inserts_into(*models: Model) -> Callable[[Call], object]:
    def record(call: Call) -> object:
        for one in models:
            note(call, "insert", Rows(one), few=True)
        return None

    return record


def _values(call: Call) -> object:
    """psycopg2.extras.execute_values(cursor, sql, values): one INSERT for a page of values."""
    send(call, call.args[1] if len(call.args) > 1 else call.kwargs.get("sql"), with_values=True)
    return None


def _batch(call: Call) -> object:
    """psycopg2.extras.execute_batch(cursor, sql, values): the statement once for each."""
    send(call, call.args[1] if len(call.args) > 1 else call.kwargs.get("sql"), with_values=True)
    return None


def _pages(call: Call) -> object:
    """`Paginator(query_set, size)`."""
    of = call.args[0] if call.args else call.kwargs.get("object_list")
    return HostObject(PAGES, of) if isinstance(of, HostObject) and of.kind is not MODEL else call.unknown()


def _page(owner: HostObject) -> object:
    of = owner.payload
    return query_set(rows_of(of)._replace(part=True)) if isinstance(of, HostObject) and _has_rows(of) else VALUE


def _has_rows(of: HostObject) -> bool:
    return isinstance(of.payload, Rows)


PAGES: HostKind = HostKind(
    name="pages",
    methods={**dict.fromkeys(("page", "get_page"), lambda owner, _call: _page(owner))},
    attributes={"object_list": _page, "page_range": lambda _: Unknown(Cause.DATABASE, "the pages")},
    attribute=lambda _, name: Unknown(Cause.DATABASE, name),
    element=_page,
)


def _itself(call: Call) -> object:
    """A wrapper of rows, as `tqdm` is one: RangeQuerySetWrapper(query_set, step=…)."""
    of = call.args[0] if call.args else None
    if isinstance(of, HostObject) and _has_rows(of) and of.kind is not MODEL:
        return query_set(rows_of(of)._replace(streamed=True))
    return of if of is not None else call.unknown()


def _unknown(cause: Cause) -> Callable[[Call], object]:
    return lambda call: call.unknown(cause)


_READ_ONLY: Final = (
    *("Subquery", "OuterRef", "Prefetch", "Window", "RowRange", "FilteredRelation", "prefetch_related_objects"),
)


_BY_HAND: Final = (
    *("savepoint", "savepoint_commit", "savepoint_rollback", "clean_savepoints", "set_autocommit", "get_autocommit"),
    *("set_rollback", "get_rollback", "commit", "rollback", "mark_for_rollback_on_error"),
)
"""What code does to its transaction: none of it changes rows."""


def _names() -> Iterator[tuple[str, object]]:
    yield "django.db.connection", HostObject(CONNECTION)
    yield "django.db.connections", HostObject(CONNECTIONS)
    yield "django.db.DEFAULT_DB_ALIAS", "default"
    yield "django.db.utils.DEFAULT_DB_ALIAS", "default"
    yield "django.db.transaction.atomic", HostFunction("atomic", atomic)
    yield "django.db.transaction.on_commit", HostFunction("on_commit", _on_commit)
    yield "django.db.transaction.get_connection", HostFunction("get_connection", lambda _: HostObject(CONNECTION))
    for name in _BY_HAND:
        yield f"django.db.transaction.{name}", HostFunction(name, _unknown(Cause.DATABASE))
    yield "django.core.cache.cache", INERT
    yield "django.core.cache.caches", INERT
    yield "django.apps.apps", HostObject(APPS)
    yield "django.db.router", INERT
    for name in ("pre_migrate", "post_migrate", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"):
        yield f"django.db.models.signals.{name}", HostObject(SIGNAL, name)
    permissions = HostFunction("create_permissions", _inserts_into(("auth", "permission")))
    kinds = HostFunction("create_contenttypes", _inserts_into(("contenttypes", "contenttype")))
    yield "django.contrib.auth.management.create_permissions", permissions
    yield "django.contrib.contenttypes.management.create_contenttypes", kinds
    yield "django.contrib.contenttypes.management.update_contenttypes", kinds
    both = _inserts_into(("contenttypes", "contenttype"), ("auth", "permission"))
    yield "django.core.management.sql.emit_post_migrate_signal", HostFunction("emit_post_migrate_signal", both)
    yield "django.core.management.sql.emit_pre_migrate_signal", HostFunction("emit", _unknown(Cause.ENVIRONMENT))
    for name in ("reset_queries", "close_old_connections"):
        yield f"django.db.{name}", HostFunction(name, lambda _: None)
    yield "django.core.management.call_command", HostFunction("call_command", call_command)
    yield "django.core.paginator.Paginator", HostFunction("Paginator", _pages)
    for module in ("django.db.models", "django.db.models.expressions", "django.db.models.query"):
        for name in (
            "Subquery",
            "OuterRef",
            "Prefetch",
            "Window",
            "RowRange",
            "FilteredRelation",
            "prefetch_related_objects",
        ):
            yield f"{module}.{name}", HostFunction(name, _unknown(Cause.DATABASE))
    yield from libraries.names()
    yield "psycopg2.extras.execute_values", HostFunction("execute_values", _values)
    yield "psycopg2.extras.execute_batch", HostFunction("execute_batch", _batch)


def user_model(stated: object) -> HostFunction:
    """`get_user_model()`: the model that AUTH_USER_MODEL names."""
    label, _, name = stated.rpartition(".") if isinstance(stated, str) else ("", "", "")
    return HostFunction("get_user_model", lambda _: model(Rows((label, name.lower()) if label else None)))


NAMES: Final = dict(_names())
"""What steps import from Django, dotted."""

_QUIET: Final = (
    *("django.core.cache.", "django.core.mail.", "django.core.files.", "django.core.signing."),
    *("django.core.validators.", "django.utils.", "django.template.", "django.urls."),
    *("django.contrib.auth.hashers.", "django.core.exceptions.", "django.core.management.color."),
    *("django.contrib.staticfiles.", "django.core.serializers.json.", "django.test.", "bs4.", "lxml."),
    *("yaml.", "markdown.", "bleach.", "nh3.", "html5lib.", "slugify.", "unidecode.", "pytz.", "dateutil."),
    *("requests.", "urllib3.", "boto3.", "botocore.", "PIL.", "cryptography.", "jwt.", "packaging."),
    *("semver.", "babel.", "pycountry.", "phonenumbers.", "sentry_sdk.", "redis.", "django_redis."),
    *("django_rq.", "rq.", "hashlib.", "hmac.", "json.", "re.", "csv.", "math.", "statistics.", "operator."),
    *("urllib.", "base64.", "binascii.", "zlib.", "gzip.", "struct.", "html.", "unicodedata.", "calendar."),
    *("locale.", "ipaddress.", "difflib.", "shutil.", "mimetypes.", "collections.", "itertools."),
    *("functools.", "simplejson.", "orjson.", "ujson.", "rapidjson.", "six.", "pydantic.", "zoneinfo."),
    *("bisect.", "heapq.", "fnmatch.", "codecs.", "ast.", "enum.", "dataclasses.", "gc.", "signal."),
    *("reversion.", "netaddr.", "isodate.", "arrow.", "pendulum.", "tzlocal.", "colorsys."),
    *(
        "requests_cache.",
        "auditlog.",
        "django_countries.",
        "guardian.utils.",
        "django_scopes.",
        "parler.utils.",
        "modelcluster.",
    ),
    *("opentelemetry.", "prometheus_client.", "statsd.", "psycopg2.sql.", "psycopg.sql.", "sqlparse."),
    *("jsonschema.", "docutils.", "textile.", "mistune."),
    *("sys.stdout.", "sys.stderr.", "time.", "zipfile.", "tarfile.", "tempfile.", "pathlib.", "logging.", "mptt."),
    *("threading.", "queue.", "tqdm.", "secrets.", "random.", "pickle.", "copy.", "textwrap.", "pprint.", "warnings."),
)
"""Libraries that do not write to the database of a migration: their calls give values that are not known."""
_HOLDING: Final = (
    *("collections.", "itertools.", "functools.", "operator.", "copy.", "heapq.", "bisect.", "random.", "queue."),
    *("threading.", "pickle."),
)
"""Those of which what goes in comes out again: rows stay rows."""
_QUEUED: Final = frozenset(("delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "enqueue", "send_task"))
_MANAGERS: Final = ("objects", "_default_manager", "_base_manager")
_MADE: Final = re.compile(r"(?:\w+\.)*([A-Z]\w*)\((?:…)?\)")


def attribute_of_unknown(owner: Unknown, name: str) -> object | None:
    """`Order.objects` of a class that is imported, and `Order(…).save`."""
    if owner.cause is Cause.IMPORT and name.endswith(_MANAGERS):
        return _managed(owner.text)
    made = _MADE.fullmatch(owner.text) if owner.cause is Cause.CALL else None
    if made is None or name not in ("save", "delete"):
        return INERT if made is not None and name in OF_EVERY_ROW else None
    change = "insert" if name == "save" else "delete"
    rows = Rows(("", made[1].lower()))
    return HostFunction(name, lambda call: note(call, change, rows, few=True))


def _managed(words: str) -> HostObject | None:
    """The rows of a class that is imported, or those between it and another: `Order.tags.through`."""
    of, _, between = words.removesuffix(".through").rpartition(".")
    links = words.endswith(".through")
    named = current_model(of if links else words)
    return None if named is None else query_set(Rows(named, (between,) if links else (), links=links))


def current_model(words: str) -> Model | None:
    """`shop.models.order.Order`: the package before `models` is the app."""
    module, _, name = words.rpartition(".")
    parts = module.split(".")
    if not name[:1].isupper():
        return None
    before = parts[: parts.index("models")] if "models" in parts else parts
    return (before[-1] if before else "", name.lower())


def call_of_unknown(callee: Unknown, call: Call) -> object | None:
    """Work that is handed to a queue, and functions of libraries that only compute."""
    values = (*call.args, *call.kwargs.values())
    if any(isinstance(value, HostObject) and value.kind in _TO_THE_SERVER for value in values):
        return None
    if callee.text.rpartition(".")[2] in _QUEUED:
        return _queued(call)
    if any(isinstance(value, (Function, Method)) for value in values):
        return None
    if _removes_a_file(callee, call):
        return call.unknown(Cause.ENVIRONMENT)
    quiet = callee.cause is Cause.IMPORT and callee.text.startswith(_QUIET)
    if quiet and callee.text.startswith(_HOLDING) and any(map(_holds_rows, values)):
        return None
    return call.unknown(Cause.ENVIRONMENT) if quiet else None


def _holds_rows(value: object) -> bool:
    return any(isinstance(part, HostObject) and _has_rows(part) for part in (value, *items_of(value)))


def _removes_a_file(callee: Unknown, call: Call) -> bool:
    """`storage.delete(name)` of Django's storages, told by its words: rows are deleted without naming anything."""
    owner, _, method = callee.text.rpartition(".")
    return method == "delete" and "storage" in owner.lower() and (len(call.args) == 1 or "name" in call.kwargs)


def escapes(callee: Unknown, call: Call) -> bool:
    """Whether imported code that is not read gets a row, which it may save, in an expression; a statement of its own
    is told anyway. Of plain values it can make nothing but other values."""
    values = (*call.args, *call.kwargs.values())
    return callee.cause is Cause.IMPORT and any(isinstance(v, HostObject) and v.kind is ROW for v in values)


_WORKS: Final = frozenset(
    (
        *("backfill", "cleanup", "delete", "fill", "insert", "migrate", "populate", "purge", "rebuild", "recreate"),
        *("remove", "reset", "save", "sync", "update"),
    )
)


def works(callee: Unknown) -> bool:
    """Whether the name of imported code says that it changes something: of the 113 that 53 projects call for a value,
    with values, and that could not be read, the one that writes rows is called so."""
    words = callee.text.rpartition(".")[2].strip("_").split("_")
    return callee.cause is Cause.IMPORT and (words[0] in _WORKS or "backfill" in words)


def attribute_of_function(function: Function, name: str) -> object | None:
    """`task.delay`: the function runs elsewhere, and later."""
    if name not in _QUEUED:
        return None

    def queue(call: Call) -> object:
        body = function.node.body
        call.machine.trace.dead.update(body if isinstance(body, list) else [body])  # not run by this migration
        return _queued(call)

    return HostFunction(f"{function.name}.{name}", queue)


def _queued(call: Call) -> object:
    site = call.site
    step = DataStep("task", site.origin, loop=site.loop, guards=site.guards)
    call.record(Placed(step, site.path, site.node))
    return call.unknown(Cause.ENVIRONMENT)


_TO_THE_SERVER: Final = (CURSOR, CONNECTION, EDITOR)
__all__ = ["NAMES", "attribute_of_function", "attribute_of_unknown", "call_of_unknown", "user_model"]
