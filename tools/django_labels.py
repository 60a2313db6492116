"""migsafe's judgement beside the labels that people have put into public Django migrations.

    python -m tools.django_labels FOLDER…
    python -m tools.django_labels --list FOLDER…     # every disagreement, with the rules

Each folder is a project; its migrations are judged without sizes, as if every table were large. Squashed migrations
are left out where the ones that they replace are there, because those have the labels.

A label says *dangerous* (somebody has to look at it, or it must wait for the code) or *safe* (a person or a linter
accepted it). It is compared with those rules only that speak of the same thing: where a migration stands in a release
says nothing about its locks. A dangerous one agrees with findings of level warning and error; a safe one disagrees
with errors alone, because a warning says that it depends. Who is right has to be read: "accepted" often means that the
table is small, which no file says.

What reading every disagreement told (2026-11):

- `is_dangerous = True`, 90 of 98 agree. The others: three are leftovers of a squash and send nothing, two add a column
  to a busy table (MS301 is there), two call what is not in the project (MS001), one is an index that exists by history.
- `is_dangerous = False`, 211 of 232. That project's database engine builds every index CONCURRENTLY and every
  constraint NOT VALID first, and Django's editor, which is what is rendered, does not: this explains most of the 21;
  the others are small tables.
- `Safe.before_deploy`, 57 of 60. The other three add a column with a default in Python alone: the running release
  fails (MS504). The project itself adds such columns as nullable ever since.
- `Safe.after_deploy`, 9 of 21: what is dropped. The others are data steps and NOT NULL, which a running release bears
  (MS512 is advice), and changes without SQL.
- `IgnoreMigration`, 35 of 75 without an error. Most of the others are what that linter refuses, too (dropped, renamed,
  required), accepted because nothing uses it any more; some are locks, which that linter does not look at. Six are the
  second half of a removal in two releases (`RemoveFieldDB`, an operation of that project, 2026-11): MS401 does not see
  that the models had lost the column before, and is wrong about the running release there.
- `nosemgrep: add-index-concurrently`, 78 of 94 are errors here as there, accepted for small tables; 16 are new tables.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

_WORK = "MS1|MS2|MS304|MS306|MS307|MS310|MS6"
_RELEASE = "MS4|MS5"
_ANY = "MS[1-8]"
_INDEX = "MS101"
_LONG = "work:"


class Sign(StrEnum):
    DANGEROUS = "dangerous"
    SAFE = "safe"


class Kind(NamedTuple):
    """A way of labelling: `rules` are the codes, as a pattern, that speak of the same; `whole` is for labels of
    whole files, others are of the operation in which, or before which, they stand."""

    name: str
    pattern: str
    sign: Sign
    rules: str
    whole: bool = True


KINDS = (
    # getsentry/sentry, migrations' header: "large data migrations", "adding indexes to large tables": run by hand,
    # because they take long. That is no finding where nobody waits; the report has the work of each statement.
    Kind("is_dangerous = True", r"^\s+is_dangerous *= *True", Sign.DANGEROUS, _LONG),
    Kind("is_dangerous = False", r"^\s+is_dangerous *= *False", Sign.SAFE, _WORK),
    Kind("is_post_deployment = True", r"^\s+is_post_deployment *= *True", Sign.DANGEROUS, _LONG),
    Kind("is_post_deployment = False", r"^\s+is_post_deployment *= *False", Sign.SAFE, _WORK),
    # The same project: the linter (django-pg-zero-downtime-migrations) refuses this one.
    Kind("checked = False", r"^\s+checked *= *False", Sign.DANGEROUS, _ANY),
    # django-safemigrate: after_deploy is what the code that is still running cannot live with.
    Kind("Safe.after_deploy", r"Safe\.after_deploy", Sign.DANGEROUS, _RELEASE),
    Kind("Safe.before_deploy", r"Safe\.before_deploy", Sign.SAFE, _RELEASE),
    Kind("Safe.always", r"Safe\.always", Sign.SAFE, _RELEASE),
    # django-migration-linter: refused by it, accepted by a person.
    Kind("IgnoreMigration", r"^\s+(?:\w+\.)?IgnoreMigration\(", Sign.SAFE, _ANY),
    # Semgrep's and PostHog's own rules, accepted at an operation.
    Kind("nosemgrep: add-index-concurrently", r"nosemgrep: *add-index-concurrently", Sign.SAFE, _INDEX, whole=False),
    Kind("migration-analyzer: safe", r"migration-analyzer: *safe", Sign.SAFE, _ANY, whole=False),
    Kind("existing-table-constraint-ignore", r"existing-table-constraint-ignore", Sign.SAFE, _ANY, whole=False),
    Kind("not-null-ignore", r"not-null-ignore", Sign.SAFE, _ANY, whole=False),
    Kind("squawk-ignore", r"squawk-ignore", Sign.SAFE, _ANY, whole=False),
)
_CHOSEN = "Safe.before_deploy"
"""Only behind the first of these in an app was the order chosen: the others got the library's default at once."""
_EFFECTS = {"index_builds": "index", "rewrites": "rewrite", "scans": "scan", "data": "rows"}


class Label(NamedTuple):
    """A label and the lines that it speaks of."""

    kind: Kind
    path: str
    first: int
    last: int


class Judged(NamedTuple):
    """What migsafe says about the lines of a label: codes by severity; `analysed` unless something was not read."""

    label: Label
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    analysed: bool

    @property
    def agrees(self) -> bool:
        return bool(self.errors or self.warnings) == (self.label.kind.sign is Sign.DANGEROUS) or (
            self.label.kind.sign is Sign.SAFE and not self.errors
        )


class _Statement(TypedDict):
    path: str
    line: int
    effects: dict[str, list[object]] | None


class _Migration(TypedDict):
    direction: str
    statements: NotRequired[list[_Statement]]


class _Finding(TypedDict):
    path: str
    line: int
    code: str
    severity: str
    direction: str | None


class _Report(TypedDict):
    """The parts of the JSON report that are used here."""

    findings: list[_Finding]
    migrations: list[_Migration]


class Finding(NamedTuple):
    """A finding of migsafe, or work that it predicts, with its place."""

    path: str
    line: int
    code: str
    severity: str


def main() -> None:
    """Print a row for each kind of label and project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--list", action="store_true", help="print every disagreement")
    given = parser.parse_args()
    print(f"{'project':<24}{'label':<36}{'labels':>7}{'agree':>7}{'not':>6}{'unread':>7}  rules")
    for folder in given.folders:
        judged = list(compare(folder))
        for row in rows(folder.name, judged):
            print(row, flush=True)
        for one in judged if given.list else ():
            if not one.agrees:
                codes = " ".join((*one.errors, *(f"({code})" for code in one.warnings)))
                print(f"    {one.label.kind.name}: {one.label.path}:{one.label.first} {codes}")


def rows(project: str, judged: Sequence[Judged]) -> Iterator[str]:
    """A line of figures for each kind that occurs. `unread` are those with a part that was not analysed."""
    for kind in KINDS:
        of_kind = [one for one in judged if one.label.kind == kind]
        if not of_kind:
            continue
        agree = sum(one.agrees for one in of_kind)
        unread = sum(not one.analysed for one in of_kind)
        rules = Counter(code for one in of_kind for code in set(_counted(one)))
        shown = " ".join(f"{code}:{count}" for code, count in rules.most_common(8))
        counts = f"{len(of_kind):>7}{agree:>7}{len(of_kind) - agree:>6}{unread:>7}"
        yield f"{project[:23]:<24}{kind.name:<36}{counts}  {shown}"


def _counted(one: Judged) -> tuple[str, ...]:
    return one.errors if one.label.kind.sign is Sign.SAFE else (*one.errors, *one.warnings)


def compare(folder: Path) -> Iterator[Judged]:
    """Every label of the project with what migsafe says about it."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "project"
        shutil.copytree(folder, root, symlinks=True, ignore=_no_python)
        for path in _squashed(root):
            path.unlink()
        found = labels(root)
        by_path: dict[str, list[Finding]] = {}
        for finding in findings(root) if found else ():
            by_path.setdefault(finding.path, []).append(finding)
    for label in found:
        yield judge(label, by_path.get(label.path, ()))


def judge(label: Label, found: Iterable[Finding]) -> Judged:
    """The findings about a label's lines, of the rules that it can be compared with."""
    here = [one for one in found if label.first <= one.line <= label.last]
    ours = [one for one in here if re.match(label.kind.rules, one.code)]
    errors = tuple(sorted({one.code for one in ours if one.severity == "error"}))
    warnings = tuple(sorted({one.code for one in ours if one.severity == "warning"}))
    return Judged(label, errors, warnings, all(one.code not in ("MS001", "MS007") for one in here))


def findings(root: Path) -> list[Finding]:
    """What `migsafe check` finds in a project, on the way up. Raises SystemExit when it cannot."""
    command = [sys.executable, "-m", "migsafe", "check", "--isolated", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{root.name}: {done.stderr.strip()[-500:]}")
    report: _Report = json.loads(done.stdout)
    ups = [one for one in report["findings"] if one["direction"] != "down"]
    found = [Finding(one["path"], one["line"], one["code"], one["severity"]) for one in ups]
    return [*found, *_work(report)]


def _work(report: _Report) -> Iterator[Finding]:
    """What takes time, whether somebody waits for it or not."""
    for migration in report["migrations"]:
        for statement in migration.get("statements", ()) if migration["direction"] == "up" else ():
            effects = statement["effects"] or {}
            for name, word in _EFFECTS.items():
                if effects.get(name):
                    yield Finding(statement["path"], statement["line"], f"work:{word}", "warning")


def labels(root: Path) -> list[Label]:
    """All labels in the project's migrations."""
    found: list[Label] = []
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "class Migration(" in text:
            found += _in_file(text, path.relative_to(root).as_posix())
    return list(_chosen(found))


def _in_file(text: str, path: str) -> Iterator[Label]:
    for kind in KINDS:
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(kind.pattern, line):
                first, last = (1, sys.maxsize) if kind.whole else operation_at(text, number)
                yield Label(kind, path, first, last)
                if kind.whole:
                    break


def operation_at(text: str, line: int) -> tuple[int, int]:
    """The lines of the operation that has the line in it or that follows it; one line where there is none."""
    try:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return line, line
    named = [node for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr[:1].isupper()]
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in named]
    around = [span for span in spans if span[0] <= line <= span[1]]
    behind = [span for span in spans if span[0] == line + 1]
    return max(behind or around, key=lambda span: span[0] - span[1] if around else span[1], default=(line, sys.maxsize))


def _chosen(found: Sequence[Label]) -> Iterator[Label]:
    """Without labels that a library's introduction put into all older files at once."""
    begin: dict[str, str] = {}
    for label in found:
        if label.kind.name == _CHOSEN:
            app = label.path.rpartition("/")[0]
            begin[app] = min(begin.get(app, label.path), label.path)
    for label in found:
        app = label.path.rpartition("/")[0]
        if label.kind.name != "Safe.after_deploy" or label.path > begin.get(app, "~"):
            yield label


def _squashed(root: Path) -> list[Path]:
    """Migrations that stand for others which are still there."""
    found = []
    for path in sorted(root.rglob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if re.search(r"^\s+replaces *= *\[", text, re.MULTILINE) and _replaced_is_there(text, path.parent):
            found.append(path)
    return found


def _replaced_is_there(text: str, folder: Path) -> bool:
    block = re.search(r"^\s+replaces *= *\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    names = re.findall(r"""["'](\w+)["']\s*,?\s*\)""", block[1] if block else "")
    return bool(names) and all((folder / f"{name}.py").exists() for name in names)


def _no_python(folder: str, names: list[str]) -> list[str]:
    """What is not copied: nothing but Python files matters."""
    return [name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()]


if __name__ == "__main__":
    main()
