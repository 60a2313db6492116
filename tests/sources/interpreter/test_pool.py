"""The worker process: it is clean, it can be killed, and one bad file does not cost the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from migsafe.sources.interpreter.pool import Worker, WorkerError
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.worker import resolve

HANDLER = "tests.sources.interpreter.handlers:handle"
ROOT = str(Path(__file__).parents[3])


@pytest.fixture(name="worker")
def _worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.syspath_prepend(ROOT)
    with Worker(HANDLER, seconds=30) as worker:
        yield worker


def test_plain_data_goes_in_and_out(worker: Worker) -> None:
    requests: tuple[object, ...] = ({"a": [1, None, "é\ud800"]}, [], "x")
    for request in requests:
        assert worker.ask(request) == request


def test_a_file_that_hangs_is_given_up_and_the_next_one_is_answered(worker: Worker) -> None:
    assert worker.ask("warm") == "warm"
    worker.seconds = 0.2
    with pytest.raises(WorkerError) as caught:
        worker.ask("hang")
    assert caught.value.reason is Reason.BUDGET_EXCEEDED
    worker.seconds = 30
    assert worker.ask("next") == "next"


def test_a_process_that_dies_costs_one_answer(worker: Worker) -> None:
    with pytest.raises(WorkerError) as caught:
        worker.ask("die")
    assert caught.value.reason is Reason.BUDGET_EXCEEDED
    assert worker.ask("next") == "next"


@pytest.mark.parametrize("bad", ["hang", "die", "raise"])
def test_of_many_files_those_before_a_bad_one_are_answered(worker: Worker, bad: str) -> None:
    assert worker.ask("warm") == "warm"
    worker.seconds = 2
    large = "x" * 100_000  # more than a pipe holds: a worker that hangs must not keep the sender waiting
    assert list(worker.ask_many(["first", "second", bad, large, large, large])) == ["first", "second"]
    worker.seconds = 30
    assert list(worker.ask_many(["third", large])) == ["third", large]


def test_a_mistake_of_ours_is_named(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="ValueError: on purpose") as caught:
        worker.ask("raise")
    assert caught.value.reason is Reason.CRASHED
    assert worker.ask("next") == "next"


def test_what_a_library_prints_is_no_answer(worker: Worker) -> None:
    assert worker.ask("print") == "print"


def test_nothing_of_the_surroundings_comes_along(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    found = worker.ask("surroundings")
    assert isinstance(found, dict)
    assert str(tmp_path) not in found["path"]
    assert "" not in found["path"]
    assert found["folder"] == str(Path(os.sep).resolve())
    assert not {"DATABASE_URL", "PYTHONPATH", "HOME", "PATH"} & set(found["environment"])
    assert found["flags"] is True


def test_the_order_of_sets_is_the_same_in_every_process() -> None:
    orders = []
    for _ in range(2):
        with Worker(HANDLER) as worker:
            orders.append(worker.ask("order"))
    assert orders[0] == orders[1]


@pytest.mark.skipif(os.name != "posix", reason="only there files can be forbidden")
def test_the_worker_cannot_write_files(worker: Worker) -> None:
    with pytest.raises(WorkerError, match=r"OSError|FileNotFoundError"):
        worker.ask("write")


def test_only_functions_of_ours_are_handlers() -> None:
    with pytest.raises(ValueError, match="no handler"):
        resolve("os:system")
