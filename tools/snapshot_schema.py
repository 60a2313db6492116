"""Write `docs/snapshot.schema.json`, the JSON schema of `migsafe-stats.json`, from the records that it holds.

python -m tools.snapshot_schema           # write
python -m tools.snapshot_schema --check   # exit with 1 when the file is out of date
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from inspect import get_annotations
from pathlib import Path

from migsafe.model import statistics
from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import Statistics
from migsafe.statistics import catalog
from migsafe.statistics.catalog import Catalog
from migsafe.statistics.snapshot import SNAPSHOT_VERSION

FILE = Path("docs/snapshot.schema.json")
Node = dict[str, object]

SIMPLE: dict[str, Node] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "Name": {"type": "string", "description": 'A name as SQL: public.orders, public."Order".'},
    "tuple[str, str]": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}


def schema() -> Node:
    definitions: dict[str, Node] = {}
    heading: Node = {
        "snapshot_version": {"const": SNAPSHOT_VERSION},
        "databases": {"type": "array", "items": {"type": "string"}, "description": "The names of the databases."},
    }
    figures = _properties(Statistics, definitions)
    properties = {**heading, **figures, "schema": _reference(Catalog, definitions)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A snapshot of a live database, as 'migsafe snapshot' writes it",
        "description": "What is left out has its default: unknown, empty, false. Later versions may add fields.",
        "type": "object",
        "required": ["snapshot_version"],
        "properties": properties,
        "$defs": dict(sorted(definitions.items())),
    }


def _reference(cls: type[KeywordRecord], definitions: dict[str, Node]) -> Node:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}  # a record may hold its own kind
        required = [name for name in cls.fields if not hasattr(cls, name)]
        definitions[cls.__name__] = {
            "type": "object",
            "description": " ".join((cls.__doc__ or "").split()),
            "required": required,
            "properties": _properties(cls, definitions),
        }
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _properties(cls: type[KeywordRecord], definitions: dict[str, Node]) -> Node:
    declared: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        declared |= get_annotations(base)
    return {name: _with_default(cls, name, _type(declared[name], definitions)) for name in cls.fields}


def _with_default(cls: type[KeywordRecord], name: str, node: Node) -> Node:
    default = getattr(cls, name, ())
    if isinstance(default, StrEnum):
        return {**node, "default": str(default)}
    return node if isinstance(default, KeywordRecord | tuple | None) else {**node, "default": default}


def _type(declared: str, definitions: dict[str, Node]) -> Node:
    if declared in SIMPLE:
        return SIMPLE[declared]
    if declared.endswith(" | None"):
        inner = _type(declared.removesuffix(" | None"), definitions)
        return {"anyOf": [inner, {"type": "null"}]}
    if declared.startswith("tuple["):
        return {"type": "array", "items": _type(declared[len("tuple[") : -len(", ...]")], definitions)}
    found: object = getattr(catalog, declared, None) or getattr(statistics, declared)
    assert isinstance(found, type)
    if issubclass(found, StrEnum):
        return {"enum": [member.value for member in found]}
    assert issubclass(found, KeywordRecord)
    return _reference(found, definitions)


def text() -> str:
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
