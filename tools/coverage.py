"""Which migsafe rule answers each rule of other tools, or why none does: `coverage.toml` as values, and as a page."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from migsafe.model.record import KeywordRecord, Record
from migsafe.rules.registry import rules

DATA = Path(__file__).with_name("coverage.toml")
_NO = "no: "
_NOT_YET = "not yet: "
_REMARK = " -- "


class CoverageError(ValueError):
    """The data file says something that cannot be."""


class Answer(KeywordRecord):
    """The rules that answer, with a remark; or, without any, the reason. `missing` is what is still to come."""

    codes: tuple[str, ...] = ()
    remark: str = ""
    missing: bool = False


class Tool(KeywordRecord):
    name: str
    version: str
    home: str
    note: str
    rules: Mapping[str, Answer]


class Hazard(KeywordRecord):
    """A row of the field's merged table: what several tools check under different names."""

    area: str
    check: str
    answer: Answer


class Coverage(Record):
    hazards: tuple[Hazard, ...]
    tools: tuple[Tool, ...]


@cache
def load(path: Path = DATA) -> Coverage:
    """Raises CoverageError for an answer that says nothing and for a code that is no rule."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    hazards = tuple(
        Hazard(area=area, check=check, answer=answer(text, check))
        for area, rows in document["hazards"].items()
        for check, text in rows.items()
    )
    return Coverage(hazards, tuple(_tool(entry) for entry in document["tool"]))


def _tool(entry: Mapping[str, object]) -> Tool:
    rows = entry["rules"]
    assert isinstance(rows, dict)
    return Tool(
        name=str(entry["name"]),
        version=str(entry["version"]),
        home=str(entry["home"]),
        note=str(entry["note"]),
        rules={name: answer(text, f"{entry['name']} {name}") for name, text in rows.items()},
    )


def answer(text: str, place: str) -> Answer:
    """What a line of the data says. Raises CoverageError."""
    for mark in (_NO, _NOT_YET):
        if text.startswith(mark) and text != mark:
            return Answer(remark=text.removeprefix(mark), missing=mark == _NOT_YET)
    words, _, remark = text.partition(_REMARK)
    codes = tuple(words.split())
    unknown = [code for code in codes if code not in _names()]
    if not codes or unknown:
        raise CoverageError(f"{place}: '{text}' names no rule" if not codes else f"{place}: there is no {unknown[0]}")
    return Answer(codes=codes, remark=remark)


@cache
def _names() -> Mapping[str, str]:
    return {rule.info.code: rule.info.name for rule in rules()}


def page() -> str:
    """docs/coverage.md without its head note."""
    return "\n".join(_lines(load())) + "\n"


_INTRODUCTION = """\
# What others check, and what migsafe says

For whoever comes from another tool: its rules by name, and the rules of migsafe that answer them. Where there is
none, the reason stands instead. First the hazards that the tools have in common.

A rule counts here only when it has a case that it flags and cases in which it stays silent
([fixtures/rules](../fixtures/rules)), each run on a real server. Rules judge what a statement does to a table that is
known to be large or is not known to be small: the same statement on a new table is no finding.
"""


def _lines(coverage: Coverage) -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("## Contents", "")
    yield "- [Hazards](#hazards)"
    for tool in coverage.tools:
        yield f"- [Coming from {tool.name}](#{_anchor(f'Coming from {tool.name}')})"
    yield from ("", "## Hazards")
    for area in dict.fromkeys(hazard.area for hazard in coverage.hazards):
        yield from ("", f"### {area}", "", "| hazard | migsafe |", "|---|---|")
        for hazard in coverage.hazards:
            if hazard.area == area:
                yield f"| {_cell(hazard.check)} | {_said(hazard.answer)} |"
    for tool in coverage.tools:
        yield from (
            "",
            f"## Coming from {tool.name}",
            "",
            f"[{tool.name}]({tool.home}) {tool.version}. {tool.note}".strip(),
        )
        yield from ("", f"| {tool.name} | migsafe |", "|---|---|")
        yield from (f"| `{name}` | {_said(said)} |" for name, said in tool.rules.items())


def _anchor(heading: str) -> str:
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _said(said: Answer) -> str:
    if not said.codes:
        return _cell(("not yet: " if said.missing else "none: ") + said.remark)
    links = ", ".join(f"[{code}](rules/{code}.md) {_names()[code]}" for code in said.codes)
    return f"{links}; {_cell(said.remark)}" if said.remark else links


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
