"""What is recorded about rows while the function of a RunPython is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from migsafe.model.expressions import Comparison
from migsafe.model.migration import Handler
from migsafe.model.text import Span
from migsafe.sources.interpreter import Call, Event, Function, HostObject
from migsafe.sources.interpreter.values import Maybe, Rest
from migsafe.sources.interpreter.values_defined import Wrapped

Model = tuple[str, str]
"""App label and name in lower case. The label is empty where the code tells only the name of the class."""

CHANGES: Final = frozenset(("insert", "update", "delete", "sql"))
_OF_ROWS: Final = frozenset(("insert", "update", "delete"))


class Asked(NamedTuple):
    """A method of the schema editor that a function calls, with the program's values (step_editor.py)."""

    method: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]


class DataStep(NamedTuple):
    """One thing that a function does. `change`: "insert", "update" or "delete"; "sql" with its text (None when it is
    not known); "read" of all rows at once; "task" handed to a queue; "editor" for what the schema
    editor is `asked`.

    `model` is None when it is not known; `path` the attributes that lead from it to the rows (`user.groups`: of the
    model user, through groups), `links` when the rows between are meant and not those behind. `narrowed` when a filter
    may leave rows out, of which `conditions` are what is known, all of it if `whole`. `columns` are the fields that
    are set, as far as they are named.

    `loop` when it is done once for each of any number of rows or parts; `few` for single rows that the code names,
    `rows` of them; `part` for a slice or a range, `row_by_row` for rows that are changed one by one, `bulk` for a list
    of objects. `block` numbers the transactions that the function opens itself,
    from 1; `inside` when it is in any transaction, `committed` when each round of the loop commits. `after` for what
    runs when all migrations are done.
    """

    change: str
    span: Span
    model: Model | None = None
    path: tuple[str, ...] = ()
    links: bool = False
    narrowed: bool = False
    conditions: tuple[Comparison, ...] = ()
    whole: bool = False
    loop: bool = False
    few: bool = False
    rows: int | None = None
    part: bool = False
    row_by_row: bool = False
    bulk: bool = False
    columns: tuple[str, ...] = ()
    block: int = 0
    inside: bool = True
    committed: bool = False
    after: bool = False
    guards: tuple[str, ...] = ()
    caught: tuple[Handler, ...] = ()
    sql: str | None = None
    asked: Asked | None = None


class Assigned(list[str]):
    """The attributes that the code sets on a row. Two rows are alike whatever is set on them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assigned)

    __hash__ = None  # as lists have it


class Rows(NamedTuple):
    """The payload of models, query sets and rows: of which model, by which attributes from there, which of them.

    `each` when one object stands for any number of rows; `streamed` when they are not all held in memory; `plain`
    when the items are values and no rows. `manager` is the attribute of the class that it was taken from, `made` the
    call that gave it; `assigned` of a row; `patched` are the functions that the code puts onto the class.
    """

    model: Model | None
    path: tuple[str, ...] = ()
    links: bool = False
    narrowed: bool = False
    conditions: tuple[Comparison, ...] = ()
    whole: bool = True
    each: bool = False
    part: bool = False
    streamed: bool = False
    plain: bool = False
    manager: str = ""
    made: Call | None = None
    assigned: Assigned | None = None
    patched: dict[str, Function | Wrapped] | None = None


def count_of(objects: object) -> int | None:
    """How many rows a list holds; None when that is not known."""
    if not isinstance(objects, (list, tuple, set)) or any(isinstance(item, (Rest, Maybe)) for item in objects):
        return None
    each = [isinstance(item, HostObject) and isinstance(item.payload, Rows) and item.payload.each for item in objects]
    return None if any(each) else len(objects)


def source_of(objects: object) -> Rows | None:
    """The rows from which the objects of a list were taken; a query set stands for such a list."""
    for item in objects if isinstance(objects, (list, tuple)) else (objects,):
        value = item.value if isinstance(item, Maybe) else item.unknown if isinstance(item, Rest) else item
        if isinstance(value, HostObject) and isinstance(value.payload, Rows):
            return value.payload
    return None


class Placed(NamedTuple):
    """A step, the file in which it is written, and the call."""

    step: DataStep
    path: str
    node: ast.AST


class Block(NamedTuple):
    """The begin or the end of `atomic()`; `loop` when it is opened once for each round of a loop."""

    begins: bool
    loop: bool


def _record(call: Call, step: DataStep) -> None:
    """What the top of another file seems to do, it does when a function of it is called, if ever."""
    if not call.machine.importing:
        call.record(Placed(step, call.site.path, call.site.node))


def note(
    call: Call,
    change: str,
    rows: Rows,
    *,
    few: bool = False,
    count: int | None = 1,
    columns: tuple[str, ...] = (),
    perhaps: str = "",
    bulk: bool = False,
) -> None:
    """Record what a call does to rows. `few` for rows that the code names: `count` of them. `columns` are fields that
    it sets. `perhaps` is the condition, if it depends on one of the database's. `bulk` for a list of objects."""
    site = call.site
    guards = (*site.guards, perhaps) if perhaps else site.guards
    conditional = (site.loop or rows.each) and any(not guard.startswith("for each ") for guard in site.guards)
    single = few and not site.loop and not rows.each
    step = DataStep(
        change,
        site.origin,
        rows.model,
        rows.path,
        links=rows.links,
        narrowed=rows.narrowed or conditional,
        conditions=rows.conditions,
        whole=rows.whole and not conditional,
        loop=site.loop or rows.each,
        few=single,
        rows=count if single else None,
        part=rows.part or few or (bulk and site.loop),
        row_by_row=few and rows.each and not rows.narrowed,
        bulk=bulk,
        columns=columns,
        guards=guards,
        caught=site.caught,
    )
    _record(call, step)


def note_sql(call: Call, text: str | None) -> None:
    """Record SQL that is sent, None when it is not known."""
    site = call.site
    step = DataStep("sql", site.origin, loop=site.loop, guards=site.guards, caught=site.caught, sql=text)
    _record(call, step)


def note_editor(call: Call, asked: Asked) -> None:
    """Record what the schema editor is asked to do."""
    site = call.site
    step = DataStep("editor", site.origin, loop=site.loop, guards=site.guards, caught=site.caught, asked=asked)
    _record(call, step)


def note_block(call: Call, *, begins: bool) -> None:
    call.record(Block(begins, call.site.loop))


class Around(Enum):
    """What the steps of an operation are inside of."""

    MIGRATION = "migration"  # its transaction
    OPERATION = "operation"  # a transaction around this operation alone
    NOTHING = "nothing"


class Course(NamedTuple):
    """The file that is read, the place of the operation in it, its app, and the transaction around the operation."""

    path: str
    place: Span
    app_label: str
    around: Around


def steps(events: Sequence[Event], course: Course) -> tuple[DataStep, ...]:
    """The recorded steps in order; those that another file makes stand at the operation's place."""
    found: list[DataStep] = []
    for made in _without_first_rounds(list(_in_blocks(events, course.around))):
        step = made.step if made.path == course.path else made.step._replace(span=course.place)
        if step.model is not None and not step.model[0]:
            step = step._replace(model=(course.app_label, step.model[1]))
        found.append(_rest_of_batches(step, found) if step.bulk else step)
    return tuple(found)


def _in_blocks(events: Sequence[Event], around: Around) -> Iterator[Placed]:
    """The steps with the transactions that they are in."""
    depth = number = int(around is Around.OPERATION)
    repeated = False
    for event in events:
        payload = event.payload
        if isinstance(payload, Block):
            if payload.begins and depth == 0:
                number, repeated = number + 1, payload.loop
            depth = max(0, depth + (1 if payload.begins else -1))
        elif isinstance(payload, Placed):
            apart = around is not Around.MIGRATION or payload.step.after
            inside = depth > 0 and not (payload.step.after and around is Around.OPERATION)
            yield _within(payload, apart=apart, block=number if inside else 0, repeated=repeated)


def _without_first_rounds(made: Sequence[Placed]) -> Iterator[Placed]:
    """`while True` is entered for certain: its first round is one of those that follow."""
    loops = {(one.node, one.step.change, one.step.model, one.step.path) for one in made if one.step.loop}
    for one in made:
        step = one.step
        if step.loop or step.change not in _OF_ROWS or (one.node, step.change, step.model, step.path) not in loops:
            yield one


def _within(made: Placed, *, apart: bool, block: int, repeated: bool) -> Placed:
    """`apart` from the migration's transaction; `block` is one that the steps open, for each round if `repeated`."""
    step = made.step._replace(
        block=block if apart else 0,
        inside=block > 0 or not apart,
        committed=apart and made.step.loop and (not block or repeated),
    )
    return made._replace(step=step)


def _rest_of_batches(step: DataStep, before: Sequence[DataStep]) -> DataStep:
    """`bulk_update(batch)` behind a loop that does the same: what the last round left."""
    same = (s for s in before if s.bulk and s.part and s.loop and (s.change, s.model) == (step.change, step.model))
    earlier = next(same, None)
    if earlier is None or (step.loop and step.part):
        return step
    return step._replace(loop=True, part=True, committed=earlier.committed)
