"""One comment that stays: found by its marker and its author, changed only when its text changes.

Marker and author both have to fit: anybody can write the marker into a comment of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from migsafe.model.record import Record

_KEY = re.compile(r"[A-Za-z0-9._-]{1,80}")


class Comment(Record):
    id: str
    author: str
    body: str
    url: str = ""


class Forge(Protocol):
    """A pull request or merge request, as far as its comments go."""

    def me(self) -> str:
        """The name under which the token writes."""

    def comments(self) -> Iterator[Comment]:
        """All of them, over all pages."""

    def create(self, body: str) -> str:
        """Returns its address."""

    def update(self, comment: Comment, body: str) -> str:
        """Returns its address."""


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not needed"


class Posted(Record):
    outcome: Outcome
    url: str = ""


def is_key(text: str) -> bool:
    """Whether it can stand in a marker without ending it."""
    return _KEY.fullmatch(text) is not None


def marker(key: str) -> str:
    return f"<!-- migsafe:key={key} -->"


def post(forge: Forge, text: str, key: str, *, needed: bool) -> Posted:
    """Bring the comment up to date. A first one is written only when it is `needed`; one that exists turns green."""
    body = f"{marker(key)}\n{text}"
    own = _own(forge, key)
    if own is None:
        return Posted(Outcome.CREATED, forge.create(body)) if needed else Posted(Outcome.NOT_NEEDED)
    if _same(own.body, body):
        return Posted(Outcome.UNCHANGED, own.url)
    return Posted(Outcome.UPDATED, forge.update(own, body))


def _own(forge: Forge, key: str) -> Comment | None:
    author = forge.me()
    for comment in forge.comments():
        if comment.author == author and comment.body.startswith(marker(key)):
            return comment
    return None


def _same(first: str, second: str) -> bool:
    """Forges return other line ends and without the last one."""
    return first.replace("\r\n", "\n").rstrip() == second.rstrip()
