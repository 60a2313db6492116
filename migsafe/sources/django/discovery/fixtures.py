"""Fixtures of the project: of which models they hold rows. Nothing else of them is read: values are data.

Django's `loaddata` looks in the `fixtures` folders of the apps (django/core/management/commands/loaddata.py); code
also opens them by path and gives them to a library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.likeness import many
from migsafe.sources.tree import Tree, join

_LONGEST: Final = 2_000_000  # characters of a fixture that is read
ENDINGS: Final = (".json", ".yaml", ".yml", ".xml")
_MODEL: Final = re.compile(
    r"""(?:^[ ]{0,2}(?:-\s+)?["']?model["']?\s*:\s*["']?|<object\b[^>]*?\bmodel=")(\w+\.\w+)\b""", re.MULTILINE
)
"""Of an object in a fixture: YAML with at most one level in front, XML (django/core/serializers)."""


def models_in(text: str) -> tuple[str, ...]:
    """The labels and names of the models of which there are rows, in order, each once."""
    found = _in_json(text) if text.lstrip()[:1] == "[" else _MODEL.findall(text)
    return tuple(dict.fromkeys(found))


def _in_json(text: str) -> list[str]:
    try:
        objects = json.loads(text)
    except (ValueError, RecursionError):
        return []
    models = [one.get("model") for one in objects if isinstance(one, dict)]
    return [model for model in models if isinstance(model, str) and model.count(".") == 1]


class Fixtures:
    """The fixtures of a project, by path and by name."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._named: dict[str, list[str]] | None = None

    def at(self, path: str) -> tuple[str, ...]:
        """The models of which the file has rows; none when it is no fixture, or is too large."""
        if not path.lower().endswith(ENDINGS):
            return ()
        text = self._tree.text(path, _LONGEST + 1)
        return models_in(text) if len(text) <= _LONGEST else ()

    def named(self, name: str) -> tuple[str, ...]:
        """What `loaddata name` loads: each file of this name below an app's `fixtures`, or at the end of this path."""
        stem = name.removesuffix(".gz")
        paths = self._index().get(stem.rpartition("/")[2], [])
        fitting = [p for p in paths if f"/{p}".endswith(f"/{stem}") or f"/{p.rpartition('.')[0]}".endswith(f"/{stem}")]
        found = [self.at(path) for path in fitting]
        return tuple(dict.fromkeys(model for models in found for model in models)) if all(found) else ()

    def _index(self) -> dict[str, list[str]]:
        if self._named is None:
            self._named = {}
            for folder, file in self._files():
                for key in (file, file.rpartition(".")[0]):
                    self._named.setdefault(key, []).append(join(folder, file))
        return self._named

    def _files(self) -> Iterator[tuple[str, str]]:
        for folder in self._tree.folders():
            if "fixtures" in folder.split("/"):
                yield from ((folder, file) for file in self._tree.entries(folder).files if file.endswith(ENDINGS))


def _itself(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return owner


FIXTURE: Final = HostKind(
    name="a fixture",
    methods={**dict.fromkeys(("read", "open", "__enter__"), _itself), "close": lambda _, __: None},
    enter=_itself,
    leave=lambda _, __: None,
)
"""A file with rows, or its text. Payload: the models."""


def _loaded(call: Call) -> object | None:
    """`json.load(file)`: objects as the serializers write them, any number of each model."""
    first = call.args[0] if call.args else None
    if not isinstance(first, HostObject) or first.kind is not FIXTURE or not isinstance(first.payload, tuple):
        return None
    return [many(_object(model)) for model in first.payload]


def _object(model: str) -> dict[object, object]:
    return {
        "model": model,
        **{part: Unknown(Cause.DATABASE, f"the {part} of an object of a fixture") for part in ("pk", "fields")},
    }


CALLS: Final[Mapping[str, Callable[[Call], object | None]]] = dict.fromkeys(
    ("json.load", "yaml.safe_load", "yaml.load", "yaml.full_load", "ujson.load", "simplejson.load"), _loaded
)
"""Functions of libraries that make objects of a file; None where it is no fixture."""
