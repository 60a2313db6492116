"""Migrations as `makemigrations` writes them, the models that they are for, and the rule that minds them."""

from __future__ import annotations

from tests.plans.django_proof import ID, NOTE, TOTAL, Case, order

KEYED = """
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
        ("customer", models.ForeignKey("shop.customer", models.PROTECT{})),
    ],
),"""
KEYED_ROWS = (
    "INSERT INTO shop_customer (id, name) VALUES (1, 'Ann');"
    "INSERT INTO shop_order (id, note, total, customer_id) SELECT n, 'note ' || n, n, 1 FROM generate_series(1, 1100) n"
)
CASES = {
    "add-index": Case(
        rule="MS101",
        operation='migrations.AddIndex("order", models.Index(fields=["total"], name="order_total_idx")),',
        models=order("class Meta:", '    indexes = [models.Index(fields=["total"], name="order_total_idx")]'),
    ),
    "check": Case(
        rule="MS202",
        operation="""
migrations.AddConstraint(
    model_name="order",
    constraint=models.CheckConstraint(condition=models.Q(total__gte=0), name="positive"),
),""",
        models=order(
            "class Meta:",
            '    constraints = [models.CheckConstraint(condition=models.Q(total__gte=0), name="positive")]',
        ),
        since=(5, 1),
    ),
    "unique-constraint": Case(
        rule="MS203",
        operation="""
migrations.AddConstraint(
    model_name="order",
    constraint=models.UniqueConstraint(fields=["note", "total"], name="once"),
),""",
        models=order(
            "class Meta:",
            '    constraints = [models.UniqueConstraint(fields=["note", "total"], name="once")]',
        ),
    ),
    "unique-with-condition": Case(
        rule="MS101",
        operation="""
migrations.AddConstraint(
    model_name="order",
    constraint=models.UniqueConstraint(fields=["note"], condition=models.Q(total__gt=5), name="once"),
),""",
        models=order(
            "class Meta:",
            "    constraints = [",
            '        models.UniqueConstraint(fields=["note"], condition=models.Q(total__gt=5), name="once"),',
            "    ]",
        ),
    ),
    "unique-together": Case(
        rule="MS203",
        operation='migrations.AlterUniqueTogether("order", {("note", "total")}),',
        models=order("class Meta:", '    unique_together = {("note", "total")}'),
    ),
    "db-index": Case(
        rule="MS101",
        operation="""
migrations.AlterField(
    model_name="order",
    name="note",
    field=models.CharField(max_length=50, db_index=True, help_text="Anything."),
),""",
        models=order('note = models.CharField(max_length=50, db_index=True, help_text="Anything.")', fields=ID + TOTAL),
    ),
    "unique": Case(
        rule="MS203",
        operation='migrations.AlterField("order", "note", models.CharField(max_length=50, unique=True)),',
        models=order("note = models.CharField(max_length=50, unique=True)", fields=ID + TOTAL),
    ),
    "not-null": Case(
        rule="MS106",
        operation='migrations.AlterField("order", "total", models.IntegerField()),',
        models=order("total = models.IntegerField()", fields=ID + NOTE),
    ),
    "not-null-with-default": Case(
        rule="MS106",
        operation='migrations.AlterField("order", "total", models.IntegerField(default=7)),',
        models=order("total = models.IntegerField(default=7)", fields=ID + NOTE),
        rows="INSERT INTO shop_order (id, note, total) SELECT n, '', nullif(n % 3, 0) FROM generate_series(1, 2500) n",
    ),
    "type": Case(
        rule="MS103",
        operation='migrations.AlterField("order", "total", models.BigIntegerField(null=True)),',
        models=order("total = models.BigIntegerField(null=True)", fields=ID + NOTE),
    ),
    "foreign-key": Case(
        rule="MS101",
        operation="""
migrations.AddField(
    model_name="order",
    name="customer",
    field=models.ForeignKey(null=True, on_delete=models.PROTECT, to="shop.customer"),
),""",
        models=order('customer = models.ForeignKey("shop.Customer", models.PROTECT, null=True)'),
    ),
    "one-to-one": Case(
        rule="MS105",
        operation="""
migrations.AddField(
    model_name="order",
    name="customer",
    field=models.OneToOneField(null=True, on_delete=models.PROTECT, to="shop.customer"),
),""",
        models=order('customer = models.OneToOneField("shop.Customer", models.PROTECT, null=True)'),
    ),
    "required-foreign-key": Case(
        rule="MS504",
        operation="""
migrations.AddField(
    model_name="order",
    name="customer",
    field=models.ForeignKey(default=1, on_delete=models.PROTECT, to="shop.customer"),
    preserve_default=False,
),""",
        models=order('customer = models.ForeignKey("shop.Customer", models.PROTECT)'),
    ),
    "default": Case(
        rule="MS504",
        operation='migrations.AddField("order", "state", models.CharField(max_length=9, default="new")),',
        models=order('state = models.CharField(max_length=9, default="new")'),
    ),
    "required-with-empty-text": Case(
        rule="MS504",
        operation='migrations.AddField("order", "state", models.CharField(max_length=9, blank=True)),',
        models=order("state = models.CharField(max_length=9, blank=True)"),
    ),
    "default-beside-others": Case(
        rule="MS504",
        operation='migrations.AddField("order", "state", models.CharField(max_length=9, default="new")),',
        beside="migrations.RunPython(mark, migrations.RunPython.noop),",
        top="""\
def mark(apps, schema_editor):
    apps.get_model("shop", "Order").objects.filter(pk=7).update(state="old")
""",
        models=order('state = models.CharField(max_length=9, default="new")'),
    ),
    "list-default-beside-others": Case(
        rule="MS504",
        operation='migrations.AddField("order", "tags", models.JSONField(default=list)),',
        beside='migrations.AddField("order", "extra", models.IntegerField(null=True)),',
        models=order("tags = models.JSONField(default=list)", "extra = models.IntegerField(null=True)"),
    ),
    "default-with-index": Case(
        rule="MS504",
        operation="""
migrations.AddField(
    "order",
    "state",
    models.CharField(max_length=9, default="new", db_index=True),
),""",
        models=order('state = models.CharField(max_length=9, default="new", db_index=True)'),
    ),
    "positive-default": Case(
        rule="MS504",
        operation='migrations.AddField("order", "count", models.PositiveIntegerField(default=0)),',
        models=order("count = models.PositiveIntegerField(default=0)"),
    ),
    "list-default": Case(
        rule="MS504",
        operation='migrations.AddField("order", "tags", models.JSONField(default=list)),',
        models=order("tags = models.JSONField(default=list)"),
    ),
    "unique-and-nullable": Case(
        rule="MS105",
        operation='migrations.AddField("order", "code", models.CharField(max_length=9, null=True, unique=True)),',
        models=order("code = models.CharField(max_length=9, null=True, unique=True)"),
    ),
    "slug": Case(
        rule="MS101",
        operation='migrations.AddField("order", "slug", models.SlugField(null=True)),',
        models=order("slug = models.SlugField(null=True)"),
    ),
    "token": Case(
        rule="MS640",
        operation='migrations.AddField("order", "token", models.UUIDField(default=uuid.uuid4, unique=True)),',
        models=order("token = models.UUIDField(default=uuid.uuid4, unique=True)"),
        fails=True,
    ),
    "remove-field": Case(
        rule="MS401",
        operation='migrations.RemoveField("order", "note"),',
        models=order(fields=ID + TOTAL),
        back=False,
    ),
    "delete-model": Case(
        rule="MS402", operation='migrations.DeleteModel("order"),', models=order().partition("class Order")[0]
    ),
    "rename-field": Case(
        rule="MS501",
        operation='migrations.RenameField("order", "note", "words"),',
        models=order(
            'words = models.CharField(max_length=50, help_text="Anything, in short.", db_column="note")',
            fields=ID + TOTAL,
        ),
        same=False,
    ),
    "rename-field-beside-others": Case(
        rule="MS501",
        operation='migrations.RenameField("order", "note", "words"),',
        beside='migrations.AddField("order", "extra", models.IntegerField(null=True)),',
        models=order(
            'words = models.CharField(max_length=50, help_text="Anything, in short.", db_column="note")',
            "extra = models.IntegerField(null=True)",
            fields=ID + TOTAL,
        ),
        same=False,
    ),
    "rename-model": Case(
        rule="MS502",
        operation='migrations.RenameModel("Order", "Sale"),',
        models=order("class Meta:", '    db_table = "shop_order"', name="Sale"),
        same=False,
    ),
    "rename-model-of-many": Case(
        rule="MS502",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
        ("customers", models.ManyToManyField(to="shop.customer")),
    ],
),""",
        operation='migrations.RenameModel("Order", "Sale"),',
        models=order('customers = models.ManyToManyField("shop.Customer")', name="Sale"),
    ),
    "table-name": Case(
        rule="MS502",
        operation='migrations.AlterModelTable("order", "sales"),',
        models=order("class Meta:", '    db_table = "sales"'),
    ),
    "remove-index": Case(
        rule="MS102",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
    ],
    options={"indexes": [models.Index(fields=["total"], name="order_total_idx")]},
),""",
        operation='migrations.RemoveIndex("order", "order_total_idx"),',
        models=order(),
    ),
    "fields-of-many": Case(
        rule="MS402",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
        ("customers", models.ManyToManyField(to="shop.customer")),
    ],
),""",
        operation='migrations.RemoveField("order", "customers"),',
        models=order(),
    ),
    "not-null-natively": Case(
        rule="MS106",
        operation='migrations.AlterField("order", "total", models.IntegerField()),',
        models=order("total = models.IntegerField()", fields=ID + NOTE),
        target=18,
    ),
    "type-of-required": Case(
        rule="MS103",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField()),
    ],
),""",
        operation='migrations.AlterField("order", "total", models.BigIntegerField()),',
        models=order("total = models.BigIntegerField()", fields=ID + NOTE),
    ),
    "type-of-indexed": Case(
        rule="MS103",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True, db_index=True)),
    ],
    options={
        "indexes": [models.Index(fields=["note", "-total"], name="order_note_total")],
        "unique_together": {("total", "note")},
        "constraints": [
            models.CheckConstraint(condition=models.Q(total__gte=0), name="positive"),
            models.UniqueConstraint("total", condition=models.Q(total__gt=5), name="large_once"),
        ],
    },
),""",
        since=(5, 1),
        operation='migrations.AlterField("order", "total", models.BigIntegerField(null=True, db_index=True)),',
        models=order(
            "total = models.BigIntegerField(null=True, db_index=True)",
            "class Meta:",
            '    indexes = [models.Index(fields=["note", "-total"], name="order_note_total")]',
            '    unique_together = {("total", "note")}',
            "    constraints = [",
            '        models.CheckConstraint(condition=models.Q(total__gte=0), name="positive"),',
            '        models.UniqueConstraint("total", condition=models.Q(total__gt=5), name="large_once"),',
            "    ]",
            fields=ID + NOTE,
        ),
    ),
    "type-with-other-index": Case(
        rule="MS103",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, db_index=True)),
        ("total", models.IntegerField(null=True, unique=True)),
    ],
),""",
        operation='migrations.AlterField("order", "total", models.CharField(max_length=20, null=True, unique=True)),',
        models=order(
            "note = models.CharField(max_length=50, db_index=True)",
            "total = models.CharField(max_length=20, null=True, unique=True)",
            fields=ID,
        ),
    ),
    "type-of-key": Case(
        rule="MS103",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
        ("customer", models.ForeignKey("shop.customer", models.PROTECT, null=True)),
    ],
),""",
        operation='migrations.AlterField("order", "total", models.PositiveBigIntegerField(null=True, db_index=True)),',
        models=order(
            "total = models.PositiveBigIntegerField(null=True, db_index=True)",
            'customer = models.ForeignKey("shop.Customer", models.PROTECT, null=True)',
            fields=ID + NOTE,
        ),
    ),
    "unindexed": Case(
        rule="MS102",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, db_index=True)),
        ("total", models.IntegerField(null=True)),
    ],
),""",
        operation='migrations.AlterField("order", "note", models.CharField(max_length=50)),',
        models=order("note = models.CharField(max_length=50)", fields=ID + TOTAL),
    ),
    "key-of-number": Case(
        rule="MS201",
        operation="""
migrations.AlterField(
    "order",
    "total",
    models.ForeignKey("shop.customer", models.PROTECT, null=True, db_column="total"),
),""",
        models=order(
            'total = models.ForeignKey("shop.Customer", models.PROTECT, null=True, db_column="total")', fields=ID + NOTE
        ),
        rows="INSERT INTO shop_order (id, note) SELECT n, 'x' FROM generate_series(1, 2500) n",
    ),
    "positive": Case(
        rule="MS202",
        operation='migrations.AlterField("order", "total", models.PositiveIntegerField(null=True)),',
        models=order("total = models.PositiveIntegerField(null=True)", fields=ID + NOTE),
    ),
    "several-together": Case(
        rule="MS203",
        first="""
migrations.CreateModel(
    "Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
    ],
    options={"unique_together": {("id", "note")}},
),""",
        operation='migrations.AlterUniqueTogether("order", {("note", "total")}),',
        models=order("class Meta:", '    unique_together = {("note", "total")}'),
    ),
    "foreign-key-made-required": Case(
        rule="MS201",
        first=KEYED.format(", null=True"),
        operation='migrations.AlterField("order", "customer", models.ForeignKey("shop.customer", models.PROTECT)),',
        models=order('customer = models.ForeignKey("shop.Customer", models.PROTECT)'),
        rows=KEYED_ROWS,
    ),
    "foreign-key-made-optional": Case(
        rule="MS201",
        first=KEYED.format(""),
        operation="""
migrations.AlterField(
    "order", "customer", models.ForeignKey("shop.customer", models.PROTECT, null=True)
),""",
        models=order('customer = models.ForeignKey("shop.Customer", models.PROTECT, null=True)'),
        rows=KEYED_ROWS,
    ),
    "remove-foreign-key": Case(
        rule="MS401",
        first=KEYED.format(""),
        operation='migrations.RemoveField("order", "customer"),',
        models=order(),
        rows=KEYED_ROWS,
        back=False,
    ),
    "loop": Case(
        rule="MS310",
        top="""
def shorten(apps, schema_editor):
    for order in apps.get_model("shop", "Order").objects.iterator():
        order.note = order.note[:5]
        order.save()
""",
        operation="migrations.RunPython(shorten, migrations.RunPython.noop),",
        models=order(),
    ),
}
