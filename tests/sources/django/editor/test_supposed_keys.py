"""Keys of models whose app is not part of the project: their type is supposed, and what leans on it is never exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.findings import Severity
from migsafe.model.migration import Certainty
from tests.sources.django.projects import ORDER, read, report, second, shop

KEY = 'models.ForeignKey("billing.Plan", models.CASCADE, null=True)'
UUID = 'migrations.AddField("order", "plan", models.UUIDField(null=True, db_column="plan_id")),'


def certainties(root: Path) -> list[tuple[str, Certainty]]:
    return [(" ".join(s.sql.split()[:2]), s.certainty) for s in read(root, "shop.0002").statements]


def test_a_new_reference_is_not_exact(tmp_path: Path) -> None:
    root = shop(tmp_path, second(f'migrations.AddField("order", "plan", {KEY}),'))

    found = certainties(root)

    assert (found[0], found[-1]) == (("ALTER TABLE", Certainty.HOLES), ("CREATE INDEX", Certainty.EXACT))


@pytest.mark.parametrize(
    "key",
    [
        'models.OneToOneField("billing.Plan", models.CASCADE, primary_key=True)',
        'models.ForeignKey("shop.Bill", models.CASCADE)',
    ],
)
def test_a_new_table_with_one_is_not_exact(key: str, tmp_path: Path) -> None:
    bill = 'migrations.CreateModel("Bill", [("plan", models.OneToOneField("billing.Plan", models.CASCADE, %s))]),'
    line = f'migrations.CreateModel("Line", [("key", {key})]),'
    root = shop(tmp_path, second(line), ORDER + bill % "primary_key=True")

    assert certainties(root)[0] == ("CREATE TABLE", Certainty.HOLES)


def test_references_to_known_models_are_exact(tmp_path: Path) -> None:
    key = 'migrations.AddField("order", "other", models.ForeignKey("shop.Order", models.CASCADE, null=True)),'
    user = 'migrations.AddField("order", "user", models.ForeignKey("auth.User", models.CASCADE, null=True)),'
    root = shop(tmp_path, second(key, user))

    assert {certainty for _, certainty in certainties(root)} == {Certainty.EXACT}


def test_a_column_that_becomes_one_changes_its_type_under_a_condition(tmp_path: Path) -> None:
    root = shop(tmp_path, second(f'migrations.AlterField("order", "plan", {KEY}),'), ORDER + UUID)

    statement = next(s for s in read(root, "shop.0002").statements if " TYPE " in s.sql)

    assert (statement.certainty, statement.guard) == (
        Certainty.GUARDED,
        "the key of billing.plan is of the type that is shown",
    )


def test_no_finding_leans_on_it(tmp_path: Path) -> None:
    """The server can make no bigint of a uuid: what is supposed is wrong, the key is a uuid."""
    root = shop(tmp_path, second(f'migrations.AlterField("order", "plan", {KEY}),'), ORDER + UUID)

    found = [entry.finding for entry in report(root, "shop.0002").findings]

    assert "MS003" not in {f.code for f in found}
    assert not [f.code for f in found if f.severity is Severity.ERROR and "type" in f.message]
