"""A real HTTP server: the parts of GitHub's and GitLab's API that are used. It remembers what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class State:
    """The comments, who the token is, and answers to give instead of the real ones, first come first served."""

    me: str | None = "github-actions[bot]"
    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    instead: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    may_write: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def add(self, author: str, body: str) -> None:
        number = len(self.comments) + 1
        user = {"login": author, "username": author}
        self.comments.append(
            {"id": number, "user": user, "author": user, "body": body, "html_url": f"https://x/{number}"}
        )


@contextmanager
def serving(state: State) -> Iterator[str]:
    """The server's address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: State) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _handle(self) -> None:
            state.asked.append((self.command, self.path))
            state.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if state.instead:
                status, headers = state.instead.pop(0)
                self._answer(status, {"message": "instead"}, headers)
                return
            self._answer(*respond(state, self.command, self.path, body))

        do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815  # names that the base class looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's signature
            """Nothing on standard error."""

    return Handler


Answered = tuple[int, object]
_LIST = re.compile(r"/(?:repos/o/r/issues/7/comments|projects/5/merge_requests/7/notes)")
_ONE = re.compile(r"/(?:repos/o/r/issues/comments|projects/5/merge_requests/7/notes)/(\d+)")


def respond(state: State, method: str, path: str, body: dict[str, str] | None) -> Answered:  # noqa: PLR0911  # a line for each call
    parts = urlsplit(path)
    if parts.path == "/user":
        return (200, {"login": state.me, "username": state.me}) if state.me else (403, {})
    if parts.path == "/repos/o/r/pulls":
        return 200, state.pulls
    if method == "GET" and _LIST.fullmatch(parts.path):
        return 200, _page(state.comments, parse_qs(parts.query))
    if not state.may_write:
        return 403, {"message": "Resource not accessible by integration"}
    assert body is not None
    if method == "POST" and _LIST.fullmatch(parts.path):
        state.add(state.me or "github-actions[bot]", body["body"])
        return 201, state.comments[-1]
    found = _ONE.fullmatch(parts.path)
    if method in ("PATCH", "PUT") and found:
        comment = state.comments[int(found[1]) - 1]
        comment["body"] = body["body"]
        return 200, comment
    return 404, {}


def _page(comments: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return comments[(page - 1) * size : page * size]
