"""The process in which hostile files are evaluated: it can be killed, and holds nothing of the project.

One line of JSON comes in for each request, one goes out for each answer: plain data, never pickles. The process that
asks is pool.py's. Everything here runs behind the border; a file that hangs or crashes it costs its own answer only.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TextIO

Handler = Callable[[object], object]

BETWEEN_SEARCHES = 250  # requests, each of which leaves 0.1 MB of cycles; Python by itself searches a sixth of the time
MEMORY = 3 << 30  # bytes of address space, where the system can limit it


def main() -> None:
    """Serve requests with the handler `package.module:function` of the command line until the input ends."""
    answers = _own_output()
    limit_resources()
    handler = resolve(sys.argv[1])
    gc.freeze()
    gc.disable()
    for count, line in enumerate(sys.stdin, 1):
        answers.write(answer(handler, line) + "\n")
        answers.flush()
        if count % BETWEEN_SEARCHES == 0:
            gc.collect()


def answer(handler: Handler, line: str) -> str:
    """The handler's answer to a request, or the name of the error that it raised, as one line of JSON."""
    try:
        return json.dumps({"value": handler(json.loads(line))})
    except Exception as error:  # noqa: BLE001  # our own mistake: the file is reported, the others go on
        return json.dumps({"error": f"{type(error).__name__}: {error}"[:500]})


def resolve(name: str) -> Handler:
    """The function behind a dotted name of this package. Raises ValueError for any other name."""
    module, _, function = name.partition(":")
    if not (module == "migsafe" or module.startswith("migsafe.")) and not module.startswith("tests."):
        raise ValueError(f"{name} is no handler")
    found: Handler = getattr(import_module(module), function)
    return found


def _own_output() -> TextIO:
    """The pipe for the answers; whatever a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device, not a path
        os.dup2(nowhere.fileno(), 1)
    return answers


def limit_resources() -> None:
    """No core files, no written files, bounded memory, where the system has such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_AS, MEMORY)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS refuses some; a lower limit is set already
            continue
