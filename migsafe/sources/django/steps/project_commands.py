"""`call_command(name)` of a command that the project has: its `handle` is read, with the options that it states.

Django finds a command in the `management/commands` of the installed apps (django/core/management/__init__.py,
`get_commands`), and fills in what its parser states (`call_command`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from migsafe.sources.django.steps.helpers import StepHelpers
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Source, Unknown
from migsafe.sources.interpreter.stdlib_tools import INERT
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function, Instance
from migsafe.sources.tree import Tree, join, split

_LONGEST: Final = 100_000  # characters of a command that is read
_FOLDER: Final = "management/commands"
_COMMON: Final[dict[str, object]] = {
    "verbosity": 1,
    "skip_checks": True,
    **dict.fromkeys(("traceback", "no_color", "force_color"), False),
    **dict.fromkeys(("settings", "pythonpath", "stdout", "stderr")),
}
"""What every command has (BaseCommand.create_parser)."""


class ProjectCommands:
    """The commands of a project by their names."""

    def __init__(self, tree: Tree, helpers: StepHelpers) -> None:
        self._tree = tree
        self._helpers = helpers
        self._paths: dict[str, list[str]] | None = None

    def run(self, name: str, call: Call) -> bool:
        """Read the command as if it were called; False when the project has none of that name, or several."""
        source = self._source(name)
        if source is None or call.more is not None:
            return False
        defined = self._helpers.load(source, self._module(source.path), "Command", call)
        handle = defined.find("handle") if isinstance(defined, Class) else MISSING
        if not isinstance(defined, Class) or not isinstance(handle, Function):
            return False
        command = Instance(defined, dict.fromkeys(("stdout", "stderr", "style"), INERT))
        start = defined.find("__init__")
        if isinstance(start, Function):
            call.invoke(start, (command,))
        parser = _parsed(defined, command, call)
        options = {**_COMMON, **parser.options(call.args[1:]), **call.kwargs}
        call.invoke(handle, (command,), {name: value for name, value in options.items() if name != "command_name"})
        return True

    def _source(self, name: str) -> Source | None:
        found = self._named().get(name, [])
        text = self._tree.text(found[0], _LONGEST + 1) if len(found) == 1 else ""
        return Source(found[0], text) if 0 < len(text) <= _LONGEST else None

    def _named(self) -> dict[str, list[str]]:
        if self._paths is None:
            self._paths = {}
            for folder in self._tree.folders():
                if f"/{folder}".endswith(f"/{_FOLDER}"):
                    for file in self._tree.entries(folder).files:
                        self._paths.setdefault(file.removesuffix(".py"), []).append(join(folder, file))
        return self._paths

    def _module(self, path: str) -> str:
        """The dotted name, from the outermost package."""
        folder = split(path)[0]
        around = folder.removesuffix(_FOLDER).rstrip("/")
        while around and "__init__.py" in self._tree.entries(around).files:
            around = split(around)[0]
        below = folder[len(around) :].strip("/")
        return ".".join((*below.split("/"), split(path)[1].removesuffix(".py")))


class _Option:
    """One that a parser states: `flags` as they are written, the name and the value that nothing sets."""

    def __init__(self, call: Call) -> None:
        self.flags = [flag for flag in call.args if isinstance(flag, str)]
        long = next((flag for flag in self.flags if flag.startswith("--")), self.flags[0] if self.flags else "")
        stated = call.kwargs.get("dest")
        self.name = stated if isinstance(stated, str) else long.lstrip("-").replace("-", "_")
        self.placed = bool(long) and not long.startswith("-")
        self.action = call.kwargs.get("action")
        self.typed = not {"type", "nargs"}.isdisjoint(call.kwargs)
        self.unset = call.kwargs.get("default", _UNSET.get(str(self.action)))
        if self.placed and "default" not in call.kwargs:
            self.unset = Unknown(Cause.PARAMETER, self.name)

    def set_by(self, words: Sequence[object]) -> object:
        """Its value where the words of the call name it."""
        places = [n for n, w in enumerate(words) if isinstance(w, str) and w.partition("=")[0] in self.flags]
        if not places or self.placed:
            return self.unset
        if self.action is not None or self.typed:
            return _SET.get(str(self.action), Unknown(Cause.PARAMETER, self.name))
        word, further = str(words[places[-1]]), [*words[places[-1] + 1 :], Unknown(Cause.PARAMETER, self.name)]
        return word.partition("=")[2] if "=" in word else further[0]


_UNSET: Final[dict[str, object]] = {"store_true": False, "store_false": True}
_SET: Final[dict[str, object]] = {"store_true": True, "store_false": False}


class _Parser:
    """What `add_arguments` states."""

    def __init__(self) -> None:
        self.stated: list[_Option] = []

    def options(self, words: Sequence[object]) -> dict[str, object]:
        """The values of all options in a call with these words."""
        placed = any(not isinstance(word, str) or not word.startswith("-") for word in words)
        return {
            option.name: Unknown(Cause.PARAMETER, option.name) if placed and option.placed else option.set_by(words)
            for option in self.stated
            if option.name
        }


def _states(owner: HostObject, call: Call) -> object:
    if isinstance(owner.payload, _Parser):
        owner.payload.stated.append(_Option(call))
    return INERT


def _group(owner: HostObject, _call: Call) -> object:
    return owner


PARSER: Final = HostKind(
    name="a parser of arguments",
    methods={
        "add_argument": _states,
        **dict.fromkeys(("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"), _group),
    },
    attribute=lambda _owner, _name: INERT,
    assign=lambda _owner, _name, _value: True,
)
"""Payload: a _Parser."""


def _parsed(defined: Class, command: Instance, call: Call) -> _Parser:
    parser = _Parser()
    states = defined.find("add_arguments")
    if isinstance(states, Function):
        call.invoke(states, (command, HostObject(PARSER, parser)))
    return parser
