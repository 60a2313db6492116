"""What Alembic itself prints for one revision with `--sql`: the revision is imported and run, in a process of its own.

This executes the project's code. It is a measuring tool for people who work on migsafe, it is no part of migsafe, and
it is for revisions that somebody trusts. The process cannot write files, has no sockets, and a few seconds to live.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import MetaData

from migsafe.model.record import KeywordRecord
from tools.alembic_compare.stubs import USED, Finder

_SECONDS = 20
_MEMORY = 3 << 30


class Truth(KeywordRecord):
    """`refused` says why there is nothing to compare with; else `sent` is what Alembic prints, in order."""

    sent: tuple[str, ...] = ()
    refused: str | None = None


class Project(KeywordRecord):
    """Where a revision stands: modules below `inside` are imported as they are."""

    root: Path
    inside: str
    folders: tuple[str, ...]
    convention: Mapping[str, str]


def truth(project: Project, path: str) -> Truth:
    """Run the revision at `path` in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _in_child(project, path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        data = answer.read()
    _, status = os.waitpid(child, 0)
    if not data:
        return Truth(refused=f"killed ({os.waitstatus_to_exitcode(status)})")
    plain = json.loads(data)
    return Truth(sent=tuple(plain["sent"]), refused=plain["refused"])


def _in_child(project: Project, path: str, writing: int) -> None:
    try:
        _limit()
        answer = _answer(project, path)
    except BaseException as error:  # noqa: BLE001  # whatever foreign code raises
        answer = {"sent": [], "refused": f"{type(error).__name__}: {str(error)[:100]}"}
    view = memoryview(json.dumps(answer).encode())
    while view:
        view = view[os.write(writing, view) :]
    os._exit(0)


def _limit() -> None:
    os.chdir(tempfile.gettempdir())
    signal.alarm(_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_no_sockets)
    sys.stdout = sys.stderr = io.StringIO()
    sys.dont_write_bytecode = True


def _no_sockets(event: str, _: object) -> None:
    if event.startswith(("socket.connect", "subprocess.", "os.system")):
        raise PermissionError(event)


def _answer(project: Project, path: str) -> dict[str, object]:
    Finder(project.root, project.inside, project.folders).install()
    environment = EnvironmentContext(Config(), None, as_sql=True)  # type: ignore[arg-type]  # no scripts are asked for
    with environment:
        metadata = MetaData(naming_convention=dict(project.convention) or None)
        environment.configure(
            dialect_name="postgresql", target_metadata=metadata, literal_binds=True, output_buffer=io.StringIO()
        )
        context = environment.get_context()
        sent: list[str] = []
        context.impl.static_output = sent.append  # type: ignore[method-assign, assignment]  # what offline mode prints
        module = _loaded(project, path)
        USED.clear()
        with Operations.context(context):
            module.upgrade()  # type: ignore[attr-defined]  # every revision has it
    return {"sent": sent, "refused": f"asks a stand-in: {USED[0]}" if USED else None}


def _loaded(project: Project, path: str) -> object:
    spec = importlib.util.spec_from_file_location(_module_name(path), project.root / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py") + "_py"


def shown(sent: Sequence[str]) -> tuple[str, ...]:
    """The printed statements as the server receives them: percent signs once, no terminator."""
    return tuple(text.replace("%%", "%").rstrip().removesuffix(";") for text in sent)
