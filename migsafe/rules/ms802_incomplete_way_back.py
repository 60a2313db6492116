"""A way back does not bring the schema back.

What happens
    After the way up and the way back something is otherwise than before: an index, a label of an enum or a column is
    left, a dropped constraint is missing, a function keeps its new body.

Why it hurts
    The way up cannot run a second time ("already exists"), and the release that comes back meets a schema that it was
    never tested with.

Safer form
    Take back each step, the last one first. What cannot be taken back (a label of an enum) belongs into a migration of
    its own, whose way back says so:

        DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
        ALTER TABLE users DROP COLUMN email;

    Alembic and Django: compare `downgrade()` and the reverse operations with the way up in the same manner.

When it is fine
    When the difference is wanted, as with a backfill that may stay. A column that comes back with another type, default
    or nullability is told as an info, and so is what the operations of a framework or of a library leave that nobody
    wrote; an extension that stays is not told.

Versions
    All supported versions.

Evidence
    Both directions are replayed on the shadow schema and compared, object by object; objects that are not fully known
    are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.migration import Statement
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.refusals import refuses_to_run
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed
from migsafe.schema.difference import Difference

_OBJECT = re.compile(r"(?P<kind>[a-z ]+) (?P<name>[^ ]+) is (?P<verb>left|missing)")


@migration_rule(RuleInfo(code="MS802", name="incomplete-way-back", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    up = situation.undoes
    if up is None or not situation.left or not situation.run or situation.migration.raises is not None:
        return
    if any(refuses_to_run(executed.statement) for executed in situation.run):
        return
    whole = any(each.is_whole for each in situation.left)
    by_hand_at_all = _is_by_hand(up.statements) or _is_by_hand(executed.statement for executed in situation.run)
    yield Hit(
        severity=Severity.WARNING if whole and by_hand_at_all else Severity.INFO,
        message=f"After the way up and this way back, {_in_words(situation.left)}.",
        why="The schema is otherwise than before the way up.",
        remedy=_WRITTEN if by_hand_at_all else _OF_OPERATIONS,
        relation=situation.left[0].relation,
        at=situation.run[0],
    )


def _is_by_hand(statements: Iterable[Statement]) -> bool:
    """Whether somebody wrote one of them; what a framework or a library sends for its operations nobody can mend."""
    return any(each.written_as is None or each.written_as.by_hand for each in statements)


_WRITTEN: Final = Remedy(
    "Take back each step of the way up, the last one first.",
    (by_hand("Add what takes it back, or take out what does too much.", Slot.PRE_DEPLOY),),
)
_OF_OPERATIONS: Final = Remedy(
    "This is all that the operations take back; what is in the way of going up again can be dropped with RunSQL."
)


def _in_words(left: Iterable[Difference]) -> str:
    """Objects of one kind share a verb: `functions public.a and public.b are left`."""
    kinds: dict[tuple[str, str], list[str]] = {}
    others: list[str] = []
    for difference in left:
        match = _OBJECT.fullmatch(difference.words)
        if match is None:
            others.append(difference.words)
        else:
            kinds.setdefault((match["kind"], match["verb"]), []).append(match["name"])
    return listed([*(_of_kind(kind, names, verb) for (kind, verb), names in kinds.items()), *others])


def _of_kind(kind: str, names: list[str], verb: str) -> str:
    if len(names) == 1:
        return f"{kind} {names[0]} is {verb}"
    return f"{kind}{'es' if kind.endswith('x') else 's'} {listed(names)} are {verb}"
