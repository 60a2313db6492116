"""Reads fixtures/django: Markdown files of small Django migrations that people read and tests run. The format is in
fixtures/django/README.md."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "django"
NONE = "none"
_KINDS = (
    "python imports",
    "python before",
    "python operations",
    "python running",
    "python next",
    "sql rows",
    "findings",
)
_OPTIONS = ("atomic", "refused", "fails", "target", "computed", "asks", "django")
_FIRST_OPERATION_LINE = 10
_INDENT = " " * 8


class DjangoCaseError(ValueError):
    """A file does not follow the format; the text begins with its place."""


@dataclass(frozen=True)
class Release:
    """What a release does: code on the models that it knows, and the SQLSTATE or exception that it ends in."""

    code: str
    fails: str | None


@dataclass(frozen=True)
class DjangoCase:
    """One section of a file, with what the file says before its first section."""

    file: str
    title: str
    line: int
    imports: str
    before: str
    rows: str
    operations: str
    options: dict[str, str]
    findings: str
    running: tuple[Release, ...]
    next: tuple[Release, ...]

    @property
    def id(self) -> str:
        return f"{self.file}-{re.sub(r'[^a-z0-9]+', '-', self.title.lower()).strip('-')}"

    @property
    def refused(self) -> str | None:
        """The SQLSTATE, or Django's exception, with which the migration itself ends."""
        return self.options.get("refused")

    @property
    def since_django(self) -> tuple[int, ...]:
        """The version that brought what the case uses; empty for what all of them have."""
        return tuple(int(part) for part in self.options.get("django", "").split(".") if part)

    @property
    def refused_by_django(self) -> bool:
        """Whether Django ends it before the server is asked: it has names and no codes for that."""
        return self.refused is not None and not self.refused[0].isdigit()

    @property
    def files(self) -> dict[str, str]:
        """The two migrations of the app `shop`."""
        atomic = "    atomic = False\n" if self.options.get("atomic") == "False" else "\n"
        return {
            "0001_before": _migration(self.imports, "", "\n", self.before),
            "0002_case": _migration(self.imports, '("shop", "0001_before")', atomic, self.operations),
        }

    def line_in_block(self, line: int) -> int:
        """The line of the operations' block that a line of the file `0002_case` is."""
        return line - self.imports.count("\n") - _FIRST_OPERATION_LINE + 1


def _migration(imports: str, dependencies: str, atomic: str, operations: str) -> str:
    """The operations begin on line 10 when there is one line of imports."""
    body = "\n".join(f"{_INDENT}{line}" if line else "" for line in operations.split("\n"))
    return (
        f"from django.db import migrations, models\n{imports}\n\n\n"
        f"class Migration(migrations.Migration):\n"
        f"    dependencies = [{dependencies}]\n{atomic}\n"
        f"    operations = [\n{body}\n    ]\n"
    )


def read_folder(folder: Path = FOLDER) -> tuple[DjangoCase, ...]:
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    return tuple(case for path in files for case in parse(path.read_text(encoding="utf-8"), path.stem))


def parse(text: str, file: str) -> tuple[DjangoCase, ...]:
    """Raises DjangoCaseError."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")] + [len(lines)]
    shared = list(_blocks(lines[: starts[0]], 1, file))
    cases = tuple(_case(lines[a:b], a + 1, shared, file) for a, b in itertools.pairwise(starts))
    if not cases:
        raise DjangoCaseError(f"{file}: it has no case")
    return cases


@dataclass(frozen=True)
class _Block:
    kind: str
    options: dict[str, str]
    text: str


def _case(lines: list[str], first: int, shared: list[_Block], file: str) -> DjangoCase:
    place = f"{file}.md:{first}"
    own = list(_blocks(lines, first, file))
    blocks = [*shared, *own]
    operations = _only(own, "python operations", place)
    return DjangoCase(
        file=file,
        title=lines[0].removeprefix("## ").strip(),
        line=first,
        imports=_last(blocks, "python imports"),
        before=_last(blocks, "python before"),
        rows=_last(blocks, "sql rows"),
        operations=operations.text,
        options=operations.options,
        findings=_only(own, "findings", place).text,
        running=tuple(_releases(own, "python running")),
        next=tuple(_releases(own, "python next")),
    )


def _releases(blocks: list[_Block], kind: str) -> Iterator[Release]:
    return (Release(block.text, block.options.get("fails")) for block in blocks if block.kind == kind)


def _last(blocks: list[_Block], kind: str) -> str:
    return next((block.text for block in reversed(blocks) if block.kind == kind), "")


def _only(blocks: list[_Block], kind: str, place: str) -> _Block:
    found = [block for block in blocks if block.kind == kind]
    if len(found) != 1 or not found[0].text:
        raise DjangoCaseError(f"{place}: expected one block '{kind}' that is not empty")
    return found[0]


def _blocks(lines: list[str], first: int, file: str) -> Iterator[_Block]:
    heading: str | None = None
    body: list[str] = []
    for number, line in enumerate(lines, start=first):
        if not line.startswith("```"):
            body.append(line)
        elif heading is None:
            heading, body = line.removeprefix("```"), []
        else:
            yield _block(heading, "\n".join(body), f"{file}.md:{number}")
            heading = None
    if heading is not None:
        raise DjangoCaseError(f"{file}.md:{first}: the block '{heading}' does not end")


def _block(heading: str, text: str, place: str) -> _Block:
    kind = next((kind for kind in _KINDS if heading == kind or heading.startswith(f"{kind} ")), None)
    if kind is None:
        raise DjangoCaseError(f"{place}: there is no kind of block '{heading}'")
    words = heading.removeprefix(kind).split()
    options = {name: value for name, _, value in (word.partition("=") for word in words)}
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise DjangoCaseError(f"{place}: there is no option '{unknown[0]}'")
    return _Block(kind, options, text)
