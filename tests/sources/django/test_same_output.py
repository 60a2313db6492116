"""The same project gives the same report, in whatever order a process keeps its sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from migsafe.model.migration import Certainty
from tests.sources.django.projects import migration, project, read, second, shop

PACKAGE = str(Path(__file__).parents[3])
NAMES = ("north", "east", "south", "west", "up", "down")
PAIRS = "{" + ", ".join(f"('id', {name!r})" for name in NAMES) + "}"
COLUMNS = "\n".join(f"        ({name!r}, models.IntegerField())," for name in NAMES)
MODEL = f"""
migrations.CreateModel(
    name="Place",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
{COLUMNS}
    ],
    options={{"unique_together": {PAIRS}}},
),
"""
FILES = {
    "0001_initial": migration(MODEL),
    "0002_none": migration(
        'migrations.AlterUniqueTogether("place", set()),',
        f'migrations.AlterIndexTogether("place", {PAIRS}),',
        after=(("shop", "0001_initial"),),
    ),
    "0003_again": migration(
        f'migrations.AlterUniqueTogether("place", {PAIRS}),',
        'migrations.AlterIndexTogether("place", set()),',
        after=(("shop", "0002_none"),),
    ),
}


def _report(root: Path, seed: str) -> str:
    command = [sys.executable, "-m", "migsafe", "check", "--output-format", "json", "--no-cache"]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": PACKAGE}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    ).stdout


def test_the_day_makes_no_difference(tmp_path: Path) -> None:
    """Django itself writes the time at which `sqlmigrate` runs."""
    stamped = 'migrations.AddField("order", "at", models.DateTimeField({})),'
    updated = 'migrations.AlterField("order", "day", models.DateField(auto_now=True)),'
    nullable = 'migrations.AddField("order", "day", models.DateField(null=True)),'
    root = shop(tmp_path, second(stamped.format("auto_now_add=True"), nullable, updated))
    found = read(root, "shop.0002").statements
    assert [statement.sql for statement in found if "…" in statement.sql] == [
        """ALTER TABLE "shop_order" ADD COLUMN "at" timestamp with time zone DEFAULT '…' NOT NULL""",
        """ALTER TABLE "shop_order" ALTER COLUMN "day" SET DEFAULT '…', ALTER COLUMN "day" SET NOT NULL""",
    ]
    assert all(statement.certainty is Certainty.HOLES for statement in found if "…" in statement.sql)


def test_the_order_of_hashes_makes_no_difference(tmp_path: Path) -> None:
    root = project(tmp_path, FILES)
    first, *others = [_report(root, seed) for seed in ("1", "2", "3")]
    statements = [s["sql"] for m in json.loads(first)["migrations"] for s in m["statements"]]
    assert len(statements) > len(NAMES) * 6
    assert others == [first, first]
