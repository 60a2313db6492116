"""The list of rules and the page of one, for the terminal and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from migsafe.rules.base import RuleInfo
from migsafe.version import RULE_PAGE


def render(infos: Sequence[RuleInfo]) -> str:
    """A line for each rule."""
    width = max(len(info.name) for info in infos)
    return "".join(f"{info.code}  {info.name:<{width}}  {info.summary}\n" for info in infos)


def render_json(infos: Sequence[RuleInfo]) -> str:
    """The same as a JSON array."""
    return json.dumps([_object(info) for info in infos], indent=2, ensure_ascii=False) + "\n"


def _object(info: RuleInfo) -> dict[str, str | bool]:
    return {
        "code": info.code,
        "name": info.name,
        "summary": info.summary,
        "default": info.default,
        "since": info.since,
        "url": RULE_PAGE.format(code=info.code),
    }


def page(info: RuleInfo) -> str:
    """The rule's documentation as it stands in its module."""
    return f"{info.code} {info.name}\n\n{info.page}\n\nSince version {info.since}.\n"
