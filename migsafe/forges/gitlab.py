"""Notes on a merge request of GitLab's, from a pipeline of the merge request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from migsafe.errors import SetupError
from migsafe.forges.http import Client
from migsafe.forges.sticky import Comment

_PAGE = 100
_MOST_PAGES = 100
ClientMaker = Callable[[str, Mapping[str, str]], Client]


class GitLab:
    """The notes of one merge request."""

    def __init__(self, client: Client, project: str, number: str, page: str) -> None:
        self._client = client
        self._notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
        self._page = page

    def me(self) -> str:
        return _text(self._client.get("/user").body, "username")

    def comments(self) -> Iterator[Comment]:
        for page in range(1, _MOST_PAGES + 1):
            found = self._client.get(f"{self._notes}?per_page={_PAGE}&page={page}").body
            entries = found if isinstance(found, list) else []
            yield from (self._comment(entry) for entry in entries if isinstance(entry, dict))
            if len(entries) < _PAGE:
                return

    def create(self, body: str) -> str:
        return self._address(self._client.post(self._notes, {"body": body}).body)

    def update(self, comment: Comment, body: str) -> str:
        return self._address(self._client.put(f"{self._notes}/{comment.id}", {"body": body}).body)

    def _comment(self, entry: Mapping[str, object]) -> Comment:
        author = _text(entry.get("author"), "username")
        return Comment(str(entry.get("id")), author, _text(entry, "body"), self._address(entry))

    def _address(self, entry: object) -> str:
        identity = entry.get("id") if isinstance(entry, dict) else None
        return f"{self._page}#note_{identity}" if self._page and isinstance(identity, int) else ""


def _text(entry: object, key: str) -> str:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def connect(environment: Mapping[str, str], token: str, make: ClientMaker = Client) -> GitLab:
    """The merge request that the pipeline's variables name. Raises SetupError when they name none."""
    base = environment.get("CI_API_V4_URL", "")
    project, number = environment.get("CI_PROJECT_ID", ""), environment.get("CI_MERGE_REQUEST_IID", "")
    if not (base and project and number.isdigit()):
        raise SetupError("this is no pipeline of a merge request", "add a rule for merge_request_event to the job")
    address = environment.get("CI_MERGE_REQUEST_PROJECT_URL", "")
    page = f"{address}/-/merge_requests/{number}" if address else ""
    return GitLab(make(base, {"PRIVATE-TOKEN": token}), project, number, page)
