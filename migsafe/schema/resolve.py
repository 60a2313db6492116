"""Names as the server resolves them: search_path, the temporary schema, truncation.

Source: PostgreSQL manual, 5.10.3 "The Schema Search Path"; src/backend/catalog/namespace.c.
"""

from __future__ import annotations

import re
from typing import Final

from migsafe.model.names import Name
from migsafe.schema.generated_names import MAX_BYTES, truncated
from migsafe.text.patterns import late

TEMPORARY: Final = "pg_temp"
CATALOG: Final = "pg_catalog"
BUILT_IN: Final = (CATALOG, "information_schema")  # schemas that every database has, though no dump shows them
NOWHERE: Final = ""  # the schema of an unqualified name under an empty path: nothing is there
DEFAULT_PATH: Final = ("public",)  # "$user", public: a schema named after the role is the exception

_PATH_ITEM = late(r'\s*(?:"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'|([^,]*?))\s*(?:,|$)')


def parse_search_path(value: str | None) -> tuple[str, ...]:
    """The schemas of a `search_path` setting; None is DEFAULT. `"$user"` is left out: the role is not known."""
    if value is None:
        return DEFAULT_PATH
    items = (_path_item(found) for found in _PATH_ITEM.finditer(value))
    return tuple(dict.fromkeys(item for item in items if item and item != "$user"))


def _path_item(found: re.Match[str]) -> str:
    quoted, literal, plain = found.groups()
    if quoted is not None:
        return truncated(quoted.replace('""', '"'))
    if literal is not None:
        return truncated(literal.replace("''", "'"))
    return truncated((plain or "").lower())


def lookup_path(search_path: tuple[str, ...]) -> tuple[str, ...]:
    """Where a relation is looked for: the temporary schema comes first unless the path places it."""
    return search_path if TEMPORARY in search_path else (TEMPORARY, *search_path)


def creation_schema(search_path: tuple[str, ...]) -> str:
    """Where an unqualified new object goes; "public" when the path is empty, which the server refuses."""
    return next((schema for schema in search_path if schema != CATALOG), DEFAULT_PATH[0])


def clipped(name: Name) -> Name:
    """The name with both parts cut to the server's 63 bytes."""
    schema, own = name
    # 15 characters of at most 4 bytes cannot be too long, and hardly any name is
    if (len(own) < 16 or (len(own) <= MAX_BYTES and own.isascii())) and (schema is None or len(schema) < 16):
        return name
    short_schema, short = None if schema is None else truncated(schema), truncated(own)
    return name if short is own and short_schema is schema else Name(short_schema, short)
