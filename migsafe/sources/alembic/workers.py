"""The process in which revisions are evaluated, started once for a run and only when a revision has to be read."""

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from migsafe.sources.interpreter.pool import Worker, WorkerError

HANDLER: Final = "migsafe.sources.alembic.evaluate:handle"

_AHEAD: Final[dict[str, object]] = {}
"""Answers that nobody has asked for yet, by their requests."""


@lru_cache(maxsize=1)
def _worker() -> Worker:
    worker = Worker(HANDLER)
    atexit.register(worker.close)
    return worker


def evaluate_ahead(requests: Sequence[Mapping[str, object]]) -> None:
    """Have these answers ready, each for one call of `evaluate`."""
    _AHEAD.clear()
    for request, answer in zip(requests, _worker().ask_many([dict(request) for request in requests]), strict=False):
        _AHEAD[_key(request)] = answer


def _key(request: Mapping[str, object]) -> str:
    return json.dumps(request)


def evaluate(request: Mapping[str, object]) -> Mapping[str, object]:
    """The answer of `evaluate.handle`; when there is none, the reason as a problem of the whole file."""
    try:
        known = _AHEAD.pop(_key(request), None)
        answer = _worker().ask(dict(request)) if known is None else known
    except WorkerError as error:
        problem = {"reason": str(error.reason), "detail": error.detail, "text": "", "start": 0, "end": 1}
        return {"up": {"steps": [], "problems": [problem], "raises": None}, "down": None, "included": []}
    assert isinstance(answer, Mapping)
    return answer
