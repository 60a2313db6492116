"""The documentation: its examples are what migsafe prints, its commands are accepted, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from migsafe.commands import main
from migsafe.commands.running import FORMATS
from migsafe.config import load
from tools.doc_pages import PageError, filled, filled_pages

ROOT = Path(__file__).parents[2]
GENERATED = ("cli.md", "coverage.md", "locks.md")
PAGES = [ROOT / "README.md", *(p for p in sorted((ROOT / "docs").glob("*.md")) if p.name not in GENERATED)]
_COMMAND = re.compile(r"(?:.* )?migsafe (?=[a-z])(.*)")


def blocks(text: str, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    """What is shown after `migsafe` in the blocks for a shell, with lines that go on put together."""
    lines = [
        line
        for page in PAGES
        for block in blocks(page.read_text(), "sh")
        for line in block.replace("\\\n", " ").splitlines()
    ]
    matches = [_COMMAND.fullmatch(line.partition(" #")[0].strip()) for line in lines]
    return sorted({match[1] for match in matches if match is not None})


def test_examples_are_what_migsafe_prints_today() -> None:
    pages = dict(filled_pages())
    assert set(pages) >= {"start-sql.md", "start-alembic.md", "start-django.md", "concepts.md", "recipes.md"}
    for name, text in pages.items():
        assert (ROOT / "docs" / name).read_text() == text, f"docs/{name}: run python -m tools.docs"


def test_a_mark_that_cannot_be_filled_is_a_mistake() -> None:
    with pytest.raises(PageError, match="not understood"):
        filled("<!-- run: migsafe check -->\n<!-- end -->")
    with pytest.raises(PageError, match="o such option"):
        filled("<!-- run: migsafe check --no-such-flag in fixtures/start/sql -->\n<!-- end -->")


@pytest.mark.parametrize("line", commands())
def test_commands_are_accepted(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command line's own parser; what they do is tested elsewhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.json").touch()
    name, *arguments = shlex.split(line.partition(" < ")[0].partition(" && ")[0])
    command = main.get_command(click.Context(main), name)
    assert command is not None, f"there is no command {name}"
    assert command.make_context(name, arguments).command is command


def test_there_are_commands_to_look_at() -> None:
    assert {"check", "init", "check --since origin/main", "comment --dry-run report.json"} <= set(commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_are_accepted(page: Path, tmp_path: Path) -> None:
    for text in blocks(page.read_text(), "toml"):
        document = tomllib.loads(text)
        file = tmp_path / ("pyproject.toml" if "tool" in document else "migsafe.toml")
        file.write_text(text)
        assert load({}, start=tmp_path, environment={}, file=file).file is not None


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index, f"docs/index.md does not name {page.name}"


def first_column(text: str, heading: str) -> set[str]:
    """The words in code of a table's first column."""
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return {word for row in table.splitlines()[2:] for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_tables_of_inputs_and_formats_are_complete() -> None:
    recipes = (ROOT / "docs/recipes.md").read_text()
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert first_column(recipes, "input") == set(action["inputs"])
    assert first_column(recipes, "format") == set(FORMATS)
    assert all(f"`{output}`" in recipes for output in action["outputs"])
