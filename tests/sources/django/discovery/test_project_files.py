"""SQL in files beside the migrations is read; nothing outside of the project is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.django.projects import read, second, sent, shop

SQL = "UPDATE shop_order SET done = true;\nDROP TABLE old;\n"
WANTED = ["UPDATE shop_order SET done = true", "DROP TABLE old"]


def root_with(tmp_path: Path, top: str, text: str = SQL) -> Path:
    """A project with shop/migrations/sql/up.sql, whose migration runs `TEXT`."""
    root = shop(tmp_path / "project", second("migrations.RunSQL(TEXT),", top=top))
    (root / "shop/migrations/sql").mkdir()
    (root / "shop/migrations/sql/up.sql").write_text(text)
    (root / "shop/settings.py").touch()
    return root


FORMS = {
    "pathlib": """
from pathlib import Path
TEXT = (Path(__file__).parent / 'sql' / 'up.sql').read_text()
""",
    "with": """
import pathlib
HERE = pathlib.Path(__file__).resolve().parent
with open(HERE / 'sql/up.sql') as f:
    TEXT = f.read()
""",
    "os.path": """
import os
HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = open(os.path.join(HERE, 'sql', 'up.sql'), 'r').read()
""",
    "a function": """
import os
HERE = os.path.dirname(__file__)
def load(name):
    with open(os.path.join(HERE, 'sql', name)) as f:
        return f.read()
TEXT = load('up.sql')
""",
    "BASE_DIR": """
import os
from django.conf import settings
with open(os.path.join(settings.BASE_DIR, 'shop/migrations/sql/up.sql')) as f:
    TEXT = ''.join(f)
""",
    "a project's own settings": """
import os
from shop.config import settings
TEXT = open(os.path.join(settings.ROOT_DIR, 'migrations', 'sql', 'up.sql')).read()
""",
    "up and down": """
import os
HERE = os.path.dirname(__file__)
TEXT = ''.join(open(os.path.join(HERE, '../migrations/sql/up.sql')).readlines())
""",
}


@pytest.mark.parametrize("top", FORMS.values(), ids=FORMS)
def test_sql_of_a_file_is_read(top: str, tmp_path: Path) -> None:
    root = root_with(tmp_path, top)

    assert sent(root, "shop.0002") == WANTED
    assert read(root, "shop.0002").problems == ()


@pytest.mark.parametrize(
    "path",
    [
        "'../../../secret.sql'",
        "'/etc/passwd'",
        "'sql/nothing.sql'",
        "'link.sql'",
        "'secrets.env'",
        "settings.NAME",
    ],
)
def test_nothing_outside_of_the_project_is_read(path: str, tmp_path: Path) -> None:
    top = (
        "import os\nfrom django.conf import settings\n"
        f"TEXT = open(os.path.join(os.path.dirname(__file__), {path})).read()"
    )
    root = root_with(tmp_path, top)
    (tmp_path / "secret.sql").write_text("SELECT 'secret'")
    (root / "shop/migrations/secrets.env").write_text("SELECT 'secret'")
    (root / "shop/migrations/link.sql").symlink_to(tmp_path / "secret.sql")

    found = read(root, "shop.0002")

    assert found.statements == ()
    assert len(found.problems) == 1


def test_a_file_with_marks_of_ours_is_not_believed(tmp_path: Path) -> None:
    top = "from pathlib import Path\nTEXT = (Path(__file__).parent / 'sql' / 'up.sql').read_text()"

    assert read(root_with(tmp_path, top, "SELECT '\ue5ca\ue5d0\ue5cb'"), "shop.0002").statements == ()


def test_a_file_that_is_written_is_not_known(tmp_path: Path) -> None:
    top = "from pathlib import Path\nTEXT = open(Path(__file__).parent / 'sql/up.sql', 'w').read()"

    assert read(root_with(tmp_path, top), "shop.0002").statements == ()
