"""The files of a remedy: migration classes with their imports, dependencies and operations, ready to be saved."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from migsafe.model.findings import Slot
from migsafe.model.migration import Direction, Migration, Program
from migsafe.model.record import KeywordRecord, Record
from migsafe.plans.writers.python_calls import names_bound, names_in
from migsafe.plans.writers.python_code import indented, literal
from migsafe.plans.writers.slots import HEADINGS
from migsafe.text.masking import printable

NOT_ATOMIC = "atomic = False  # each operation commits by itself"
_OF_POSTGRES = frozenset(
    ("AddConstraintNotValid", "AddIndexConcurrently", "RemoveIndexConcurrently", "ValidateConstraint")
)
_IMPORTS = {"migrations": "from django.db import migrations", "models": "from django.db import models"}


class Draft(KeywordRecord):
    """One migration: `entries` are the source of its operations, `functions` of what its RunPython runs.

    `word` tells its file from those before it ("validate"). A `note` stands above it.
    """

    entries: tuple[str, ...]
    word: str = ""
    atomic: bool = True
    slot: Slot = Slot.PRE_DEPLOY
    functions: tuple[str, ...] = ()
    note: str = ""


class Note(Record):
    """Something that no migration does."""

    text: str
    slot: Slot = Slot.PRE_DEPLOY


Part = Draft | Note


def files(parts: Sequence[Part], migration: Migration, instead_of: str, *, partly: bool = False) -> str:
    """The files one after the other, each under its path. `instead_of` is the operation that they stand for, `partly`
    when it sends more statements, for which they do not stand."""
    several = len({part.slot for part in parts}) > 1
    naming = _Naming(migration, partly=partly)
    lines: list[str] = list(naming.introduction(instead_of))
    slot: Slot | None = None
    for part in parts:
        if several and part.slot is not slot:
            lines.append(f"# {HEADINGS[part.slot]}:")
            slot = part.slot
        lines.extend([f"# {part.text}"] if isinstance(part, Note) else [_file(part, migration, naming)])
    return "\n".join(lines)


class _Naming:
    """Names the new migrations: the first takes the place of the one that is judged, if that does nothing else."""

    def __init__(self, migration: Migration, *, partly: bool) -> None:
        self._program = migration.program or Program()
        self._folder, _, file = migration.path.rpartition("/")
        self._label, _, self._name = migration.id.partition(".")
        self._back = migration.direction is Direction.DOWN
        self._partly = partly and self._program.framework != ()
        self._replaces = self._program.operations <= 1 and not self._back and not self._partly
        self._last: str | None = None if self._replaces else self._name
        self._made = 0 if self._replaces else 1
        self.file = file

    def introduction(self, instead_of: str) -> Iterator[str]:
        if self._back:
            yield f"# Instead of undoing {printable(self.file)}:"
        elif self._partly:
            yield f"# In place of this statement of {printable(instead_of)}; sqlmigrate shows the others:"
        elif not self._replaces:
            yield f"# Take {printable(instead_of)} out of {printable(self.file)}; then:"

    def next(self, word: str) -> tuple[str, str]:
        """The path of the next file, and its dependencies."""
        if self._last is None:
            name, dependencies = self._name, self._program.dependencies
        else:
            name = self._numbered(word)
            dependencies = f"[({literal(self._label)}, {literal(self._last)})]"
        self._last = name
        self._made += 1
        return printable(f"{self._folder}/{name}.py".lstrip("/")), dependencies

    def _numbered(self, word: str) -> str:
        match = _NUMBER.fullmatch(self._name)
        number, rest = match.groups() if match is not None else ("", self._name)
        following = f"{int(number) + self._made:0{len(number)}}_" if number else ""
        return f"{following}{rest}_{word}" if word else f"{following}{rest}_{self._made + 1}"


_NUMBER = re.compile(r"([0-9]{1,9})_(.+)", re.DOTALL)


def _file(draft: Draft, migration: Migration, naming: _Naming) -> str:
    path, dependencies = naming.next(draft.word)
    parts = [f"# {path}"]
    entries = "\n".join(f"{entry}," for entry in draft.entries)
    body = "\n".join((*draft.functions, *(entry.strip(",") for entry in draft.entries if not _is_comment(entry))))
    imports = tuple(_imports(f"{body}\n{dependencies}", migration.program or Program()))
    parts += [*imports, *_elsewhere(body, imports, draft, naming), "", ""]
    parts += chain.from_iterable((function.rstrip("\n"), "", "") for function in draft.functions)
    parts += [f"# {draft.note}"] if draft.note else []
    parts.append("class Migration(migrations.Migration):")
    parts += [] if draft.atomic else [indented(NOT_ATOMIC), ""]
    parts += [indented(f"dependencies = {dependencies}"), "", indented("operations = [")]
    parts += [indented(indented(entries)), indented("]"), ""]
    return "\n".join(parts)


def _elsewhere(body: str, imports: Sequence[str], draft: Draft, naming: _Naming) -> Iterator[str]:
    """What the user's text takes from its own file, in words."""
    known = {name for text in imports for name in _bound(text)} | set(dir(builtins))
    own = {name for text in draft.functions for name in names_bound(text)}
    missing = sorted(names_in(body) - known - own)
    if missing:
        yield f"# {', '.join(missing)}: as in {printable(naming.file)}"


def _is_comment(entry: str) -> bool:
    return all(line.startswith("#") for line in entry.split("\n"))


def _imports(body: str, program: Program) -> Iterator[str]:
    """What the body uses: Django's own, and what the user's file imports."""
    used = names_in(body) | {"migrations"}
    postgres = sorted(used & _OF_POSTGRES)
    found = [_IMPORTS[name] for name in ("migrations", "models") if name in used]
    if postgres:
        found.append(f"from django.contrib.postgres.operations import {', '.join(postgres)}")
    known = set(_IMPORTS) | _OF_POSTGRES
    found += [text for text in program.imports for name in _bound(text) if name in used - known and _serves(text, body)]
    yield from _merged(found)


def _serves(statement: str, body: str) -> bool:
    """Whether `import a.b` is there for a name that is used: all modules of a package bind the package's name."""
    modules = statement.removeprefix("import ").split(",") if statement.startswith("import ") else []
    dotted = [module.strip() for module in modules if " as " not in module]
    return not dotted or any(f"{module}." in body for module in dotted)


def _bound(statement: str) -> Iterator[str]:
    """The names that an import binds."""
    for part in statement.partition("import ")[2].split(","):
        name, _, other = part.strip().partition(" as ")
        yield other or name.partition(".")[0]


def _merged(statements: Iterable[str]) -> Iterator[str]:
    """`from x import a` and `from x import b` as one, sorted as isort does."""
    plain = {each for each in statements if each.startswith("import ")}
    groups: dict[str, set[str]] = {}
    for each in statements:
        module, mark, names = each.removeprefix("from ").partition(" import ")
        if mark and each.startswith("from "):
            groups.setdefault(module, set()).update(name.strip() for name in names.split(","))
    yield from sorted(plain)
    if plain and groups:
        yield ""
    for module in sorted(groups, key=lambda name: (name.startswith("."), name)):
        yield f"from {module} import {', '.join(sorted(groups[module]))}"
