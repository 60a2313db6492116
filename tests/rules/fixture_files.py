"""Reads fixtures/rules: Markdown files that people read and tests run. The format is in fixtures/rules/README.md."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "rules"
_TITLE = re.compile(r"^# (MS\d{3}) ([a-z-]+)$")
_SETTINGS = "Settings: "
_BLOCKS = ("sql schema", "sql up", "sql migration", "findings", "remedy")
_OPTIONS = ("transaction", "target", "server", "refused", "session-lock-timeout", "drops", "others", "way-back")
OLDEST_MAINTAINED = 15
NONE = "none"


class FixtureError(ValueError):
    """A file does not follow the format; the text begins with its place."""


@dataclass(frozen=True)
class Case:
    """One section. `remedies` are those of the rule's own findings, in order."""

    rule: str
    title: str
    line: int
    schema: str
    migration: str
    options: dict[str, str]
    findings: str
    remedies: tuple[str, ...]
    up: str = ""  # the way up, when the migration is its way back

    @property
    def id(self) -> str:
        return f"{self.rule}-{re.sub(r'[^a-z0-9]+', '-', self.title.lower()).strip('-')}"

    @property
    def flagged(self) -> bool:
        """Whether the rule itself has something to say; a silent case may have findings of others."""
        return any(f" {self.rule} " in line for line in self.findings.splitlines())

    @property
    def transaction(self) -> str:
        return self.options.get("transaction", "file")

    @property
    def target(self) -> int:
        return int(self.options.get("target", OLDEST_MAINTAINED))

    @property
    def server(self) -> str | None:
        return self.options.get("server")


@dataclass(frozen=True)
class RuleFile:
    rule: str
    name: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class _Block:
    kind: str
    options: dict[str, str]
    text: str


def read_folder(folder: Path = FOLDER) -> tuple[RuleFile, ...]:
    return tuple(parse(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("MS*.md")))


def parse(text: str, place: str) -> RuleFile:
    """Raises FixtureError."""
    lines = text.splitlines()
    title = _TITLE.match(lines[0]) if lines else None
    if title is None or not place.startswith(title[1]):
        raise FixtureError(f"{place}: the first line is the title '# CODE name', as the file is called")
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")] + [len(lines)]
    head = lines[1 : starts[0]]
    shared = next((_options(line.removeprefix(_SETTINGS), place) for line in head if line.startswith(_SETTINGS)), {})
    cases = tuple(_case(title[1], lines[a:b], a + 1, shared) for a, b in itertools.pairwise(starts))
    return RuleFile(title[1], title[2], cases)


def _case(rule: str, lines: list[str], first: int, shared: dict[str, str]) -> Case:
    place = f"{rule}.md:{first}"
    blocks = list(_blocks(lines, first, rule))
    migration = _only(blocks, "sql migration", place)
    remedies = [block for block in blocks if block.kind == "remedy"]
    options = {**shared, **migration.options}
    for remedy in remedies:
        options |= remedy.options
    return Case(
        rule=rule,
        title=lines[0].removeprefix("## ").strip(),
        line=first,
        schema="\n".join(block.text for block in blocks if block.kind == "sql schema"),
        migration=migration.text,
        options=options,
        findings=_only(blocks, "findings", place).text,
        remedies=tuple(block.text for block in remedies),
        up="\n".join(block.text for block in blocks if block.kind == "sql up"),
    )


def _only(blocks: list[_Block], kind: str, place: str) -> _Block:
    found = [block for block in blocks if block.kind == kind]
    if len(found) != 1 or not found[0].text:
        raise FixtureError(f"{place}: expected one block '{kind}' that is not empty")
    return found[0]


def _blocks(lines: list[str], first: int, rule: str) -> Iterator[_Block]:
    heading: str | None = None
    body: list[str] = []
    for number, line in enumerate(lines, start=first):
        if not line.startswith("```"):
            body.append(line)
            continue
        if heading is None:
            heading, body = line.removeprefix("```"), []
            continue
        yield _block(heading, "\n".join(body), f"{rule}.md:{number}")
        heading = None
    if heading is not None:
        raise FixtureError(f"{rule}.md:{first}: the block '{heading}' does not end")


def _block(heading: str, text: str, place: str) -> _Block:
    kind = next((kind for kind in _BLOCKS if heading == kind or heading.startswith(f"{kind} ")), None)
    if kind is None:
        raise FixtureError(f"{place}: there is no kind of block '{heading}'")
    return _Block(kind, _options(heading.removeprefix(kind), place), text)


def _options(words: str, place: str) -> dict[str, str]:
    options = {name: value for name, _, value in (word.partition("=") for word in words.split())}
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise FixtureError(f"{place}: there is no option '{unknown[0]}'")
    return options
