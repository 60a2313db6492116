"""The fragments of a script as statements of a migration."""

from __future__ import annotations

from pathlib import Path

from migsafe.model.migration import Certainty, Clause, Problem, Statement
from migsafe.model.operations import Opaque
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.sources.sql.bodies import Bodies
from migsafe.sources.sql.psql import HARMLESS, REFUSED, Conditions, arguments, is_include
from migsafe.sources.sql.template_blocks import TemplateBlocks
from migsafe.sources.tree import is_below
from migsafe.text.fragments import Fragment, FragmentKind, Script
from migsafe.text.script import split
from migsafe.text.source import SourceText
from migsafe.text.templates import HoleKind, is_block_action

MAX_INCLUDES = 16  # files inside of files


class Included:
    """Reads the files that `\\i` names, only inside the project, and remembers which."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths: dict[str, None] = {}

    def read(self, name: str, relative_to: str) -> SourceText | None:
        """The file, looked for from the including file's folder and from the project's; None when it is not there."""
        if Path(name).is_absolute():
            return None
        for start in (Path(relative_to).parent, Path()):
            real = (self.root / start / name).resolve()
            root = self.root.resolve()
            if is_below(str(real), str(root)) and real.is_file():
                shown = real.relative_to(root).as_posix()
                self.paths.setdefault(shown)
                return SourceText.decode(real.read_bytes(), shown)
        return None


class Builder:
    """Collects statements, problems and notes of one section, included files in their place."""

    def __init__(self, source: SourceText, included: Included) -> None:
        self.statements: list[Statement] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._source = source
        self._included = included
        self._inside: list[tuple[SourceText, Span]] = []  # included files that are open, and where the file names them
        self._conditions = Conditions()
        self._blocks = TemplateBlocks()
        self._bodies = Bodies()
        self._kinds = {
            FragmentKind.SQL: self._sql,
            FragmentKind.COPY_DATA: self._copy_data,
            FragmentKind.META_COMMAND: self._meta_command,
            FragmentKind.TEMPLATE: self._template,
            FragmentKind.GARBAGE: self._garbage,
            FragmentKind.BEYOND_LIMITS: self._beyond_limits,
        }

    def script(self, script: Script) -> None:
        for fragment in script.fragments:
            self._kinds[fragment.kind](fragment)

    def _sql(self, fragment: Fragment, guards: tuple[str, ...] = ()) -> None:
        parsed = parse_statement(fragment.sql)
        guards = guards or self._conditions.guards or self._blocks.guards
        start = fragment.span.start
        error = parsed.syntax_error
        statement = Statement(
            index=len(self.statements),
            sql=self._text.slice(fragment.span),
            span=fragment.span,
            clauses=tuple(Clause(c.operation, c.span.shifted(start)) for c in parsed.clauses),
            certainty=_certainty(fragment, guards, failed=error is not None),
            guards=guards,
            syntax_error=Problem(error.message, error.span.shifted(start)) if error else None,
            path=self._text.path if self._inside else None,
        )
        if not parsed.clauses and error is None:
            return  # nothing but comments
        self.statements.append(statement)
        self.statements.extend(self._bodies.children(statement, fragment.sql))

    def _copy_data(self, fragment: Fragment) -> None:
        if fragment.name == "unterminated":
            self._problem("the data of COPY has no end (a line with \\. alone)", fragment.span)

    def _meta_command(self, fragment: Fragment) -> None:
        if self._conditions.take(fragment.name, arguments(self._text.slice(fragment.span))):
            return
        if is_include(fragment.name):
            self._include(fragment)
        elif fragment.name == "set":
            self.notes.append(f"psql variable: {self._text.slice(fragment.span)}")
        elif fragment.name == "copy":
            self._problem("\\copy moves rows through psql; it is not analysed", fragment.span)
        elif fragment.name not in HARMLESS:
            why = REFUSED.get(fragment.name, "it is not analysed")
            self._problem(f"psql command \\{fragment.name}: {why}", fragment.span)

    def _include(self, fragment: Fragment) -> None:
        name = arguments(self._text.slice(fragment.span))
        found = self._included.read(name, self._text.path) if name else None
        opened = [source.path for source, _ in self._inside]
        if found is None:
            self._problem(f"\\{fragment.name} {name}: there is no such file in the project", fragment.span)
        elif found.path in opened or found.path == self._source.path or len(opened) >= MAX_INCLUDES:
            self._problem(f"\\{fragment.name} {name}: the files include each other", fragment.span)
        else:
            place = self._inside[0][1] if self._inside else fragment.span
            self._inside.append((found, place))
            self.script(split(found))
            self._inside.pop()

    def _template(self, fragment: Fragment) -> None:
        """A statement whose placeholders steer the template is one under a condition, and so is what follows until the
        block ends; others are not analysed."""
        clauses = [hole for hole in fragment.holes if hole.kind is HoleKind.CLAUSE]
        if not fragment.sql.strip():
            placeholder = self._text.slice(fragment.span).strip()
            if not self._blocks.take(placeholder):
                self._problem(_alone(placeholder), fragment.span)
        elif clauses and all(is_block_action(hole.text) for hole in clauses):
            for hole in clauses:
                self._blocks.take(hole.text)
            self._sql(fragment, guards=self._blocks.guards or (clauses[0].text,))
        else:
            reason = f"{clauses[0].text if clauses else 'a placeholder'} stands for a part of the statement"
            self._opaque(fragment, reason)

    def _opaque(self, fragment: Fragment, reason: str) -> None:
        statement = Statement(
            index=len(self.statements),
            sql=self._text.slice(fragment.span),
            span=fragment.span,
            clauses=(Clause(Opaque(reason=reason), fragment.span),),
            certainty=Certainty.OPAQUE,
            path=self._text.path if self._inside else None,
        )
        self.statements.append(statement)

    def _garbage(self, fragment: Fragment) -> None:
        self._problem("control characters between statements", fragment.span)

    def _beyond_limits(self, fragment: Fragment) -> None:
        self._opaque(fragment, f"beyond the limit on {fragment.name}")

    def _problem(self, message: str, span: Span) -> None:
        """A problem in an included file is shown where the migration includes it."""
        if self._inside:
            line = self._text.position(span.start).line
            self.problems.append(Problem(f"{self._text.path}, line {line}: {message}", self._inside[0][1]))
        else:
            self.problems.append(Problem(message, span))

    @property
    def _text(self) -> SourceText:
        return self._inside[-1][0] if self._inside else self._source


def _alone(placeholder: str) -> str:
    """What is not known because of a placeholder with no SQL around it."""
    if is_block_action(placeholder):
        return f"{placeholder} steers the template; what stands under it is analysed as if it always ran"
    return f"{placeholder} stands for whole statements"


def _certainty(fragment: Fragment, guards: tuple[str, ...], *, failed: bool) -> Certainty:
    if failed:
        return Certainty.OPAQUE
    if guards:
        return Certainty.GUARDED
    return Certainty.HOLES if fragment.holes else Certainty.EXACT
