"""Comments on a pull request of GitHub's, in a workflow of the pull request itself or in one that follows it.

A pull request from a fork runs with a token that cannot write. The second workflow (`workflow_run`) can; it finds
the pull request by the commit that GitHub's event names, never by what the first workflow left behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from migsafe.errors import SetupError
from migsafe.forges.http import Client, RefusedError
from migsafe.forges.sticky import Comment

_BOT = "github-actions[bot]"
_PAGE = 100
_MOST_PAGES = 100
ClientMaker = Callable[[str, Mapping[str, str]], Client]


class GitHub:
    """The comments of one pull request."""

    def __init__(self, client: Client, repository: str, number: int) -> None:
        self._client = client
        self._issues = f"/repos/{quote(repository)}/issues"
        self._number = number

    def me(self) -> str:
        """The token of a workflow may not ask who it is; it writes as GitHub's own bot."""
        try:
            return _text(self._client.get("/user").body, "login") or _BOT
        except RefusedError:
            return _BOT

    def comments(self) -> Iterator[Comment]:
        for page in range(1, _MOST_PAGES + 1):
            path = f"{self._issues}/{self._number}/comments?per_page={_PAGE}&page={page}"
            found = self._client.get(path).body
            entries = found if isinstance(found, list) else []
            yield from (_comment(entry) for entry in entries if isinstance(entry, dict))
            if len(entries) < _PAGE:
                return

    def create(self, body: str) -> str:
        return _text(self._client.post(f"{self._issues}/{self._number}/comments", {"body": body}).body, "html_url")

    def update(self, comment: Comment, body: str) -> str:
        return _text(self._client.patch(f"{self._issues}/comments/{comment.id}", {"body": body}).body, "html_url")


def _comment(entry: Mapping[str, object]) -> Comment:
    user = entry.get("user")
    return Comment(str(entry.get("id")), _text(user, "login"), _text(entry, "body"), _text(entry, "html_url"))


def _text(entry: object, key: str) -> str:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def connect(environment: Mapping[str, str], token: str, make: ClientMaker = Client) -> GitHub:
    """The pull request that the workflow's surroundings name. Raises SetupError when they name none."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    if repository.count("/") != 1:
        raise SetupError("GITHUB_REPOSITORY is not set", "run it in a GitHub workflow, or set owner/name")
    base = environment.get("GITHUB_API_URL") or "https://api.github.com"
    headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    client = make(base, headers)
    return GitHub(client, repository, _number(environment, client, repository))


def _number(environment: Mapping[str, str], client: Client, repository: str) -> int:
    stated = environment.get("MIGSAFE_PULL_REQUEST", "")
    if stated.isdigit():
        return int(stated)
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    pull_request = event.get("pull_request")
    number = pull_request.get("number") if isinstance(pull_request, dict) else None
    if isinstance(number, int):
        return number
    followed = event.get("workflow_run")
    found = _of_commit(client, repository, followed) if isinstance(followed, dict) else None
    if found is not None:
        return found
    raise SetupError("the event is about no pull request", "run it on pull_request or workflow_run events")


def _event(path: str) -> Mapping[str, object]:
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError) as error:
        raise SetupError("the event file cannot be read", "check GITHUB_EVENT_PATH") from error
    return event if isinstance(event, dict) else {}


def _of_commit(client: Client, repository: str, run: Mapping[str, object]) -> int | None:
    """The open pull request whose head is the commit of the workflow that is followed. GitHub leaves the event's own
    list empty for forks, so the pull requests of the head's branch are asked for."""
    sha, branch = _text(run, "head_sha"), _text(run, "head_branch")
    home = run.get("head_repository")
    owner = _text(home.get("owner"), "login") if isinstance(home, dict) else ""
    if not (sha and branch and owner):
        return None
    head = quote(f"{owner}:{branch}", safe="")
    found = client.get(f"/repos/{quote(repository)}/pulls?state=open&per_page={_PAGE}&head={head}").body
    for entry in found if isinstance(found, list) else []:
        if isinstance(entry, dict) and _text(entry.get("head"), "sha") == sha and isinstance(entry.get("number"), int):
            return int(entry["number"])
    return None
