"""The process that asks a worker: starts it clean, waits a bounded time, kills it when it hangs."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import migsafe
from migsafe.sources.interpreter.result import Reason

SECONDS = 20.0  # wall clock for one request; a revision of ordinary size takes a few thousandths
# migsafe itself is loaded from where it lies and not through the search path: that has no place of the project, and a
# checkout of migsafe in which somebody works is one.
_START = (
    "import sys, json; from importlib import util; sys.path[:], home = json.loads(sys.argv.pop()); "
    "spec = util.spec_from_file_location('migsafe', home + '/__init__.py', submodule_search_locations=[home]); "
    "package = sys.modules['migsafe'] = util.module_from_spec(spec); spec.loader.exec_module(package); "
    "from migsafe.sources.interpreter import worker; worker.main()"
)
_HOME = os.path.dirname(os.path.abspath(migsafe.__file__))  # noqa: PTH100, PTH120  # no need of pathlib here
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without which Python may not start


class WorkerError(Exception):
    """A request got no answer: `reason` is BUDGET_EXCEEDED or CRASHED."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Worker:
    """A process that answers requests one by one; started at the first request, and again after it was killed.

    `handler` is `package.module:function` of migsafe: it gets and returns what JSON can say.
    """

    def __init__(self, handler: str, seconds: float = SECONDS) -> None:
        self.handler = handler
        self.seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask(self, request: object) -> object:
        """The handler's answer. Raises WorkerError when it takes too long, dies, or raises."""
        process = self._process or self._start()
        self._send(process, json.dumps(request) + "\n")
        try:
            line = self._lines.get(timeout=self.seconds)
        except queue.Empty:
            self.close()
            raise WorkerError(Reason.BUDGET_EXCEEDED, f"took longer than {self.seconds:g} seconds") from None
        if line is None:
            self.close()
            raise WorkerError(Reason.BUDGET_EXCEEDED, "the process that evaluates it died")
        return _value(line)

    def ask_many(self, requests: Sequence[object]) -> Iterator[object]:
        """The answers to the first requests, until one has none: that one and the others have to be asked again.

        All are sent at once: two processes that wait for each other in turns take half as much time again.
        """
        process = self._process or self._start()
        text = "".join(json.dumps(request) + "\n" for request in requests)
        # By a thread: a worker that hangs reads no more, and whoever fills its pipe would wait with it for ever.
        threading.Thread(target=self._send, args=(process, text), daemon=True).start()
        for _ in requests:
            try:
                line = self._lines.get(timeout=self.seconds)
            except queue.Empty:
                line = None
            if line is None or "error" in (answer := json.loads(line)):
                self.close()
                return
            yield answer["value"]

    def _send(self, process: subprocess.Popen[str], line: str) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except OSError:  # it died before: the answer is missing, too
            return

    def _start(self) -> subprocess.Popen[str]:
        """Start it without the project: a fresh environment, no working directory, only our own search path.

        `-P` and `-s` with an environment of our own are what `-I` is, but let the hash seed be fixed: the order of
        sets is the same on every run.
        """
        path = [entry for entry in sys.path if entry]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own arguments
            [sys.executable, "-s", "-P", "-B", "-c", _START, self.handler, json.dumps([path, _HOME])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=os.path.abspath(os.sep),  # noqa: PTH100  # the root, on every system
            env={**{n: os.environ[n] for n in _KEPT if n in os.environ}, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
        )
        self._lines = queue.SimpleQueue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        return self._process

    def close(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            try:
                process.stdin.close()
            except OSError:  # what was not sent is lost with the process
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    """Hand on each line; None at the end."""
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            lines.put(line)
    lines.put(None)


def _value(line: str) -> object:
    found = json.loads(line)
    if "error" in found:
        raise WorkerError(Reason.CRASHED, str(found["error"]))
    value: object = found["value"]
    return value
