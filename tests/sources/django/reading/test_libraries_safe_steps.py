"""Operations of libraries that take the safe steps themselves send what these libraries send."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from tests.sources.django.projects import codes, collected, migration, project, report

TOP = "from django_pg_migration_tools import operations as safer\n"
MODELS = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    name="Order",
    fields=[("id", models.BigAutoField(primary_key=True)), ("note", models.CharField(max_length=50, null=True))],
    options={
        "indexes": [models.Index(fields=["note"], name="by_note")],
        "constraints": [
            models.UniqueConstraint(fields=["note"], name="one_note"),
            models.CheckConstraint(condition=models.Q(id__gt=0), name="above"),
        ],
    },
),
"""
WITHOUT_CHECK = MODELS.replace('models.CheckConstraint(condition=models.Q(id__gt=0), name="above"),', "")
TIMEOUT = "SET lock_timeout = '0'"
KEY = 'models.ForeignKey("shop.Customer", models.CASCADE, null=True)'
ADD_KEY = (
    'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_fk" FOREIGN KEY ("customer_id") '
    'REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED NOT VALID'
)
VALIDATE_KEY = 'ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_customer_id_fk"'
UNIQUE_KEY = (
    'ALTER TABLE "shop_order" ADD CONSTRAINT "order_customer_id_uniq" UNIQUE USING INDEX "order_customer_id_uniq"'
)
CASES = [
    (
        'SaferAddIndexConcurrently("order", models.Index(fields=["id", "note"], name="both"))',
        [
            TIMEOUT,
            'CREATE INDEX CONCURRENTLY IF NOT EXISTS "both" ON "shop_order" ("id", "note")',
            "RESET lock_timeout",
        ],
        [TIMEOUT, 'DROP INDEX CONCURRENTLY IF EXISTS "both"', "RESET lock_timeout"],
    ),
    (
        'SaferRemoveIndexConcurrently("order", "by_note")',
        [TIMEOUT, 'DROP INDEX CONCURRENTLY IF EXISTS "by_note"', "RESET lock_timeout"],
        [
            TIMEOUT,
            'CREATE INDEX CONCURRENTLY IF NOT EXISTS "by_note" ON "shop_order" ("note")',
            "RESET lock_timeout",
        ],
    ),
    (
        'SaferAddUniqueConstraint("order", constraint=models.UniqueConstraint(fields=["id", "note"], name="u"))',
        [
            TIMEOUT,
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "u" ON "shop_order" ("id", "note")',
            "RESET lock_timeout",
            'ALTER TABLE "shop_order" ADD CONSTRAINT "u" UNIQUE USING INDEX "u"',
        ],
        ['ALTER TABLE "shop_order" DROP CONSTRAINT "u"'],
    ),
    (
        'SaferRemoveUniqueConstraint("order", "one_note")',
        ['ALTER TABLE "shop_order" DROP CONSTRAINT "one_note"'],
        [
            TIMEOUT,
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "one_note" ON "shop_order" ("note")',
            "RESET lock_timeout",
            'ALTER TABLE "shop_order" ADD CONSTRAINT "one_note" UNIQUE USING INDEX "one_note"',
        ],
    ),
    (
        'SaferAlterFieldSetNotNull("order", "note", models.CharField(max_length=50))',
        [
            'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_note_94455a301c" CHECK ("note" IS NOT NULL) NOT VALID',
            'ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_note_94455a301c"',
            'ALTER TABLE "shop_order" ALTER COLUMN "note" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_note_94455a301c"',
        ],
        ['ALTER TABLE "shop_order" ALTER COLUMN "note" DROP NOT NULL'],
    ),
    (
        f'SaferAddFieldForeignKey("order", "customer", {KEY})',
        [
            'ALTER TABLE "shop_order" ADD COLUMN IF NOT EXISTS "customer_id" bigint NULL',
            TIMEOUT,
            'CREATE INDEX CONCURRENTLY IF NOT EXISTS "order_customer_id_idx" ON "shop_order" ("customer_id")',
            "RESET lock_timeout",
            ADD_KEY,
            VALIDATE_KEY,
        ],
        ['ALTER TABLE "shop_order" DROP COLUMN "customer_id"'],
    ),
    (
        f'SaferAddFieldOneToOne("order", "customer", {KEY.replace("ForeignKey", "OneToOneField")})',
        [
            'ALTER TABLE "shop_order" ADD COLUMN IF NOT EXISTS "customer_id" bigint NULL',
            TIMEOUT,
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "order_customer_id_uniq" ON "shop_order" ("customer_id")',
            "RESET lock_timeout",
            UNIQUE_KEY,
            ADD_KEY,
            VALIDATE_KEY,
        ],
        ['ALTER TABLE "shop_order" DROP COLUMN "customer_id"'],
    ),
]


def with_operation(root: Path, operation: str, more: str = "atomic = False") -> Path:
    text = migration(f"{operation},", after=(("shop", "0001_initial"),), top=TOP, more=more)
    return project(root, {"0001_initial": migration(WITHOUT_CHECK), "0002_next": text})


@pytest.mark.parametrize(("operation", "up", "down"), CASES, ids=[case[0].partition("(")[0] for case in CASES])
def test_the_steps_are_the_librarys(operation: str, up: list[str], down: list[str], tmp_path: Path) -> None:
    found = collected(with_operation(tmp_path, f"safer.{operation}"), "shop.0002").focus

    assert {m.direction: [s.sql for s in m.statements] for m in found} == {Direction.UP: up, Direction.DOWN: down}
    assert [problem for m in found for problem in m.problems] == []


def test_safe_steps_are_not_warned_of(tmp_path: Path) -> None:
    for operation, *_ in CASES[:1] + CASES[4:6]:
        root = with_operation(tmp_path / operation.partition("(")[0], f"safer.{operation}")
        assert not {"MS001", "MS002", "MS003", "MS101", "MS201", "MS202"} & set(codes(report(root, "shop.0002")))


def test_what_the_library_refuses_is_told(tmp_path: Path) -> None:
    key = f'safer.SaferAddFieldForeignKey("order", "customer", {KEY.replace(", null=True", "")})'

    [up] = [m for m in collected(with_operation(tmp_path, key), "shop.0002").focus if m.direction is Direction.UP]
    assert "Can't safely create a FK field with null=False" in up.problems[0].message


VIEW = "from django_pgviews.db.migrations.operations import DeleteViewOperation, RegisterViewOperation\n"
STAGE = "import syzygy\nfrom syzygy.operations import AlterField, RenameField\n"


@pytest.mark.parametrize(
    ("top", "operation", "sql"),
    [
        (VIEW, 'RegisterViewOperation(name="Sums", materialized=True, db_name="shop_sums")', []),
        (
            VIEW,
            'DeleteViewOperation(name="Sums", materialized=True, db_name="shop_sums")',
            ["DROP MATERIALIZED VIEW IF EXISTS shop_sums CASCADE"],
        ),
        (
            STAGE,
            'AlterField("order", "note", models.TextField(null=True), stage=syzygy.Stage.PRE_DEPLOY)',
            ['ALTER TABLE "shop_order" ALTER COLUMN "note" TYPE text'],
        ),
        (
            STAGE,
            'RenameField("order", "note", "remark", stage=syzygy.Stage.POST_DEPLOY)',
            ['ALTER TABLE "shop_order" RENAME COLUMN "note" TO "remark"'],
        ),
    ],
)
def test_other_libraries(top: str, operation: str, sql: list[str], tmp_path: Path) -> None:
    text = migration(f"{operation},", after=(("shop", "0001_initial"),), top=top)
    root = project(tmp_path, {"0001_initial": migration(MODELS), "0002_next": text})

    [up] = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.UP]
    assert ([s.sql.partition(" USING")[0] for s in up.statements][: len(sql) or None], up.problems) == (sql, ())


def test_marks_of_deploys_are_no_operations(tmp_path: Path) -> None:
    top = "from django_safemigrate import Safe\nfrom datetime import timedelta\n"
    text = migration(
        'migrations.RemoveField("order", "note"),',
        after=(("shop", "0001_initial"),),
        more="safe = Safe.after_deploy(delay=timedelta(days=7))",
        top=top,
    )
    root = project(tmp_path, {"0001_initial": migration(MODELS), "0002_next": text})

    assert [problem for m in collected(root, "shop.0002").focus for problem in m.problems] == []
