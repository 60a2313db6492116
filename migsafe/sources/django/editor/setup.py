"""Django itself, configured once for rendering: no settings of the analysed project are read."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from migsafe.errors import SetupError

if TYPE_CHECKING:
    from migsafe.sources.django.editor.backend.base import DatabaseWrapper

# Apps that come with Django itself and that migrations of projects refer to. Their models are Django's, so that they
# need not be read from anywhere.
CONTRIB_APPS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.admin",
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "django.contrib.messages",
    "django.contrib.postgres",
)


_AUTO_FIELDS = ("AutoField", "BigAutoField", "SmallAutoField")
"""The classes of `django.db.models` that DEFAULT_AUTO_FIELD may name. Another would have to be imported."""


OLDEST = (4, 2)
"""The oldest Django whose PostgreSQL backend works with psycopg 3."""


@cache
def django_version() -> str:
    """The version that renders. Raises SetupError when Django or psycopg is not installed, or too old."""
    try:
        import django
        import psycopg  # noqa: F401  # the backend quotes values with it
    except ImportError as error:
        missing = "psycopg" if error.name == "psycopg" else "Django"
        raise SetupError(
            f"this project has Django migrations, and {missing} is not installed beside migsafe",
            'install "migsafe-lint[django]"',
        ) from error
    version: str = django.get_version()
    if django.VERSION[:2] < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise SetupError(
            f"Django {version} is installed beside migsafe, and {oldest} or newer is needed",
            'install "migsafe-lint[django]" in an environment of its own',
        )
    return version


@cache
def connection() -> DatabaseWrapper:
    """The one connection of the process, which never connects."""
    django_version()
    _configure()
    from django.db import connections

    wrapper: DatabaseWrapper = connections["default"]
    return wrapper


def use_auto_field(stated: object) -> None:
    """Let keys that no migration states, of tables between two models, have the type that the project's
    DEFAULT_AUTO_FIELD states; Django's own default where it states nothing, or a class of its own."""
    connection()
    from django.conf import global_settings, settings

    known = [f"django.db.models.{name}" for name in _AUTO_FIELDS]
    settings.DEFAULT_AUTO_FIELD = stated if stated in known else global_settings.DEFAULT_AUTO_FIELD


def use_user_model(stated: object) -> None:
    """Let the model that AUTH_USER_MODEL names stand for Django's own, which then has no table. Where nothing names
    one, every model has its table (django/db/models/options.py, `swapped`)."""
    connection()
    from django.conf import settings

    own = isinstance(stated, str) and stated.count(".") == 1 and stated != "auth.User"
    settings.AUTH_USER_MODEL = stated if own else ""


def _configure() -> None:
    import django
    from django.conf import settings

    if settings.configured:
        return
    settings.configure(
        INSTALLED_APPS=list(CONTRIB_APPS),
        DATABASES={"default": {"ENGINE": "migsafe.sources.django.editor.backend", "NAME": "none"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SILENCED_SYSTEM_CHECKS=["fields", "models"],
        LOGGING_CONFIG=None,
    )
    django.setup()
    # What a default would do to a running project is not of interest here, and the warning shows the value.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"django\.db\.models\.fields")
