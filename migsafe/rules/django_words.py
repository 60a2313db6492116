"""What a finding about one of Django's operations says besides: the reason and the way out in Django's own words.

Rules speak of what the server does, whoever wrote the statement. Somebody who wrote `AlterField` has to know why
that became this statement, and which operation or option to write instead. A sentence is looked up by the rule's code
and the operation's class; "" stands for all operations.

Sources: schema.py in django/db/backends/base and in django/db/backends/postgresql; operations.py in
django/contrib/postgres.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy
from migsafe.model.migration import Direction, Statement, WrittenAs
from migsafe.model.operations import AddForeignKey, AlterColumnType, CreateIndex, DropTable, RenameColumn, Update
from migsafe.rules.base import Hit

Sentences = Mapping[str, Mapping[str, str]]

_BOTH_WAYS = ("MS301", "MS302")  # what is said about all others is about the operation done, not about it undone

_APART = "in a migration of its own with `atomic = False`"
_AS_STATE = "with {operation} as state only (SeparateDatabaseAndState)"
_CONCURRENTLY = f"AddIndexConcurrently instead of AddIndex, {_APART}."
_INDEX_OF_ADDED = (
    f"Add the field with db_index=False, and build its index concurrently with RunSQL, {_APART}, with AlterField as "
    "state only (SeparateDatabaseAndState)."
)
_FILL_BEFORE = (
    "Fill {field} in batches in a migration before this one (RunPython, `atomic = False`): AlterField then finds "
    "nothing to change."
)
_INDEX = f"Build the index concurrently with RunSQL, {_APART}, {_AS_STATE}."
_UNIQUE_INDEX = f"Build the unique index concurrently with RunSQL, {_APART}, {_AS_STATE}."
_UNIQUE = (
    f"Build the unique index concurrently with RunSQL, {_APART}, and make the constraint of it (USING INDEX), "
    f"{_AS_STATE}."
)
_DROP_INDEX = f"Drop the index concurrently with RunSQL, {_APART}, {_AS_STATE}."
_VALIDATE_LATER = "AddConstraintNotValid instead of AddConstraint, and ValidateConstraint in the next migration."
_NOT_NULL = (
    "With RunSQL a CHECK that {name} is not NULL, as NOT VALID and then validated, "
    f"{_APART}, and {{operation}} in the next one: the server then reads nothing."
)
_FOREIGN_KEY = (
    "Leave the constraint to RunSQL: ADD CONSTRAINT … NOT VALID in one migration, VALIDATE CONSTRAINT in the next, "
    f"{_AS_STATE}."
)
_TIMEOUT = (
    "Set lock_timeout once for the project, for the command that migrates or in the settings, and run the migration "
    "again when it strikes."
)
_ONCE = frozenset(("MS301",))  # settled in one place for the whole project
_TWO_RELEASES = (
    "Two releases: first SeparateDatabaseAndState(state_operations=[{operation}(…)]) together with code that does "
    "without {field}; then {dropped} in a later one, with RunSQL."
)
_KEEP_TABLE = "Keep the table: AlterModelTable with its present name before RenameModel, and `db_table` in Meta."
_KEEP_TABLE_NAME = "Keep the table's name: leave `db_table` as it was."
_DEFAULT = (
    "Give the field `db_default`, which the database keeps (Django 5.0); before that, add it with null=True and make "
    "it null=False after the release."
)
_ORDER_DEFAULT = "Leave a default in the database until the release is out: RunSQL sets it behind this."
_ONE_EACH = (
    "Three migrations: AddField with null=True, RunPython that gives each row a value of its own, AlterField with "
    "unique=True."
)

_ADVICE: Final[Sentences] = {
    "MS101": {
        "AddIndex": _CONCURRENTLY,
        "AddField": _INDEX_OF_ADDED,
        "AlterField": _INDEX,
        "AlterIndexTogether": _INDEX,
        "AddConstraint": _UNIQUE_INDEX,
    },
    "MS102": {
        "RemoveIndex": f"RemoveIndexConcurrently instead of RemoveIndex, {_APART}.",
        **dict.fromkeys(("AlterField", "AlterIndexTogether", "RemoveConstraint"), _DROP_INDEX),
    },
    "MS106": {"AlterField": _NOT_NULL},
    "MS201": dict.fromkeys(("AddField", "AlterField"), _FOREIGN_KEY),
    "MS202": {"AddConstraint": _VALIDATE_LATER},
    "MS203": dict.fromkeys(("AddConstraint", "AlterUniqueTogether", "AlterField"), _UNIQUE),
    "MS301": {"": _TIMEOUT},
    "MS302": {"": f"Put {{operation}} {_APART}."},
    "MS303": {"ValidateConstraint": "ValidateConstraint in the next migration, which is a transaction of its own."},
    "MS310": {"RunPython": "`atomic = False` on the migration, and transaction.atomic() around each batch."},
    "MS401": {"RemoveField": _TWO_RELEASES},
    "MS402": dict.fromkeys(("DeleteModel", "RemoveField"), _TWO_RELEASES),
    "MS404": {"RemoveField": "RenameField, if it is a new name; if not, copy the values before the old field goes."},
    "MS501": {
        "RenameField": "Keep the column: AlterField with db_column={column!r}, then RenameField: Django sends nothing.",
        "AlterField": "Keep the column's name: leave `db_column` as it was.",
    },
    "MS502": {
        "RenameModel": _KEEP_TABLE,
        "AlterModelTable": _KEEP_TABLE_NAME,
        "AlterField": _KEEP_TABLE_NAME,
    },
    "MS503": {"AddField": "Give the field `db_default`, or add it with null=True and fill it."},
    "MS504": {"AddField": _DEFAULT, "AlterOrderWithRespectTo": _ORDER_DEFAULT},
    "MS640": {"AddField": _ONE_EACH},
}

_WRITES_NULL = "The running release still writes NULL where it leaves {field} empty, and fails there."
_NAMES_ALL = "Django names every column in every query, so that the running release fails on each of this model."
_DROPPED_AGAIN = (
    "Django fills the rows that are there with the field's default and then drops it from the column: later on only "
    "the new code fills in a default."
)

_WHY: Final[Sentences] = {
    "MS106": {"AlterField": _WRITES_NULL},
    "MS401": {"RemoveField": _NAMES_ALL},
    "MS402": {"RemoveField": "{field} is a ManyToManyField, and the table holds what it connects."},
    "MS501": {
        "RenameField": "RenameField renames the column as well, unless the field has a `db_column`.",
        "RenameModel": "RenameModel renames the column of its many-to-many tables as well.",
    },
    "MS502": {"RenameModel": "RenameModel renames the tables as well, unless Meta has a `db_table`."},
    "MS504": {
        "AddField": _DROPPED_AGAIN,
        "AlterOrderWithRespectTo": "Django adds the column _order with a default, and drops the default again.",
    },
    "MS640": {"AddField": "Django calls a default once for the migration, not once for each row."},
}

_REMAKES_KEYS: Final = "{operation} drops the foreign key and makes it again with every change of the column."
_SECOND_INDEX: Final = "Django makes a second index, for LIKE, for a text field that is indexed or unique."
_KEYS_FOLLOW: Final = "The column of every foreign key to {field} gets the new type as well."


def in_django_words(code: str, hit: Hit, executed: Executed | None) -> Hit:
    """The hit with what a Django user needs to know; as it is when Django did not write the statement."""
    written = executed.statement.written_as if executed is not None else None
    if executed is None or written is None or executed.migration.source != "django":
        return hit
    if executed.migration.direction is Direction.DOWN and code not in _BOTH_WAYS:
        return hit
    words = _words(written, executed.statement)
    why = _found(_WHY, code, written) or _why_this_statement(code, executed.statement, written)
    advice = _advice_for_this_statement(code, executed.statement, written) or _found(_ADVICE, code, written)
    if why:
        hit = hit.replace(why=f"{hit.why} {why.format_map(words)}".strip())
    if advice and hit.remedy is not None:
        hit = hit.replace(remedy=Remedy(advice.format_map(words), hit.remedy.steps, code in _ONCE))
    return hit


def _found(sentences: Sentences, code: str, written: WrittenAs) -> str:
    of_rule = sentences.get(code, {})
    return of_rule.get(written.operation, of_rule.get("", ""))


def _words(written: WrittenAs, statement: Statement) -> dict[str, str]:
    """What stands in the braces of a sentence."""
    name = written.field or written.model or "it"
    column = next((op.column for op in statement.operations if isinstance(op, RenameColumn)), name)
    return {
        "operation": written.operation,
        "model": written.model or "the model",
        "name": name,
        "field": f"{written.model}.{written.field}" if written.model and written.field else name,
        "column": column,
        "dropped": _dropped(statement),
    }


def _dropped(statement: Statement) -> str:
    tables = any(isinstance(op, DropTable) for op in statement.operations)
    return "the table goes" if tables else "the column goes"


def _advice_for_this_statement(code: str, statement: Statement, written: WrittenAs) -> str:
    """For the UPDATE that Django sends before NOT NULL."""
    fills = written.operation == "AlterField" and any(isinstance(op, Update) for op in statement.operations)
    return _FILL_BEFORE if fills and code in ("MS304", "MS601") else ""


def _why_this_statement(code: str, statement: Statement, written: WrittenAs) -> str:
    """Why the operation became just this statement, where nobody would expect it."""
    for operation in statement.operations:
        match code, operation:
            case "MS101", CreateIndex(name=name) if name is not None and name.endswith("_like"):
                return _SECOND_INDEX
            case "MS201", AddForeignKey() if written.operation in ("AlterField", "RenameField", "RenameModel"):
                return _REMAKES_KEYS
            case "MS103", AlterColumnType(column=column) if _is_of_another_field(column, written):
                return _KEYS_FOLLOW
    return ""


def _is_of_another_field(column: str, written: WrittenAs) -> bool:
    """Whether AlterField changes a column that is not its field's own, by name or by `db_column`."""
    if written.operation != "AlterField" or column in (written.field, f"{written.field}_id"):
        return False
    return not re.search(rf"""db_column\s*=\s*["']{re.escape(column)}["']""", written.text)
