"""docs/adoption.md: the settings that it shows are read, and the commands that it names exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click

from migsafe.commands import main
from migsafe.config import load

PAGE = (Path(__file__).parents[1] / "docs" / "adoption.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_its_settings_are_read(tmp_path: Path) -> None:
    assert len(BLOCKS) >= 3
    for block in BLOCKS:
        assert tomllib.loads(block)
        (tmp_path / "pyproject.toml").write_text(block)
        loaded = load({}, start=tmp_path, environment={}, file=tmp_path / "pyproject.toml")
        assert any(origin != "default" for _, origin in loaded.origins)


def test_its_commands_exist() -> None:
    context = click.Context(main)
    named = set(re.findall(r"`migsafe ([a-z]+)", PAGE))
    assert {"check", "baseline"} <= named
    assert named <= set(main.list_commands(context)), "a command that is not there"
