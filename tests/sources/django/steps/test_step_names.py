"""Names that steps import: which of them change rows, which do not, and which may have kept a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.operations import Delete, Insert, Update
from tests.sources.django.steps.test_step_calls import changes, stepped

EACH = "for order in Order.objects.all():"


@pytest.mark.parametrize(
    ("top", "lines", "made"),
    [
        ("", (EACH, "    super(Order, order).save()"), [(Update, "orders")]),
        ("", (EACH, "    order.__class__.objects.filter(pk=order.pk).update(note='x')"), [(Update, "orders")]),
        (
            "from contextlib import ExitStack\n",
            (
                "with ExitStack() as stack:",
                "    stack.enter_context(transaction.atomic())",
                "    Order.objects.all().delete()",
            ),
            [(Delete, "orders")],
        ),
        (
            "from guardian.shortcuts import assign_perm\n",
            ("assign_perm('shop.pay', Customer.objects.get(id=1), Order.objects.get(id=2))",),
            [(Insert, "guardian_userobjectpermission"), (Insert, "guardian_groupobjectpermission")],
        ),
        (
            "from django.contrib.auth.models import User\n",
            ("user = User(username='x')", "user.set_unusable_password()", "user.save()"),
            [(Insert, "auth_user")],
        ),
        ("", ("point = transaction.savepoint()", "transaction.savepoint_rollback(point)"), []),
        ("", ("transaction.set_autocommit(False)", "transaction.commit()"), []),
        ("from django.core.cache import caches\n", ("caches['default'].delete('x')", "caches['default'].clear()"), []),
        ("from elsewhere import values\n", ("known = values.CONTEXT.copy()", "known.update(a=1)"), []),
        ("", (EACH, "    delattr(order, 'note')"), []),
    ],
)
def test_what_it_does_to_rows(top: str, lines: tuple[str, ...], made: list[tuple[type, str]], tmp_path: Path) -> None:
    assert changes(stepped(tmp_path, *lines, top=top)) == made


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (("import heapq", "for order in heapq.nlargest(3, Order.objects.all()):", "    order.delete()"), "nlargest"),
        (
            (
                "import random",
                "random.choice(Order.objects.all()).delete()",
            ),
            "random.choice",
        ),
    ],
)
def test_a_row_is_not_lost_in_a_library_that_gives_it_back(lines: tuple[str, ...], named: str, tmp_path: Path) -> None:
    found = [problem.message for problem in stepped(tmp_path, *lines).problems]
    assert any(named in message for message in found), found


@pytest.mark.parametrize(
    "value",
    ["order.data or {}", "order.data if order.note else None", "{'items': order.data} if order.note else {}"],
)
def test_a_value_that_fails_is_not_the_one_that_occurs(value: str, tmp_path: Path) -> None:
    """`None` is one of the values that the loop may get; the code asks before, in a way that is not followed."""
    lines = (
        EACH,
        f"    data = {value}",
        "    for item in data.get('items'):",
        "        Customer.objects.filter(id=item).delete()",
    )
    found = stepped(tmp_path, *lines)
    assert set(changes(found)) == {(Delete, "shop_customer")}
