"""For every field that is unique no more, Django drops an index for LIKE, whether there is one or not."""

from __future__ import annotations

from pathlib import Path

from migsafe.model.effects import Effect
from tests.sources.django.projects import ORDER, migration, project, report, second, shop

GOES = 'migrations.AlterField("order", "{0}", models.{1}(null=True)),'


def locked_by_drops(root: Path, name: str) -> list[tuple[str, ...]]:
    """The relations that each DROP INDEX of the way up locks."""
    up = next(entry for entry in report(root, name).in_focus if entry.migration.direction == "up")
    drops = [entry for entry in up.statements if entry.sql.startswith("DROP INDEX")]
    assert drops
    return [
        tuple(str(lock.relation) for lock in entry.outcome.locks) if isinstance(entry.outcome, Effect) else ("?",)
        for entry in drops
    ]


def test_a_number_never_had_one(tmp_path: Path) -> None:
    unique = ORDER + 'migrations.AddField("order", "n", models.IntegerField(null=True, unique=True)),'
    (for_like,) = locked_by_drops(shop(tmp_path, second(GOES.format("n", "IntegerField")), unique), "shop.0002")

    assert for_like == ()


def test_a_text_has_one(tmp_path: Path) -> None:
    unique = ORDER + 'migrations.AddField("order", "t", models.TextField(null=True, unique=True)),'
    (for_like,) = locked_by_drops(shop(tmp_path, second(GOES.format("t", "TextField")), unique), "shop.0002")

    assert "public.shop_order" in for_like


def test_where_something_is_not_analysed_there_may_be_one(tmp_path: Path) -> None:
    unique = ORDER + 'migrations.AddField("order", "n", models.IntegerField(null=True, unique=True)),'
    hidden = second("migrations.RunSQL(\"DO $$ BEGIN EXECUTE current_setting('shop_order.sql'); END $$\"),")
    last = migration(GOES.format("n", "IntegerField"), after=(("shop", "0002_hidden"),))
    root = project(tmp_path, {"0001_initial": migration(unique), "0002_hidden": hidden, "0003_last": last})
    (for_like,) = locked_by_drops(root, "shop.0003")

    assert for_like != ()
