"""How the text tells of a way back that Django makes of an operation: in short, and behind the way up."""

from __future__ import annotations

from pathlib import Path

from migsafe.outputs import text
from tests.sources.django.projects import report, second, shop

LONGER = 'migrations.AlterField("order", "note", models.CharField(max_length=80)),'


def shown(root: Path, *operations: str) -> str:
    return text.render(report(shop(root, second(*operations)), "shop.0002"))


def test_its_safer_form_is_a_sentence(tmp_path: Path) -> None:
    """What it would cost to go back one day is information, and stops no deploy: no file is laid out for it."""
    found = shown(tmp_path, LONGER).split("MS103 rewriting-type-change (way back)")[1].split("\n\n")[0]
    assert "   safer  Add a column of the new type" in found
    assert "more   migsafe explain MS103" in found
    assert "class Migration" not in found
    assert "   lock   " not in found


def test_it_comes_behind_the_way_up_of_its_file(tmp_path: Path) -> None:
    dropped = 'migrations.RemoveField("order", "done"),'
    found = shown(tmp_path, LONGER, dropped)
    headings = [line for line in found.splitlines() if line.startswith("shop/") and "  MS" in line]
    backs = [line.endswith("(way back)") for line in headings]
    assert any(backs)
    assert False in backs
    assert backs == sorted(backs)


def test_its_locks_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    found = shown(tmp_path, LONGER)
    assert "Locks of shop/migrations/0002_next.py\n" in found
    assert "(way back)\n   line" not in found
    assert "note: The locks of 1 way back are left out." in found


def test_what_is_only_told_in_short_is_told_in_full_below(tmp_path: Path) -> None:
    """A way back in one file, and the same hazard on the way up in the next one."""
    root = shop(tmp_path, second(LONGER))
    shorter = second('migrations.AlterField("order", "note", models.CharField(max_length=10)),').replace(
        "0001_initial", "0002_next"
    )
    (root / "shop/migrations/0003_shorter.py").write_text(shorter)
    found = text.render(report(root, "shop.0002", "shop.0003"))
    below = found.split("0003_shorter.py:", 1)[1].split("MS103 rewriting-type-change\n")[1].split("MS301")[0]
    assert "   why    " in below
    assert "class Migration" in below
