"""The process in which revisions are evaluated, started once for a run and only when a revision has to be read."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from migsafe.sources.interpreter.pool import Worker, WorkerError

HANDLER: Final = "migsafe.sources.alembic.evaluate:handle"


@lru_cache(maxsize=1)
def _worker() -> Worker:
    worker = Worker(HANDLER)
    atexit.register(worker.close)
    return worker


def evaluate(request: Mapping[str, object]) -> Mapping[str, object]:
    """The answer of `evaluate.handle`; when there is none, the reason as a problem of the whole file."""
    try:
        answer = _worker().ask(dict(request))
    except WorkerError as error:
        problem = {"reason": str(error.reason), "detail": error.detail, "text": "", "start": 0, "end": 1}
        return {"up": {"steps": [], "problems": [problem], "raises": None}, "down": None, "included": []}
    assert isinstance(answer, Mapping)
    return answer
