"""The cases in which a prediction and the servers differ, by the assumption that a reader of the report is given."""

from __future__ import annotations

from typing import Final

# A word or two of the assumption, and the cases in which it does not hold.
_BY_ASSUMPTION: dict[str, tuple[str, ...]] = {
    "every value of the foreign key": (
        "refused-by-data/add-references-column-with-violating-default",
        "refused-by-data/add-violated-foreign-key",
    ),
    "violates": (
        "refused-by-data/add-violated-check",
        "refused-by-data/validate-violated-check",
    ),
    "no two rows": (
        "refused-by-data/add-violated-unique",
        "refused-by-data/create-violated-unique-index",
        "refused-by-data/create-violated-unique-index-concurrently",
    ),
    "has a null": ("refused-by-data/set-not-null-over-nulls",),
    "can be converted": ("refused-by-data/text-that-is-no-number", "refused-by-data/text-too-long"),
    "meet the condition": ("partitioned-tables/delete-from-referenced",),
    "are there already": ("dml/insert-on-conflict-do-update",),
    "no other session holds a lock": ("maintenance/vacuum-skip-locked",),
    "no empty pages": ("maintenance/vacuum-gives-back-an-empty-tail",),
    "role": ("rename-owner-schema/grant-missing-role", "rename-owner-schema/owner-missing"),
    "the tablespace": ("storage/set-tablespace-missing",),
    # A name of three parts is read as one of the database that the migration runs in; nothing says so yet.
    "": ("names/database-qualified-refused",),
}
KNOWN: Final = {case: assumption for assumption, cases in _BY_ASSUMPTION.items() for case in cases}
MOST: Final = 0.01  # of all rows, a row being a case on one version
