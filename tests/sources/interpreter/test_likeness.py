"""Values that only the database knows: as keys, as items of containers, in loops."""

from __future__ import annotations

import textwrap

import pytest

from migsafe.sources.interpreter import Call, HostKind, HostObject, Interpreter, NoDomain, Result, Source


def _keep(owner: HostObject, call: Call) -> object:
    call.record(owner.payload)
    return None


VALUE = HostKind(name="value", any_value=True)
ROW = HostKind(
    name="row",
    methods={"save": _keep},
    attribute=lambda _owner, name: HostObject(VALUE, name),
    any_value=True,
)
ROWS = HostKind(name="rows", element=lambda _: HostObject(ROW, "a row"))


class Front(NoDomain):
    """`from front import rows`."""

    modules = frozenset({"front"})

    def resolve(self, module: str, name: str) -> object | None:
        return HostObject(ROWS) if (module, name) == ("front", "rows") else None


def run(text: str) -> Result:
    source = f"from front import rows\n\n{textwrap.dedent(text)}"
    interpreter = Interpreter(Source("versions/a.py", source), Front())
    interpreter.run_module()
    return interpreter.call_value(interpreter.globals["upgrade"], ())


def saved(text: str) -> list[object]:
    """Whose `save` was called, where nothing may be left unresolved."""
    result = run(text)
    assert result.unresolved == ()
    return [event.payload for event in result.events]


@pytest.mark.parametrize(
    "body",
    [
        "for row in rows:\n        row.save()",
        "for number, row in enumerate(rows):\n        row.save()",
        "for row, other in zip(rows, [1, 2]):\n        row.save()",
        "for row in list(rows):\n        row.save()",
        "for row in sorted(rows, key=lambda r: r.name):\n        row.save()",
        "next(iter(rows)).save()",
        "found = [row for row in rows]\n    found[0].save()",
        "found = [row for row in rows]\n    for row in found[1:]:\n        row.save()",
        "found = [row for row in rows]\n    found.pop().save()",
        "found = {row.id: row for row in rows}\n    for row in rows:\n        found[row.parent].save()",
        "found = {row.id: row for row in rows}\n    for row in rows:\n        found.get(row.parent).save()",
        "found = dict((row.id, row) for row in rows)\n    for row in found.values():\n        row.save()",
        "found = {row.id: row for row in rows}\n    for key, row in found.items():\n        row.save()",
    ],
)
def test_an_item_stands_for_all_of_them(body: str) -> None:
    assert set(saved(f"def upgrade():\n    {body}\n")) == {"a row"}


def test_a_key_that_only_the_database_knows_may_be_any_key() -> None:
    assert not saved(
        """
        def upgrade():
            names = {"a": 1, "b": 2}
            for row in rows:
                names[row.state]
                names[row.state, 5] if (row.state, 5) in names else None
        """
    )


def test_a_function_that_calls_itself_for_each_row_is_run_a_few_times() -> None:
    found = saved(
        """
        def walk(row):
            row.save()
            for child in rows:
                walk(child)

        def upgrade():
            walk(next(iter(rows)))
        """
    )

    assert len(found) in range(2, 10)


def test_a_function_that_calls_itself_under_known_conditions_runs_to_its_end() -> None:
    result = run(
        "def count(n):\n    return 0 if n == 0 else 1 + count(n - 1)\n\ndef upgrade():\n    return count(20)\n"
    )

    assert result.returned == 20


def test_what_returns_on_one_path_and_raises_on_the_other_returns() -> None:
    found = saved(
        """
        def first(known):
            for row in rows:
                if row.name == known:
                    return row
            raise LookupError(known)

        def upgrade():
            first("x").save()
        """
    )

    assert found == ["a row"]


def test_a_decorator_that_is_a_context_is_told_and_the_function_is_kept() -> None:
    result = run(
        """
        from contextlib import contextmanager

        @contextmanager
        def aside():
            yield

        @aside()
        def step():
            for row in rows:
                row.save()

        def upgrade():
            step()
        """
    )

    assert [event.payload for event in result.events] == ["a row"]
    assert ["aside()" in found.detail for found in result.unresolved] == [True]


@pytest.mark.parametrize(
    "body",
    [
        (
            "found = defaultdict(list)\n    for row in rows:\n        found[row.name].append(row)\n"
            "    for row in found['x']:\n        row.save()"
        ),
        (
            "found = defaultdict(lambda: {'a': []})\n    for row in rows:\n        found[row.id]['a'].append(row)\n"
            "    for part in found.values():\n        for row in part['a']:\n            row.save()"
        ),
        (
            "found = {}\n    for row in rows:\n        if row.name:\n            found[row.name] = rows\n"
            "    for part in found.values():\n        for row in part:\n            row.save()"
        ),
        (
            "found = {}\n    for row in rows:\n        found[row.name] = rows\n"
            "    for name in found:\n        for row in found[name]:\n            row.save()"
        ),
        "for name, part in groupby(rows, key=lambda row: row.name):\n        for row in part:\n            row.save()",
        "for part in batched(rows, 100):\n        for row in part:\n            row.save()",
        "for row in list(islice(iter(rows), 100)):\n        row.save()",
        "for row in set(rows):\n        row.save()",
        "for row in set(rows) & set(rows):\n        row.save()",
    ],
)
def test_what_goes_into_containers_comes_out_again(body: str) -> None:
    top = "from collections import defaultdict\nfrom itertools import batched, groupby, islice\n"
    assert saved(f"{top}\ndef upgrade():\n    {body}") == ["a row"]
