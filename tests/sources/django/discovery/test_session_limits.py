"""A lock_timeout that the project's settings give to its migrations is one that holds for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.sources.django.discovery.session_limits import EDITOR, SESSION, stated_limits
from tests.sources.django.projects import report, second, shop

ADDED = 'migrations.AddField("order", "extra", models.IntegerField(null=True)),'
DATABASE = 'DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "OPTIONS": {{{}}}}}}}'
ZERO_DOWNTIME = 'DATABASES = {"default": {"ENGINE": "django_zero_downtime_migrations.backends.postgres"}}\n'


def stated(text: str, path: str = "project/settings.py") -> dict[str, str]:
    return stated_limits({path: text})


@pytest.mark.parametrize(
    ("options", "length"),
    [
        ('"options": "-c lock_timeout=2s"', "2s"),
        ('"options": "-c statement_timeout=60000 -c lock_timeout=5000"', "5000"),
        ('"options": "-clock_timeout=500ms"', "500ms"),
        ('"options": "--lock-timeout=2s --statement-timeout=1min"', "2s"),
        ('"options": "-c statement_timeout=1s " "-c lock_timeout=2s"', "2s"),
        ("\"options\": f\"-c lock_timeout={os.getenv('LOCK_TIMEOUT', '2000')}\"", ""),
        ('"options": "-c lock_timeout=%s" % LIMIT', ""),
        ('"options": "-c lock_timeout=" + LIMIT', ""),
    ],
)
def test_options_of_the_driver_are_read_as_the_server_reads_them(options: str, length: str) -> None:
    assert stated(DATABASE.format(options)) == {SESSION: length}


@pytest.mark.parametrize(
    "text",
    [
        'DATABASES["default"]["OPTIONS"] = {"options": "-c lock_timeout=2s"}',
        'if not DEBUG:\n    DATABASES["default"]["OPTIONS"] = {"options": "-c lock_timeout=2s"}',
        'OPTIONS = {"options": "-c lock_timeout=2s"}\nDATABASES = {"default": {"OPTIONS": OPTIONS}}',
        'class Production(Base):\n    DATABASES = {"default": {"OPTIONS": {"options": "-c lock_timeout=2s"}}}',
        'DATABASES = {"default": env.db(default="postgres:///shop?options=-c%20lock_timeout%3D2s")}',
        'import datetime\nINSTALLED_APPS = ["pgmigrate"]\nPGMIGRATE_LOCK_TIMEOUT = datetime.timedelta(seconds=2)',
    ],
)
def test_it_may_stand_in_many_places(text: str) -> None:
    assert stated(text).keys() == {SESSION}


@pytest.mark.parametrize(
    "text",
    [
        DATABASE.format('"lock_timeout": "2s"'),  # the driver refuses it
        DATABASE.format('"options": "-c statement_timeout=2s"'),
        DATABASE.format('"options": "-c lock_timeout=0"'),
        '# DATABASES["default"]["OPTIONS"] = {"options": "-c lock_timeout=2s"}',
        '"""Add -c lock_timeout=2s to the options."""',
        'DATABASES = {"default": {}, "replica": {"OPTIONS": {"options": "-c lock_timeout=2s"}}}',
        'DATABASES["replica"]["OPTIONS"] = {"options": "-c lock_timeout=2s"}',
        "REDIS_LOCK_TIMEOUT = 5",
        'ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT = "2s"',  # without the engine that reads it
        f"{ZERO_DOWNTIME}ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT = None",
        "PGMIGRATE_LOCK_TIMEOUT = datetime.timedelta(seconds=2)",
        "DATABASES = {'default': '-c lock_timeout=2s",
    ],
)
def test_what_only_looks_like_it_is_none(text: str) -> None:
    assert stated(text) == {}


@pytest.mark.parametrize("path", ["settings/test.py", "settings/local.py", "project/settings_dev.py", "ci/settings.py"])
def test_machines_of_developers_state_nothing(path: str) -> None:
    text = DATABASE.format('"options": "-c lock_timeout=2s"')

    assert stated(text, path) == {}
    assert stated(text, "settings/production.py") == {SESSION: "2s"}


def test_files_that_disagree_do_not_say_how_long() -> None:
    files = {f"settings/{n}.py": DATABASE.format(f'"options": "-c lock_timeout={n}s"') for n in (1, 2)}

    assert stated_limits(files) == {SESSION: ""}


def test_one_that_switches_it_off_leaves_it_open() -> None:
    files = {f"settings/{n}.py": DATABASE.format(f'"options": "-c lock_timeout={n}s"') for n in (0, 2)}

    assert stated_limits(files) == {}


def codes(folder: Path, settings: str, *operations: str) -> list[str]:
    shop(folder, second(*operations))
    (folder / "settings.py").write_text(settings)
    return [e.finding.code for e in report(folder, "shop.0002_next").findings]


def test_it_holds_for_every_migration(tmp_path: Path) -> None:
    assert "MS301" in codes(tmp_path / "without", "DATABASES = {}\n", ADDED)
    assert "MS301" not in codes(tmp_path / "with", DATABASE.format('"options": "-c lock_timeout=2s"'), ADDED)


def test_a_long_one_is_told_as_one(tmp_path: Path) -> None:
    assert "MS308" in codes(tmp_path, DATABASE.format('"options": "-c lock_timeout=30min"'), ADDED)


def test_a_migration_may_switch_it_off_and_on_again(tmp_path: Path) -> None:
    settings = DATABASE.format('"options": "-c lock_timeout=2s"')
    off, on = (f'migrations.RunSQL("{sql}", ""),' for sql in ("SET lock_timeout = 0", "RESET lock_timeout"))

    assert "MS301" in codes(tmp_path / "off", settings, off, ADDED)
    assert "MS301" not in codes(tmp_path / "on", settings, off, on, ADDED)


def test_the_engine_limits_what_its_schema_editor_sends(tmp_path: Path) -> None:
    settings = f'{ZERO_DOWNTIME}ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT = "2s"\n'
    sql = 'migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN size int", "ALTER TABLE shop_order DROP COLUMN size"),'

    assert stated(settings) == {EDITOR: "2s"}
    assert "MS301" not in codes(tmp_path / "editor", settings, ADDED)
    assert "MS301" in codes(tmp_path / "sql", settings, sql)
    assert "MS301" in codes(tmp_path / "drop", settings, 'migrations.DeleteModel("order"),')
