"""Sqitch: the changes of `sqitch.plan`, in `deploy/` and `revert/`.

`lib/App/Sqitch/Plan.pm` (the plan's syntax), `lib/App/Sqitch/Target.pm` (folders). Transactions:
`lib/App/Sqitch/Engine/pg.pm`, `run_file`: psql runs the script, statement by statement, so that only BEGIN and
COMMIT in the script make a transaction; `etc/templates/deploy/pg.tmpl` has them. Every script is a session of its
own.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction, TransactionScope
from migsafe.sources.sql.convention import CONFIGURED, Convention, Listing, Note, SqlFile
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late

_PLAN = "sqitch.plan"
_ENGINE = late(r"^\s*engine\s*=\s*(?P<name>\w+)", re.MULTILINE)
_CHANGE = late(r"\s*(?:[+-]\s*)?(?P<name>[^\s\[\]@%#:+-][^\s\[\]#:]*)(?:\s|\Z)")
_TAG = late(r"\s*@(?P<name>\S+)")
_DIRECTIONS = (("deploy", Direction.UP), ("revert", Direction.DOWN))


class Sqitch(Convention):
    name = "sqitch"
    scope = TransactionScope.NONE

    def score(self, folder: Folder) -> int:
        return CONFIGURED + 1 if _PLAN in folder.files and "deploy" in folder.folders else 0

    def listing(self, folder: Folder) -> Listing:
        changes = _changes(folder.text(_PLAN))
        held = set(folder.below())
        files = [
            SqlFile(path=join(folder.path, f"{place}/{change}.sql"), id=change, version="", direction=direction)
            for change in changes
            for place, direction in _DIRECTIONS
            if f"{place}/{change}.sql" in held
        ]
        missing = [change for change in changes if f"deploy/{change}.sql" not in held]
        notes = [Note(join(folder.path, _PLAN), f"there is no deploy script for {change}") for change in missing]
        return Listing(files=tuple(files), notes=(*notes, *_left(folder, files)))

    def dialect(self, folder: Folder) -> str | None:
        for text in folder.upward("sqitch.conf"):
            found = _ENGINE.search(text)
            return found["name"] if found else None
        return None


def _changes(plan: str) -> list[str]:
    """Script names in the plan's order. A change that is reworked leaves its first form as `name@tag`."""
    names: list[str] = []
    last: dict[str, int] = {}
    tags: list[tuple[int, str]] = []
    for line in plan.splitlines():
        tag = _TAG.match(line)
        change = _CHANGE.match(line)
        if tag:
            tags.append((len(names), tag["name"]))
        elif change:
            name = change["name"]
            if name in last:
                before = last[name]
                names[before] = f"{name}@{next(t for at, t in tags if at > before)}" if _tagged(tags, before) else name
            last[name] = len(names)
            names.append(name)
    return names


def _tagged(tags: list[tuple[int, str]], before: int) -> bool:
    return any(at > before for at, _ in tags)


def _left(folder: Folder, files: list[SqlFile]) -> list[Note]:
    taken = {file.path for file in files}
    scripts = [join(folder.path, path) for path in folder.below() if path.endswith(".sql") and path.startswith(_PLACES)]
    return [Note(path, _why(folder, path)) for path in scripts if path not in taken]


_PLACES = ("deploy/", "revert/", "verify/")


def _why(folder: Folder, path: str) -> str:
    verifies = path.startswith(join(folder.path, "verify/"))
    return "a verify script, which Sqitch rolls back; it is not analysed" if verifies else f"{_PLAN} does not list it"


CONVENTION = Sqitch()
