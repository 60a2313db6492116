"""What migsafe says about one revision, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migsafe.model.record import KeywordRecord
from migsafe.sources.alembic.evaluate import handle
from tools.alembic_compare.truth import Project


class Ours(KeywordRecord):
    """`kind` is `exact`, `guarded`, `holes`, `named` (something is not known and said so at its place) or `crashed`.

    `sent` is each statement and whether it is certain to run as shown; `unknown` the places that are not known.
    """

    kind: str
    sent: tuple[tuple[str, bool], ...] = ()
    unknown: tuple[str, ...] = ()


def ours(project: Project, path: str) -> Ours:
    """Evaluate the revision as `migsafe check` does, in this process."""
    text = (project.root / path).read_bytes().decode("utf-8", "surrogateescape")
    request = {
        "path": path,
        "text": text,
        "root": str(project.root),
        "folders": list(project.folders),
        "convention": dict(project.convention),
    }
    try:
        answer = handle(request)
    except Exception as mistake:  # noqa: BLE001  # what is being measured
        return Ours(kind="crashed", unknown=(f"{type(mistake).__name__}: {mistake}",))
    up = answer.get("up") if isinstance(answer, Mapping) else None
    if not isinstance(up, Mapping):
        return Ours(kind="named", unknown=("no upgrade",))
    steps = [step for step in up["steps"] if isinstance(step, Mapping)]
    return _outcome(steps, [*steps, *up["problems"]])


def _outcome(steps: list[Mapping[str, object]], all_steps: list[Mapping[str, object]]) -> Ours:
    unknown = tuple(_reason(step) for step in all_steps if "reason" in step)
    sent = tuple(_sent(steps))
    if unknown:
        return Ours(kind="named", sent=sent, unknown=unknown)
    if any(step.get("holes") for step in steps):
        return Ours(kind="holes", sent=sent)
    return Ours(kind="exact" if all(certain for _, certain in sent) else "guarded", sent=sent)


def _reason(step: Mapping[str, object]) -> str:
    return f"{step['reason']}: {str(step['detail'])[:70]} [{str(step['text'])[:40]}]"


def _sent(steps: list[Mapping[str, object]]) -> Iterator[tuple[str, bool]]:
    for step in steps:
        certain = step.get("certainty") == "exact" and not step.get("guards") and not step.get("holes")
        if step.get("autocommit") in ("begin", "end"):
            yield ("COMMIT" if step["autocommit"] == "begin" else "BEGIN"), certain
        elif "sql" in step:
            yield str(step["sql"]), certain
