"""A sequence is set to a number of its own: keys may be given out twice.

What happens
    `ALTER SEQUENCE … RESTART` and `setval()` with a constant make the sequence go on from that number, whatever keys
    the table holds. Neither waits for running transactions, and `setval()` is not rolled back with the transaction.

Why it hurts
    If the number is too low the next INSERTs fail with "duplicate key", one for each key that exists; without a unique
    constraint two rows get the same number.

Safer form
    Take the number from the table, with room for the INSERTs that run meanwhile:

        SELECT setval('orders_id_seq', (SELECT max(id) + 1000 FROM orders));

    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    When the number is certainly above every key, as after a move to larger numbers.

Versions
    All supported versions.

Evidence
    Manual, 9.17 "Sequence Manipulation Functions"; ALTER SEQUENCE, "RESTART". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import AlterSequence, Operation, Select
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS604", name="sequence-restart", since="0.1.0"), AlterSequence, Select)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        sequence = _restarted(operation)
        if sequence is None or _is_harmless(sequence, situation):
            continue
        take = by_hand("Take the number from the table: setval(…, (SELECT max(key) + 1000 FROM table)).")
        yield Hit(
            severity=Severity.WARNING,
            message=f"Numbers of {sequence} may be given out twice: INSERTs then fail with 'duplicate key'.",
            why="The sequence goes on from this number, whatever keys the table holds.",
            remedy=Remedy("Take the number from the keys that are there.", (take,)),
            clause=number,
            relation=situation.schema.resolve(sequence),
        )


def _restarted(operation: Operation) -> Name | None:
    """The sequence that gets a number which the text itself gives."""
    if isinstance(operation, AlterSequence):
        return operation.sequence if "restart" in operation.options else None
    if not isinstance(operation, Select) or operation.query.reads:
        return None
    for call in operation.query.calls:
        if call.function.name == "setval" and call.strings and call.strings[0] is not None:
            schema, _, name = call.strings[0].rpartition(".")
            return Name(schema.strip('"') or None, name.strip('"'))
    return None


def _is_harmless(sequence: Name, situation: StatementSituation) -> bool:
    relation = situation.schema.relation(sequence)
    owner = relation.owned_by
    return relation.new or (owner is not None and situation.schema.relation(owner[0]).new)
