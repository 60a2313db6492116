"""django-pgtrigger, on which django-pghistory builds: triggers as operations (migrations.py and compiler.py, 4.17)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from django.db import migrations

from migsafe.sources.django.reading.libraries.base import Built, OnTable, quoted, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import Model

_IGNORE: Final = '"public"._pgtrigger_should_ignore'
_INSTALL: Final = """
CREATE OR REPLACE FUNCTION {ignore_func_name}(trigger_name NAME) RETURNS BOOLEAN AS $$
    DECLARE
        _pgtrigger_ignore TEXT[];
        _result BOOLEAN;
    BEGIN
        BEGIN
            SELECT INTO _pgtrigger_ignore CURRENT_SETTING('pgtrigger.ignore');
            EXCEPTION WHEN OTHERS THEN
        END;
        IF _pgtrigger_ignore IS NOT NULL THEN
            SELECT trigger_name = ANY(_pgtrigger_ignore) INTO _result;
            RETURN _result;
        ELSE
            RETURN FALSE;
        END IF;
    END;
$$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER AS $$
    {declare}
    BEGIN
        IF ({ignore_func_name}(TG_NAME) IS TRUE) THEN
            IF (TG_OP = 'DELETE') THEN
                RETURN OLD;
            ELSE
                RETURN NEW;
            END IF;
        END IF;
        {func}
    END;
$$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS {pgid} ON {table};
CREATE {constraint} TRIGGER {pgid} {when} {operation} ON {table} {timing} {referencing}
    FOR EACH {level} {condition} EXECUTE PROCEDURE {execute};

COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
"""


class Sql(NamedTuple):
    """What `UpsertTriggerSql` holds: the statements, and the names with which the trigger is dropped."""

    text: str
    pgid: str
    table: str


class Trigger(NamedTuple):
    name: str | None
    sql: Sql


def _sql(*, pgid: str, table: str, hash: str | None = None, **stated: object) -> Sql:  # noqa: A002  # the library's name
    """Each part as it is stated, or as the library fills it in (`get_defaults`)."""
    defaults = dict.fromkeys(("declare", "constraint", "timing", "referencing", "condition"), "")
    filled: dict[str, Any] = {**defaults, "ignore_func_name": _IGNORE, "level": "ROW", "execute": f"{pgid}()", **stated}
    text = _INSTALL.format(**{**filled, "pgid": pgid, "table": quoted(table), "hash": hash or ""})
    return Sql(text, pgid, table)


def _drop(pgid: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {pgid} ON {quoted(table)};"


class AddTrigger(migrations.RunSQL):
    """Sends the trigger's statements, which name its table themselves."""

    def __init__(self, model_name: str, trigger: Trigger) -> None:
        if not isinstance(trigger, Trigger):
            raise TypeError("the trigger is not a compiled one")
        self.model_name = model_name
        super().__init__(sql=trigger.sql.text, reverse_sql=_drop(trigger.sql.pgid, trigger.sql.table))

    def _run_sql(self, schema_editor: BaseDatabaseSchemaEditor, sqls: str) -> None:
        send(schema_editor, sqls)


class RemoveTrigger(OnTable):
    """Drops the trigger. Its id is made of the model and the name (core.py, `get_pgid`); the way back needs the state
    of that library."""

    reversible: ClassVar[bool] = False

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def forwards(self, model: type[Model]) -> str:
        uri = f"{model._meta.app_label}.{model._meta.object_name}:{self.name}"  # noqa: SLF001  # documented API
        number = hashlib.sha1(uri.encode(), usedforsecurity=False).hexdigest()[:5]
        return _drop(f"pgtrigger_{self.name}_{number}".lower(), model._meta.db_table)  # noqa: SLF001  # likewise

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Triggers are no part of the state here."""


NAMES: Final = {
    "pgtrigger.migrations.AddTrigger": AddTrigger,
    "pgtrigger.migrations.RemoveTrigger": RemoveTrigger,
    "pgtrigger.compiler.Trigger": Built(lambda *, name, sql: Trigger(name, sql)),
    "pgtrigger.compiler.UpsertTriggerSql": Built(_sql),
}
