"""Migrations, their statements, and the transactions that a runner puts around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from migsafe.model.names import Name
from migsafe.model.operations import Operation
from migsafe.model.record import KeywordRecord, Record, derived
from migsafe.model.text import Span


class Certainty(StrEnum):
    """How sure it is that the statement runs as shown."""

    EXACT = "exact"
    GUARDED = "guarded"  # runs only if a condition holds at run time
    HOLES = "holes"  # a value or a name is a placeholder
    DATA_LOOP = "data-loop"  # runs once for each row of a query
    OPAQUE = "opaque"  # not analysed


class Clause(Record):
    """An operation and the part of the statement that asks for it (span in the file's text)."""

    operation: Operation
    span: Span


class Problem(Record):
    """Something that could not be read: why, and where in the file; the server's code when it would refuse it."""

    message: str
    span: Span
    sqlstate: str = "42601"


class WrittenAs(KeywordRecord):
    """The operation of a framework that a rendered statement comes from, in the framework's own words.

    `operation` is the framework's class, also where the project uses a subclass of its own. `model` and `field` are as
    they are called before the operation (after it, where it makes them), `new_name` what it renames them to; of rows
    that a function changes, `model` is with the app's label, "shop.Order".
    `text` is the operation's source, `before` that of the definition of a field that it renames, both with what could
    be a secret masked; empty when it is not written out in one place of a file. `back` is the SQL that the framework
    sends to undo it; empty when it cannot or when that would show data.
    """

    operation: str  # "AddField"
    model: str | None = None  # "Order"
    field: str | None = None  # "total"
    new_name: str | None = None
    text: str = ""
    before: str = ""
    back: tuple[str, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether somebody wrote the SQL or the code, of which the framework runs what is written."""
        return self.operation in ("RunPython", "RunSQL")


class Handler(NamedTuple):
    """The code around a statement takes an error, named as it names it, and goes on.

    `restores`: a savepoint between them is gone back to first, as in a block of PL/pgSQL; without one the server takes
    no further statement of the transaction.
    """

    error: str
    restores: bool = False


class Statement(KeywordRecord):
    """One SQL statement as the server receives it.

    `index` counts the statements of its migration from 0; a statement inside a DO block or a called function has
    the index of that statement as `parent`, and its span lies inside the parent's when the text is the same file's.
    """

    index: int
    sql: str
    span: Span
    clauses: tuple[Clause, ...]
    parent: int | None = None
    certainty: Certainty = Certainty.EXACT
    guards: tuple[str, ...] = ()  # conditions that nobody can decide, outermost first, in the words of the source
    caught: tuple[Handler, ...] = ()  # what the code around it does about errors
    repeated: bool = False  # inside of a loop of the body that holds it
    row_by_row: bool = False  # its rounds change each of the rows once, with a statement for each
    syntax_error: Problem | None = None
    rendered: bool = False
    path: str | None = None  # the file that holds it when that is not the migration's (`\\i`); spans are in it
    written_as: WrittenAs | None = None  # None where the SQL itself is what is written

    @derived
    def operations(self) -> tuple[Operation, ...]:
        return tuple(clause.operation for clause in self.clauses)

    @property
    def guard(self) -> str | None:
        """All of the conditions in one text."""
        return " and ".join(self.guards) or None


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class TransactionScope(StrEnum):
    """What the runner does about transactions, before BEGIN and COMMIT in the text are considered."""

    FILE = "file"  # one transaction around the file
    NONE = "none"  # every statement commits by itself
    IMPLICIT = "implicit"  # sent as one query string: several statements form one transaction
    GROUP = "group"  # one transaction around all pending files


class Comment(Record):
    """A comment's text without its markers; `alone` when nothing else stands on its first line before it."""

    text: str
    span: Span
    alone: bool


class GraphFlaw(StrEnum):
    """What is wrong with a migration's place among the others."""

    MISSING = "missing"  # it comes after one that does not exist
    DUPLICATE = "duplicate"  # its id is that of another
    CYCLE = "cycle"
    SEVERAL_HEADS = "several-heads"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"  # it does not say what it comes after


class GraphProblem(Record):
    """A flaw in a sentence, and the part of the file that says so."""

    flaw: GraphFlaw
    message: str
    span: Span


class ConcernKind(StrEnum):
    """What a program's text shows and none of its statements do."""

    CURRENT_MODEL = "current-model"  # it works with the models of today's code, not with those of its own time
    UNDECLARED_APP = "undeclared-app"  # it uses an app that need not be migrated before it
    REFUSED = "refused"  # its framework will not run an operation
    LOSSY_NO_RETURN = "lossy-no-return"  # it changes rows, and its way back does nothing about that
    ROWS_IN_MEMORY = "rows-in-memory"  # it loads a whole table into memory
    TASK_BEFORE_COMMIT = "task-before-commit"  # it hands work to a queue before its transaction is committed
    IRREVERSIBLE = "irreversible"  # its framework refuses to take an operation back
    NO_HINTS = "no-hints"  # it does not tell the routers of several databases what it is about


class Concern(Record):
    """A fact about a migration that is a program: its kind, what it is about, the place, and the table if it is one."""

    kind: ConcernKind
    about: str
    span: Span
    relation: Name | None = None


class Program(KeywordRecord):
    """What a migration that is a program says around its operations, as it is written: the list of what it comes
    after, and its imports. `operations` is how many operations it has, `framework` the version that rendered them."""

    dependencies: str = "[]"
    imports: tuple[str, ...] = ()
    operations: int = 0
    framework: tuple[int, ...] = ()


class Migration(KeywordRecord):
    """One direction of one migration file. `path` is relative to the project and has forward slashes.

    `autocommit` are ranges of statements (from this index, up to and without that one) for which the runner ends its
    transaction and behind which it begins another: Alembic's `autocommit_block()`. An empty range commits as well.
    Those in the ranges of `apart` are sent over another connection, each committed by itself.
    `lock_timeout` is what the tool's own program sets for its session, in seconds; True when it does not say how long.
    `raises` are the words of the `raise` that ends the migration for certain. `installs` is the app that it makes the
    first tables of, together with all others that say the same: nobody uses those tables before all of them have run.
    """

    id: str
    path: str
    source: str  # "sql", "alembic", "django"
    convention: str | None = None
    direction: Direction = Direction.UP
    scope: TransactionScope = TransactionScope.FILE
    batches: tuple[Span, ...] = ()  # text that is sent as one query string; outside of them statement by statement
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()  # text that belongs to no statement and was not analysed
    comments: tuple[Comment, ...] = ()
    notes: tuple[str, ...] = ()
    autocommit: tuple[tuple[int, int], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()
    graph: tuple[GraphProblem, ...] = ()
    concerns: tuple[Concern, ...] = ()
    raises: str | None = None
    installs: str | None = None
    lock_timeout: float | bool = False
    program: Program | None = None  # of Django's migrations in focus

    @derived
    def key(self) -> str:
        """Unique in a run: one file can hold several migrations and both directions, and ids can collide."""
        return f"{self.path}:{self.id}:{self.direction}"

    @derived
    def by_type(self) -> Mapping[type[Operation], Sequence[tuple[int, Operation]]]:
        """The operations of each type in their order, each with the index of its statement."""
        found: dict[type[Operation], list[tuple[int, Operation]]] = {}
        for statement in self.statements:
            for operation in statement.operations:
                found.setdefault(type(operation), []).append((statement.index, operation))
        return found


class TransactionKind(StrEnum):
    """Who began it."""

    EXPLICIT = "explicit"  # BEGIN in the text
    RUNNER = "runner"  # the migration tool
    IMPLICIT = "implicit"  # several statements in one query string
    NONE = "none"  # a statement by itself


class Transaction(Record):
    id: int
    kind: TransactionKind
    migrations: tuple[str, ...]  # ids, in order


class History(KeywordRecord):
    """The migrations of one folder in the order in which the runner applies them.

    `downs` holds the way back of each migration, None where it has none. `focus` are the keys of the migrations
    to be judged, the others are context. `one_deploy` when the whole focus is applied together, but for `earlier`:
    keys of migrations that are judged again and were applied before. The first `replayed` migrations come before the
    focus: what they made is in the base schema, their statements are left out.
    """

    folder: str
    migrations: tuple[Migration, ...]
    downs: tuple[Migration | None, ...] = ()
    focus: frozenset[str] = frozenset()
    one_deploy: bool = False
    earlier: frozenset[str] = frozenset()
    replayed: int = 0
