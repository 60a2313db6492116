"""JSON over HTTP with the standard library: three kinds of calls, retries, and no redirects.

A redirect would take the token to another host, so none is followed. Limits of rate are waited for, within reason.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from email.message import Message
from http.client import HTTPException
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from migsafe.errors import SetupError
from migsafe.model.record import Record
from migsafe.version import __version__

TIMEOUT: Final = 20.0
"""Seconds for one answer."""
TRIES: Final = 4
LONGEST_WAIT: Final = 60.0
"""Seconds; a limit of rate that takes longer is given up."""
_LARGEST_ANSWER: Final = 20_000_000


class Answer(Record):
    """What came back: `body` is parsed JSON, None when there is none."""

    status: int
    body: object
    headers: Mapping[str, str]


class RefusedError(Exception):
    """The server said no: 401, 403, 404 and their kin. The text is ours, never the server's page."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"{what} was answered with status {status}")
        self.status = status


class UnreachableError(Exception):
    """No usable answer after all tries."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917  # the base class's signature
        self,
        req: Request,  # noqa: ARG002  # urllib's signature
        fp: IO[bytes],  # noqa: ARG002  # urllib's signature
        code: int,  # noqa: ARG002  # urllib's signature
        msg: str,  # noqa: ARG002  # urllib's signature
        headers: Message,  # noqa: ARG002  # urllib's signature
        newurl: str,  # noqa: ARG002  # urllib's signature
    ) -> None:
        return None


class Client:
    """Calls below one base address, with the headers that carry the token."""

    def __init__(self, base: str, headers: Mapping[str, str], *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._base = _checked(base).rstrip("/")
        self._headers = {"User-Agent": f"migsafe/{__version__}", "Accept": "application/json", **headers}
        self._sleep = sleep
        self._opener: OpenerDirector = build_opener(_NoRedirects)

    def get(self, path: str) -> Answer:
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, str]) -> Answer:
        return self._call("POST", path, body)

    def patch(self, path: str, body: Mapping[str, str]) -> Answer:
        return self._call("PATCH", path, body)

    def put(self, path: str, body: Mapping[str, str]) -> Answer:
        return self._call("PUT", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, str] | None) -> Answer:
        """Raises RefusedError or UnreachableError."""
        what = f"{method} {path.partition('?')[0]}"
        for turn in range(TRIES):
            answer = self._once(method, path, body)
            if answer is not None and answer.status < 300:
                return answer
            wait = _wait(answer, turn)
            if answer is not None and wait is None:
                raise RefusedError(answer.status, what)
            if turn + 1 < TRIES and wait is not None:
                self._sleep(wait)
        raise UnreachableError(f"{what} had no answer in {TRIES} tries")

    def _once(self, method: str, path: str, body: Mapping[str, str] | None) -> Answer | None:
        """One try; None when there was no answer."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {**self._headers, **({"Content-Type": "application/json"} if data is not None else {})}
        request = Request(f"{self._base}{path}", data=data, headers=headers, method=method)  # noqa: S310  # checked
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, _parsed(response.read(_LARGEST_ANSWER)), _lower(response.headers))
        except HTTPError as error:
            with error:
                return Answer(error.code, None, _lower(error.headers))
        except (URLError, HTTPException, OSError):
            return None


def _checked(base: str) -> str:
    """https, or http to this machine only: the token goes there."""
    parts = urlsplit(base)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        return base
    raise SetupError("the address of the API is not https", "check the variable that holds it")


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _wait(answer: Answer | None, turn: int) -> float | None:
    """Seconds before the next try; None when another try would get the same answer."""
    if answer is None or answer.status >= 500:
        return float(2**turn)
    if answer.status != 429 and not _is_rate_limited(answer):
        return None
    stated = answer.headers.get("retry-after", "")
    wait = float(stated) if stated.isdigit() else _until_reset(answer)
    return wait if wait <= LONGEST_WAIT else None


def _is_rate_limited(answer: Answer) -> bool:
    """GitHub answers 403 with these headers (docs, "Rate limits for the REST API")."""
    headers = answer.headers
    return answer.status == 403 and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def _until_reset(answer: Answer) -> float:
    stated = answer.headers.get("x-ratelimit-reset", "")
    return max(1.0, float(stated) - time.time()) if stated.isdigit() else 5.0
