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


class InPlace(Draft):
    """One that can stand where the operation stood, so that what comes after it in its migration finds it done."""


class Note(Record):
    """Something that no migration does."""

    text: str
    slot: Slot = Slot.PRE_DEPLOY


Part = Draft | Note


class Occasion(KeywordRecord):
    """What the files are written for: the judged migration and the operation that they stand for, in words; `partly`
    when it sends more statements, for which they do not stand. `topic` is for their names; `followed` when later
    operations of the migration are about the same, `again` when one of them changes the same field: nothing can be left
    for a later file then, that this one would meet."""

    migration: Migration
    operation: str
    topic: str = ""
    partly: bool = False
    followed: bool = False
    again: bool = False


def files(parts: Sequence[Part], occasion: Occasion) -> str:
    """The files one after the other, each under its path."""
    several = len({part.slot for part in parts}) > 1
    naming = _Naming(occasion)
    lines: list[str] = list(naming.introduction(parts))
    slot: Slot | None = None
    for part in parts:
        if several and part.slot is not slot:
            lines.append(f"# {HEADINGS[part.slot]}:")
            slot = part.slot
        lines.append(_part(part, occasion.migration, naming))
    return "\n".join(lines)


def _part(part: Part, migration: Migration, naming: _Naming) -> str:
    if isinstance(part, Note):
        return f"# {part.text}"
    if naming.stays(part):
        return "\n".join((*naming.in_place(), *(f"{entry}," for entry in part.entries), ""))
    return _file(part, migration, naming)


def _removed_before(operation: str, migration: Migration) -> str:
    """`makemigrations` takes the foreign keys of a model away before the model, and they leave together."""
    name, _, model = operation.partition(" of ")
    others = (statement.written_as for statement in migration.statements)
    fields = (each for each in others if each is not None and each.operation == "RemoveField")
    if name == "DeleteModel" and any(each.model is not None and printable(each.model) == model for each in fields):
        return f", and each RemoveField of {model}: its column goes with the table"
    return ""


class _Naming:
    """Names the new migrations: the first takes the place of the one that is judged, if that does nothing else."""

    def __init__(self, occasion: Occasion) -> None:
        migration = occasion.migration
        self._program = migration.program or Program()
        self._folder, _, file = migration.path.rpartition("/")
        self._label, _, self._name = migration.id.partition(".")
        self._back = migration.direction is Direction.DOWN
        self._partly = occasion.partly and self._program.framework != ()
        self._replaces = self._program.operations <= 1 and not self._back and not self._partly
        self._operation = printable(occasion.operation)
        by_hand = self._operation.partition(" ")[0] in ("RunPython", "RunSQL")
        self._others = "what else it does stays" if by_hand else "sqlmigrate shows the others"
        renames = self._operation.startswith("Rename")
        built_on = ", with what follows it there and builds on it" if occasion.followed else ""
        self._with_what_follows = ", with all that follows it there and uses the new name" if renames else built_on
        self._with_what_follows += _removed_before(self._operation, migration)
        self._again = occasion.again
        self._topic = occasion.topic
        self._names = [] if self._replaces else [self._name]
        self.file = file

    def introduction(self, parts: Sequence[Part]) -> Iterator[str]:
        if self._back:
            yield f"# Instead of undoing {printable(self.file)}:"
        elif self._partly:
            yield f"# In place of this statement of {self._operation}; {self._others}:"
        elif not self._replaces and not any(map(self.stays, parts)):
            yield f"# Take {self._operation} out of {printable(self.file)}{self._with_what_follows}; then:"

    def stays(self, part: Part) -> bool:
        """Whether it is written where the operation stands, among others."""
        return isinstance(part, InPlace) and not (self._replaces or self._partly or self._back or self._again)

    def in_place(self) -> Iterator[str]:
        yield f"# In {printable(self.file)}, in place of {self._operation}:"

    def next(self, word: str) -> tuple[str, str]:
        """The path of the next file, and its dependencies."""
        if not self._names:
            name, dependencies = self._name, self._program.dependencies
        else:
            name = self._free(self._numbered(word))
            dependencies = f"[({literal(self._label)}, {literal(self._names[-1])})]"
        self._names.append(name)
        return printable(f"{self._folder}/{name}.py".lstrip("/")), dependencies

    def after_others(self) -> Iterator[str]:
        """What stands above the dependencies of the first file that is new: there may be others that know nothing of
        it, and Django refuses to migrate an app with several last migrations."""
        if len(self._names) == 2 and not self._replaces:  # the judged one and the first
            yield "# or the app's last migration, when there are others by now"

    def _numbered(self, word: str) -> str:
        match = _NUMBER.fullmatch(self._name)
        number, rest = match.groups() if match is not None else ("", self._name)
        following = f"{int(number) + len(self._names):0{len(number)}}_" if number else ""
        return following + "_".join(filter(None, (self._topic or rest, word)))

    def _free(self, name: str) -> str:
        """Told from the remedy's other files without a number, or of the same word."""
        plain = [_without_number(each) for each in self._names]
        taken = plain.count(_without_number(name))
        return name if not taken else f"{name}_{len(self._names) + 1}"


def _without_number(name: str) -> str:
    match = _NUMBER.fullmatch(name)
    return match[2] if match is not None else name


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
    parts += [
        indented(line) for line in (*naming.after_others(), f"dependencies = {dependencies}", "", "operations = [")
    ]
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
