"""Fixtures: their models are told, by `loaddata` and where code opens them; nothing else of them is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.operations import Insert, Update
from migsafe.sources.django.discovery.fixtures import models_in
from tests.sources.django.steps.test_step_calls import changes, stepped

JSON = '[{"model": "shop.customer", "pk": 1, "fields": {"name": "Ada", "model": "x.y"}}]\n'
YAML = "- model: shop.customer\n  pk: 1\n  fields:\n    name: Ada\n    model: x.y\n"
XML = '<django-objects><object pk="1" model="shop.customer"><field name="name">Ada</field></object></django-objects>'
CALL = "from django.core.management import call_command\n"
LOADED = [(Insert, "shop_customer"), (Update, "shop_customer")]


@pytest.mark.parametrize(("text", "models"), [(YAML, ("shop.customer",)), (XML, ("shop.customer",)), ("a: 1\n", ())])
def test_the_models_of_a_fixture(text: str, models: tuple[str, ...]) -> None:
    assert models_in(text) == models


@pytest.mark.parametrize(
    "call",
    [
        "call_command('loaddata', 'people')",
        "call_command('loaddata', 'people.json', verbosity=0)",
        "call_command('loaddata', 'shop/fixtures/people.json')",
        "call_command('loaddata', '--ignorenonexistent', 'people')",
    ],
)
def test_loaddata(call: str, tmp_path: Path) -> None:
    assert changes(stepped(tmp_path, call, top=CALL, files={"shop/fixtures/people.json": JSON})) == LOADED


@pytest.mark.parametrize(
    ("call", "files"),
    [
        ("call_command('loaddata', 'others')", {"shop/fixtures/people.json": JSON}),
        ("call_command('loaddata', 'people', 'others')", {"shop/fixtures/people.json": JSON}),
        ("call_command('loaddata', 'people')", {"shop/fixtures/people.json": "[]"}),
        ("call_command('loaddata', 'people')", {}),
    ],
)
def test_a_fixture_that_is_not_known_is_named(call: str, files: dict[str, str], tmp_path: Path) -> None:
    found = stepped(tmp_path, call, top=CALL, files=files)
    assert [p.message for p in found.problems] == ["external-helper: what the command loaddata does is not known"]


READ = (
    "path = Path(__file__).parent / 'people.{}'",
    "with open(path, 'rb') as file:",
    "    for item in {}(file):",
    "        apps.get_model(item['model']).objects.update_or_create(pk=item['pk'], defaults=item['fields'])",
)


@pytest.mark.parametrize(("ending", "loader", "text"), [("yaml", "yaml.safe_load", YAML), ("json", "json.load", JSON)])
def test_a_fixture_that_code_opens(ending: str, loader: str, text: str, tmp_path: Path) -> None:
    lines = tuple(line.replace("{}", ending if "people" in line else loader) for line in READ)
    files = {f"shop/migrations/people.{ending}": text}
    found = stepped(tmp_path, *lines, top="import yaml\nfrom pathlib import Path\n", files=files)
    assert [(kind, table) for kind, table in changes(found)] == LOADED
    assert all("Ada" not in statement.sql for statement in found.statements)


def test_objects_that_are_deserialized(tmp_path: Path) -> None:
    lines = (
        "with open('shop/fixtures/people.json') as file:",
        "    for one in serializers.deserialize('json', file):",
        "        one.save()",
    )
    files = {"shop/fixtures/people.json": JSON}
    assert changes(stepped(tmp_path, *lines, top="from django.core import serializers\n", files=files)) == LOADED


def test_sql_is_found_from_the_working_directory(tmp_path: Path) -> None:
    lines = ("schema_editor.execute(Path('shop/sql/fill.sql').read_text())",)
    files = {"shop/sql/fill.sql": "UPDATE orders SET note = ''"}
    assert changes(stepped(tmp_path, *lines, top="from pathlib import Path\n", files=files)) == [(Update, "orders")]
