"""Read case files: setups and the statements to observe on them. The grammar is in fixtures/truth/README.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.observe.binaries import MAJORS

FOLDER = Path("fixtures/truth")
MARKER = re.compile(r"^-- (setup|case|before|observed):(.*)$")
SETUP = re.compile(r"^\s*([\w-]+)(?:\s+extends\s+([\w-]+))?\s*$")
CASE = re.compile(r"^\s*([\w-]+)(?:\s+\((\d+)(?:-(\d+))?\))?\s*$")


class CaseError(ValueError):
    """A case file does not follow the grammar; the text begins with its place."""


@dataclass(frozen=True)
class Case:
    """A statement to observe. It runs after `setup` has been committed and after `before` in its transaction."""

    topic: str
    name: str
    setup: str
    before: str
    statement: str
    versions: tuple[int, ...]

    @property
    def digest(self) -> str:
        """Tells whether a recorded observation still belongs to this text."""
        text = f"{self.setup}\0{self.before}\0{self.statement}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Block:
    place: str
    keyword: str
    argument: str
    sql: str


def read_folder(folder: Path = FOLDER) -> Iterator[Case]:
    for path in sorted(folder.glob("*.sql")):
        yield from read_file(path)


def read_file(path: Path) -> list[Case]:
    return parse(path.read_text(encoding="utf-8"), path.stem)


def parse(text: str, topic: str) -> list[Case]:
    setups: dict[str, str] = {}
    cases: dict[str, Case] = {}
    current = ""
    blocks = iter(_blocks(text, topic))
    for block in blocks:
        if block.keyword == "setup":
            current = _add_setup(block, setups)
        elif block.keyword == "case":
            case = _case(block, blocks, topic, current)
            if case.name in cases:
                raise CaseError(f"{block.place}: there are two cases named {case.name}")
            cases[case.name] = case
        else:
            raise CaseError(f"{block.place}: '{block.keyword}' without a case")
    return list(cases.values())


def _blocks(text: str, topic: str) -> Iterator[_Block]:
    place, keyword, argument = "", "", ""
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        marker = MARKER.match(line)
        if not marker:
            lines.append(line)
            continue
        if keyword:
            yield _Block(place, keyword, argument, _sql(lines))
        place, keyword, argument = f"{topic}.sql:{number}", marker[1], marker[2]
        lines = []
    if keyword:
        yield _Block(place, keyword, argument, _sql(lines))


def _sql(lines: list[str]) -> str:
    """Without notes: lines that are comments as a whole."""
    return "\n".join(line for line in lines if not line.startswith("--")).strip()


def _add_setup(block: _Block, setups: dict[str, str]) -> str:
    heading = SETUP.match(block.argument)
    if not heading:
        raise CaseError(f"{block.place}: expected 'setup: NAME' or 'setup: NAME extends OTHER'")
    name, base = heading[1], heading[2]
    if name in setups:
        raise CaseError(f"{block.place}: there are two setups named {name}")
    if base and base not in setups:
        raise CaseError(f"{block.place}: the setup {base} does not stand above")
    setups[name] = "\n".join(part for part in (setups.get(base, ""), block.sql) if part)
    return setups[name]


def _case(block: _Block, blocks: Iterator[_Block], topic: str, setup: str) -> Case:
    heading = CASE.match(block.argument)
    if not heading:
        raise CaseError(f"{block.place}: expected 'case: NAME', 'case: NAME (14)' or 'case: NAME (14-18)'")
    before, statement = "", block.sql
    if not statement:
        before = _next(blocks, "before", block.place).sql
        statement = _next(blocks, "observed", block.place).sql
    if not statement:
        raise CaseError(f"{block.place}: there is no statement to observe")
    return Case(topic, heading[1], setup, before, statement, _versions(heading[2], heading[3]))


def _next(blocks: Iterator[_Block], keyword: str, place: str) -> _Block:
    block = next(blocks, None)
    if block is None or block.keyword != keyword:
        raise CaseError(f"{place}: expected a statement, or 'before:' and then 'observed:'")
    return block


def _versions(first: str | None, last: str | None) -> tuple[int, ...]:
    if first is None:
        return MAJORS
    return tuple(major for major in MAJORS if int(first) <= major <= int(last or first))
