"""What the domain's functions share during one evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from migsafe.sources.alembic.constructs import REFUSED
from migsafe.sources.alembic.payloads import NotKnown, Sent
from migsafe.sources.alembic.renderer import Renderer
from migsafe.sources.alembic.values import UnbuildableError
from migsafe.sources.interpreter import Call


class HasRenderer(Protocol):
    renderer: Renderer


def renderer(call: Call) -> Renderer:
    """The renderer of the evaluation that the call belongs to."""
    return cast("HasRenderer", call.machine.domain).renderer


def send(call: Call, action: Callable[[Renderer], object]) -> object:
    """Record what an action of Alembic's sends; when it cannot be done, that it is not known."""
    worker = renderer(call)
    worker.incomplete = False
    try:
        statements, result = worker.sent(lambda: action(worker))
    except UnbuildableError as unknown:
        not_known(call, "unknown-value", f"{call.name} depends on {unknown}, which is not known")
        return call.unknown()
    except RecursionError:
        not_known(call, "budget-exceeded", f"{call.name} is nested too deep")
        return call.unknown()
    except REFUSED as refused:
        not_known(call, "raises", f"Alembic refuses {call.name}: {_why(refused)}")
        return call.unknown()
    for sql in statements:
        call.record(Sent(sql, holes=worker.incomplete))
    return result


def _why(refused: Exception) -> str:
    """The library's own sentence; it is about names of schema objects, cut to what a message holds."""
    text = " ".join(str(refused).split("\n")[0].split())
    return f"{type(refused).__name__}: {text[:160]}" if text else type(refused).__name__


def send_statement(call: Call, construct: object) -> None:
    """Record one statement from its construct."""
    try:
        call.record(Sent(renderer(call).statement(construct)))
    except (AssertionError, RecursionError, *REFUSED) as refused:
        not_known(call, "raises", f"SQLAlchemy cannot write this statement: {type(refused).__name__}")


def not_known(call: Call, reason: str, detail: str) -> None:
    call.record(NotKnown(reason, detail))
