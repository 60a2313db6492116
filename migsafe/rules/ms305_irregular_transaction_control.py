"""Transaction control that does not do what it looks like.

What happens
    A BEGIN inside a transaction has no effect, and the COMMIT that was meant for it ends the outer one. A COMMIT in a
    file that the migration tool wraps in a transaction ends the tool's transaction: what follows runs by itself, and
    a failure there leaves the first half applied. A transaction that is still open at the end of the file is rolled
    back when the connection closes, although the tool records the migration as applied. A procedure or a DO block
    cannot commit inside a transaction that was begun outside of it.

Why it hurts
    Half of a migration is applied, or none of it, and the tool believes otherwise.

Safer form
    Leave transactions to the tool and put what must be apart into files of its own; or tell the tool to run the file
    without a transaction, and write BEGIN and COMMIT in pairs.
    Alembic: `with op.get_context().autocommit_block():`. Django: `atomic = False`.

When it is fine
    When the file is not run by the tool that migsafe took it for: name the convention in the settings.

Versions
    All supported versions.

Evidence
    `BeginTransactionBlock`, `EndTransactionBlock` in xact.c; manual, 41.8 "Transaction Management".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Severity
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule, place
from migsafe.sources.transactions import Irregularity

_FAILS = (Irregularity.NEVER_ENDED, Irregularity.REFUSED_IN_BLOCK)


@migration_rule(RuleInfo(code="MS305", name="irregular-transaction-control", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for a migration, at the worst place; the others are named with it."""
    ran = {executed.statement.index: executed for executed in situation.run}
    found = [(note.what, ran[note.statement]) for note in situation.control if note.statement in ran]
    if not found:
        return
    what, executed = max(found, key=lambda pair: _rank(pair[0]))
    others = [pair for pair in found if pair != (what, executed)]
    yield Hit(
        severity=_severity(what, executed, situation),
        message=_sentence(what),
        why="What is committed together is not what the text looks like.",
        at=executed,
        related=tuple(Related(place(e.migration, e.statement), _sentence(w)) for w, e in others),
    )


def _rank(what: Irregularity) -> int:
    return 2 if what in _FAILS else 1 if what is Irregularity.ENDS_RUNNERS else 0


def _severity(what: Irregularity, executed: Executed, situation: MigrationSituation) -> Severity:
    """An error fails for certain. A COMMIT after which nothing runs costs nothing but clarity."""
    if what in _FAILS:
        return Severity.ERROR
    is_last = executed is situation.run[-1]
    return Severity.INFO if what is Irregularity.ENDS_RUNNERS and is_last else Severity.WARNING


def _sentence(what: Irregularity) -> str:
    return f"{what.value[0].upper()}{what.value[1:]}."
