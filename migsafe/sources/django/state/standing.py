"""What the version table of a database means for a project's files, as Django's loader sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.reading.reader import Node
from migsafe.sources.django.state.graph import Ordered

_SHOWN = 3


class Standing(KeywordRecord):
    """The numbers of migrations that are applied and pending, and the recorded ones of which the project knows
    nothing."""

    done: int = 0
    pending: int = 0
    strange: tuple[str, ...] = ()


def node_of(identity: str) -> Node:
    """`shop.0001_initial` as Django's pair."""
    label, _, name = identity.partition(".")
    return (label, name)


def standing(ordered: Ordered, recorded: Sequence[str]) -> Standing:
    """`recorded` are the names that belong to no file. Those of other apps are those of Django and of libraries, and
    those that a squashed migration replaces may be gone."""
    done = sum(m.node in ordered.applied for m in ordered.migrations)
    every = (*ordered.migrations, *ordered.left_out_migrations)
    labels = {m.app_label for m in every}
    replaced = {node for m in every for node in m.replaces}
    strange = [word for word in recorded if node_of(word)[0] in labels and node_of(word) not in replaced]
    return Standing(done=done, pending=len(ordered.migrations) - done, strange=tuple(sorted(strange)))


def left_out_words(ordered: Ordered, focus: frozenset[str] | None) -> Iterator[str]:
    """Which migrations of the focus are not judged, because others run in their place."""
    pairs = [
        (".".join(m.node), ".".join(ordered.left_out[m.node][0]))
        for m in ordered.left_out_migrations
        if ordered.left_out[m.node] and (focus is None or m.path in focus)
    ]
    if not pairs:
        return
    named = ", ".join(f"{left} ({runs} runs instead)" for left, runs in pairs[:_SHOWN])
    more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    yield f"Not judged, because of squashed migrations: {named}{more}. Name one to have it judged."
