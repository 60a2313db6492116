"""`--render` for Django: the SQL of migrations as the project's own `manage.py sqlmigrate` prints it.

Beside Alembic's this is the only place where code of a project runs, and only when somebody asks for it by name: the
settings, the installed apps with their models and all migrations are imported, and the project's database is asked
for names of constraints and for what is applied; nothing is written there. One process of the interpreter that was
named renders all migrations, with the user's environment, so that `DJANGO_SETTINGS_MODULE` chooses the settings.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from migsafe.errors import SetupError
from migsafe.model.record import KeywordRecord
from migsafe.sources.django.sqlmigrate import render_driver
from migsafe.sources.django.sqlmigrate.printed import Printed, PrintedWay, sections_of
from migsafe.sources.tree import join, split

START_SECONDS: Final = 120.0  # for the imports of the project, until the first answer
SECONDS: Final = 60.0  # for each direction of each migration
LARGEST: Final = 64 * 1024 * 1024  # bytes of answers
_MANAGE: Final = "manage.py"
_SETTINGS: Final = "DJANGO_SETTINGS_MODULE"
_BY_HAND: Final = f"see why with 'python {_MANAGE} sqlmigrate'; {_SETTINGS} chooses other settings"
_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "django": ("the interpreter of --render has no Django", "name the one of the project's own environment"),
    "manage": (f"{_MANAGE} did not come to run a command", _BY_HAND),
    "setup": ("the project does not start", _BY_HAND),
    "vendor": ("none of the project's databases is PostgreSQL", f"choose settings with {_SETTINGS}"),
    "database": (
        "the project's database cannot be reached, and sqlmigrate needs it",
        f"start it, choose settings with {_SETTINGS}, or leave --render out",
    ),
}


class Rendering(KeywordRecord):
    """What was printed, by the paths of migrations, and what has to be said about it."""

    printed: Mapping[str, Printed]
    remarks: tuple[str, ...]


class _Answers(KeywordRecord):
    lines: tuple[Mapping[str, object], ...]
    killed: bool


def rendered(root: Path, folder: str, paths: Sequence[str], interpreter: str) -> Rendering:
    """Print both ways of these migrations. Raises SetupError when it cannot be tried."""
    if not paths:
        return Rendering(printed={}, remarks=())
    manage = _manage_file(root, folder)
    by_place = {str((root / path).absolute()): path for path in paths}
    files = [{"path": place, "back": back} for place in by_place for back in (False, True)]
    request = {"manage": str(manage) if manage else "", "files": files}
    answers = _ask(interpreter, manage.parent if manage else root, request)
    about, *rest = answers.lines or ({"refused": "setup", "error": "it took too long" if answers.killed else ""},)
    if "refused" in about:
        raise _refusal(str(about["refused"]), str(about.get("error", "")))
    return _Sorted(by_place, rest).result(folder, about, killed=answers.killed)


def _manage_file(root: Path, folder: str) -> Path | None:
    """The nearest manage.py from the folder upwards; None when the settings are named without it."""
    place: str | None = folder
    while place is not None:
        if (root / join(place, _MANAGE)).is_file():
            return (root / join(place, _MANAGE)).absolute()
        place = split(place)[0] if place else None
    if os.environ.get(_SETTINGS):
        return None
    raise SetupError(f"--render finds no {_MANAGE} for {folder or 'this project'}", f"set {_SETTINGS}")


def _refusal(step: str, error: str) -> SetupError:
    message, remedy = _REFUSED.get(step, _REFUSED["setup"])
    return SetupError(f"{message} ({error})" if error else message, remedy)


def _ask(interpreter: str, folder: Path, request: Mapping[str, object]) -> _Answers:
    """Run the driver. What it answers until it ends, or until the time or the space is used up."""
    text = Path(render_driver.__file__).read_text(encoding="utf-8")
    try:
        process = subprocess.Popen(  # noqa: S603  # what --render is for; no shell, and names are sent as JSON
            [_absolute(interpreter), "-c", text],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may hold settings and rows
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetupError(f"the interpreter of --render cannot be started: {reason}", "name one that exists") from error
    watch = _Watch(process)
    lines = []
    try:
        watch.start(START_SECONDS)
        for line in _answers(process, request):
            lines.append(line)
            watch.start(SECONDS)
    finally:
        watch.stop()
        _kill(process)
        process.wait()
    return _Answers(lines=tuple(lines), killed=watch.killed)


class _Watch:
    """Ends a process that lets its next answer wait for too long."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.killed = False
        self._process = process
        self._timer: threading.Timer | None = None

    def start(self, seconds: float) -> None:
        self.stop()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self.killed = True
        _kill(self._process)


def _absolute(interpreter: str) -> str:
    """A path is meant from here, not from the folder of manage.py; a name is looked for on PATH."""
    return str(Path(interpreter).absolute()) if "/" in interpreter or "\\" in interpreter else interpreter


def _answers(process: subprocess.Popen[bytes], request: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    if process.stdin is None or process.stdout is None:
        return
    with suppress(BrokenPipeError), process.stdin as into:
        into.write(json.dumps(request).encode())
    left = LARGEST
    while left > 0 and (line := process.stdout.readline(left)):
        left -= len(line)
        with suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict):
                yield found
    process.stdout.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The process and those that it started."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


class _Sorted:
    """The answers by migration, and the reasons of those that were not printed."""

    def __init__(self, by_place: Mapping[str, str], answers: Sequence[Mapping[str, object]]) -> None:
        self.printed: dict[str, Printed] = {}
        self._unprinted: dict[str, str] = dict.fromkeys(by_place.values(), "it was not reached")
        self._backs: dict[str, int] = {}
        for answer in answers:
            path = by_place.get(str(answer.get("path")))
            if path is not None:
                self._add(path, answer, back=answer.get("back") is True)

    def _add(self, path: str, answer: Mapping[str, object], *, back: bool) -> None:
        found, error = _printed(answer), str(answer.get("error", ""))
        before = self.printed.get(path, Printed())
        if found is not None and back:
            self.printed[path] = before._replace(down=found)
        elif found is not None:
            self.printed[path] = before._replace(up=found)
            del self._unprinted[path]
        elif back and error != "IrreversibleError":
            self._backs[error] = self._backs.get(error, 0) + 1
        elif not back:
            self._unprinted[path] = _WORDS.get(error, f"sqlmigrate ended with {error}")

    def result(self, folder: str, about: Mapping[str, object], *, killed: bool) -> Rendering:
        remarks = (f"{folder or '.'}: {remark}" for remark in self._remarks(about, killed=killed))
        return Rendering(printed=self.printed, remarks=tuple(remarks))

    def _remarks(self, about: Mapping[str, object], *, killed: bool) -> Iterator[str]:
        ups = [both.up for both in self.printed.values() if both.up is not None]
        count = len(ups)
        who = f"the project's own Django {about.get('django')} printed for PostgreSQL {about.get('server')}"
        if count:
            what = "1 migration is" if count == 1 else f"{count} migrations is"
            where = "" if about.get("database") == "default" else f" (database {about.get('database')})"
            yield f"the SQL of {what} what {who}{where}: its code was run for that."
        doubtful = sum(section.doubtful for up in ups for section in up.sections)
        if doubtful:
            yield (
                f"the project's database is not in the state before {doubtful} of the operations that ask it for "
                "names: they are judged by the text."
            )
        if killed:
            yield "the project's sqlmigrate took too long and was ended."
        for reason, paths in self._by_reason().items():
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            yield f"{paths[0]}{more}: not rendered, {reason}; judged by the text."
        for error, number in self._backs.items():
            if error not in _WORDS:
                yield f"ways back that are judged by the text, because sqlmigrate ended with {error}: {number}."

    def _by_reason(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for path, reason in self._unprinted.items():
            found.setdefault(reason, []).append(path)
        return found


_WORDS: Final[Mapping[str, str]] = {
    "not installed": "its app is not among INSTALLED_APPS of these settings",
    "nothing collected": "the project's sqlmigrate is another command than Django's",
}


def _printed(answer: Mapping[str, object]) -> PrintedWay | None:
    items = answer.get("items")
    if not isinstance(items, list):
        return None
    return sections_of([str(item) for item in items], atomic=answer.get("atomic") is True)
