"""Settings: which file is read, what is refused, and that the published schema knows every key."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from migsafe.config import SETTINGS, load
from migsafe.errors import SetupError
from migsafe.setting_values import Folder

ROOT = Path(__file__).parent.parent


def load_in(folder: Path, **environment: str) -> object:
    return load({}, start=folder, environment=environment).settings


def test_the_nearest_file_wins_and_files_are_not_merged(tmp_path: Path) -> None:
    (tmp_path / "migsafe.toml").write_text('fail-on = "warning"\nselect = ["MS1"]\n')
    inner = tmp_path / "service"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[tool.migsafe]\nfail-on = "never"\n')
    loaded = load({}, start=inner, environment={})
    assert loaded.settings.fail_on == "never"
    assert loaded.settings.select == ()
    assert loaded.file == inner / "pyproject.toml"


def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "migsafe.toml").write_text('fail-on = "warning"\n')
    inner = tmp_path / "service"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert load({}, start=inner, environment={}).settings.fail_on == "warning"


def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "migsafe.toml").write_text('fail-on = "warning"\n')
    inner = tmp_path / "repository"
    (inner / ".git").mkdir(parents=True)
    assert load({}, start=inner, environment={}).settings.fail_on == "error"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('fail-on = "sometimes"', "one of error, warning, never"),
        ("select = 3", "a list of strings"),
        ('session-lock-timeout = "yes"', "true, false or a length of time"),
        ("session-statement-timeout = 2000", "true, false or a length of time"),
        ("jobs = -1", "a whole number"),
        ('target-version = "x"', "major versions"),
        ('folders = [{ convention = "flyway" }]', "tables with a path"),
        ('folders = [{ path = "a", conventon = "flyway" }]', "did you mean 'convention'?"),
        ("this is no TOML", "mend the file"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_a_remedy(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "migsafe.toml").write_text(text)
    with pytest.raises(SetupError) as caught:
        load_in(tmp_path)
    assert words in str(caught.value)
    assert "\n" not in caught.value.remedy


def test_all_kinds_of_values_are_read(tmp_path: Path) -> None:
    (tmp_path / "migsafe.toml").write_text(
        'target-version = [14, "16.4"]\nsession-lock-timeout = true\njobs = 2\nignore = "MS301"\n'
        'folders = [{ path = "db/steps", convention = "goose" }]\nper-file-ignores = { "old/*" = ["MS4"] }\n'
    )
    settings = load({}, start=tmp_path, environment={"MIGSAFE_JOBS": "3", "MIGSAFE_CACHE": "false"}).settings
    assert settings.target_version == (14, 16)
    assert settings.session_lock_timeout is True
    assert settings.jobs == 3
    assert settings.cache is False
    assert settings.ignore == ("MS301",)
    assert settings.folders == (Folder(path="db/steps", convention="goose"),)
    assert settings.per_file_ignores == (("old/*", ("MS4",)),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ('"2s"', 2.0),
        ('"500 ms"', 0.5),
        ('"1.5min"', 90.0),
        ('"0s"', False),
        ("0", False),
    ],
)
def test_a_timeout_is_a_length_of_time_or_only_said_to_be_there(tmp_path: Path, text: str, value: float | bool) -> None:
    (tmp_path / "migsafe.toml").write_text(f"session-lock-timeout = {text}\n")
    found = load({}, start=tmp_path, environment={}).settings.session_lock_timeout
    assert (type(found), found) == (type(value), value)


def test_the_published_schema_knows_every_setting() -> None:
    schema = json.loads((ROOT / "docs" / "config.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {setting.key for setting in SETTINGS}
