"""How long a backfill in batches takes, each batch in a transaction of its own with a pause after it."""

from __future__ import annotations

from math import ceil

from migsafe.effects.duration.changes import row_update
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.selectivity import selected
from migsafe.effects.duration.sizes import Sizes
from migsafe.model.constants import Constants
from migsafe.model.duration import Seconds
from migsafe.model.effects import Effect
from migsafe.model.expressions import Expression
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span

_NOTHING = Statement(index=0, sql="", span=Span(0, 0), clauses=())


class Batches(KeywordRecord):
    """`rows` of the key's range in each batch, `pause` in seconds after it."""

    rows: int = 10_000
    pause: float = 0.1


class Backfill(KeywordRecord):
    """`batches` transactions; `batch` is how long one of them holds its row locks, `whole` all with their pauses."""

    batches: int
    batch: Seconds
    whole: Seconds


def backfill(
    table: Name,
    columns: frozenset[str],
    batches: Batches,
    *,
    sizes: Sizes,
    constants: Constants,
    where: Expression | None = None,
) -> Backfill | None:
    """An update of these columns, range of the key by range of the key. None when the table's size is unknown.

    `where` are the rows that still need it; the others are only read.
    """
    at = Moment(Effect(), _NOTHING, sizes, constants)
    full = sizes.schema.resolve(table)
    size = at.size(full)
    if size is None:
        return None
    count = max(ceil(size.rows / batches.rows), 1)
    rows = min(float(batches.rows), size.rows)
    share = selected(where, full, at).expected
    reading = constants.lookup + rows * constants.read_row + rows * size.row_bytes * constants.read_byte
    each = constants.statement + reading + rows * share * row_update(full, columns, size, at)
    batch = around(each, constants.spread * size.spread)
    pauses = count * batches.pause
    whole = batch.times(count).plus(Seconds(pauses, pauses, pauses))
    return Backfill(batches=count, batch=batch, whole=whole)
