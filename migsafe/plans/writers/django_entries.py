"""Entries of a Django migration's `operations`, as source text without the comma behind them."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.plans.writers.django_sql import Sql
from migsafe.plans.writers.python_calls import Argument, Call, parse_call
from migsafe.plans.writers.python_code import indented, literal

_NOOP = "migrations.RunSQL.noop"


def run_sql(one: Sql) -> str:
    """A statement with what undoes it. Django runs it without parameters, so that `%` stays as it is."""
    arguments = [Argument(None, literal(one.sql))]
    if one.reverse is not None:
        arguments.append(Argument("reverse_sql", literal(one.reverse) if one.reverse else _NOOP))
    return Call("migrations.RunSQL", tuple(arguments)).source


def accepted(entry: str, code: str, reason: str) -> str:
    """An entry whose finding is accepted, because the steps before it have taken care of the harm."""
    return f"# migsafe: ignore[{code}] {reason}\n{entry}"


def run_python(function: str) -> str:
    return f"migrations.RunPython({function}, migrations.RunPython.noop)"


def separate(database: Sequence[str], state: Sequence[str]) -> str:
    """What the database gets, and what Django's state is told instead."""
    lists = [
        indented(f"{name}=[\n" + "\n".join(indented(f"{entry},") for entry in entries) + "\n],")
        for name, entries in (("database_operations", database), ("state_operations", state))
        if entries
    ]
    return "\n".join(("migrations.SeparateDatabaseAndState(", *lists, ")"))


def as_alter_field(call: Call, field: Call | None = None) -> str:
    """AlterField with the arguments of an AddField, which it has as well, and another field if one is given."""
    altered = call.to("migrations.AlterField")
    return (altered.with_argument("field", field.source, 2) if field is not None else altered).source


def field_of(call: Call) -> Call | None:
    """The field of AddField and AlterField; None when it is not built in place."""
    text = call.argument("field", 2)
    return parse_call(text) if text is not None else None


def with_field(call: Call, field: Call) -> Call:
    return call.with_argument("field", field.source, 2)


FILL = """\
def {name}(apps, schema_editor):
    {model} = apps.get_model({label}, {model_name})
    rows = {model}.objects.using(schema_editor.connection.alias){filter}.order_by("pk")
    last = None
    while True:  # batches of 1000 rows, each committed by itself
        batch = rows if last is None else rows.filter(pk__gt=last)
        pks = list(batch.values_list("pk", flat=True)[:1000])
        if not pks:
            return
        {change}
        last = pks[-1]
"""
"""A change of all rows that never holds the locks of more than a thousand of them."""


def fill(name: str, model: tuple[str, str], which: str, change: str) -> str:
    """A function for RunPython: `which` narrows the rows (".filter(…)"), `change` is a line about `rows`, `pks`."""
    label, model_name = model
    safe = model_name if model_name.isidentifier() else "Model"
    return FILL.format(
        name=name, model=safe, label=literal(label), model_name=literal(model_name), filter=which, change=change
    )
