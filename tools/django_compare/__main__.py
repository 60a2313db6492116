"""How much of what migsafe renders for a Django project is what Django itself sends to a real server.

    python -m tools.django_compare ROOT [--each N] [--seconds S] [--settings MODULE --python PYTHON] [--keep FILE]
                                   [--again FILE] [--schema N]

With --again what Django sent is taken from a file that --keep wrote, and only migsafe renders.

Without --settings the migration files are imported by themselves, with stubs for what is not installed. With it the
project runs by its own settings in its own Python, and migsafe renders with the Django that is installed there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from migsafe.sources.discovery import MigrationFolder
from migsafe.sources.django.discovery.settings_text import unpacked
from migsafe.sources.django.listing import folders
from migsafe.sources.tree import Tree
from tools.django_compare.report import compare
from tools.django_compare.truth import EACH
from tools.observe.servers import Server, scratch_server

MAJOR = 17
_DATABASE = "project"
_HERE = Path(__file__).resolve().parents[2]


def main() -> None:
    given = arguments()
    found = sorted(folders(Tree(given.root), "postgresql"), key=lambda folder: -len(folder.files))
    kept = []
    before = {each["folder"]: each["truth"] for each in json.loads(given.again.read_text())} if given.again else {}
    for folder in found[:1] if given.settings else found:
        whole = ours(given, folder, each=0)
        truth = before[folder.path] if given.again else theirs(given, folder, whole["order"])
        single = ours(given, folder, each=given.each) if given.each else None
        print(f"== {folder.path or '.'}: {len(folder.files)} files, {len(truth)} migrations by Django")
        for title, made in (("whole history", whole), ("one by one", single)):
            if made is not None:
                tell(title, truth, made["sent"])
        tell_errors(truth, whole["sent"])
        if given.schema:
            tell_schemas(truth, ours(given, folder, each=0, points=points(truth)))
        kept.append({"folder": folder.path, "truth": truth, "whole": whole, "single": single})
    if given.keep:
        given.keep.write_text(json.dumps(kept, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--each", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--settings", default="")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--again", type=Path)
    parser.add_argument("--schema", type=int, default=0)
    return parser.parse_args()


def ours(
    given: argparse.Namespace, folder: MigrationFolder, each: int, points: Mapping[str, Sequence[str]] | None = None
) -> Any:
    files = [[f.path, f.id, f.version, f.options] for f in folder.files]
    project = {"root": str(given.root.resolve()), "folder": folder.path, "files": files}
    asked = json.dumps(project if points is None else {**project, "points": points})
    return run([given.python, "-m", "tools.django_compare.ours", str(MAJOR), str(each)], asked)


def theirs(given: argparse.Namespace, folder: MigrationFolder, order: object) -> Any:
    os.environ[EACH] = str(given.schema)
    with scratch_server(MAJOR) as server:
        seconds = str(given.seconds)
        database = json.dumps(new_database(server))
        if given.settings:
            return run([given.python, "-m", "tools.django_compare.installed", given.settings, database, seconds], "")
        stated = json.dumps(dict(unpacked(folder.files[0].option("settings"))))
        command = [given.python, "-m", "tools.django_compare.truth", str(given.root), database, stated, seconds]
        return run(command, json.dumps(order))


def new_database(server: Server) -> dict[str, str]:
    with server.connect() as session:
        session.execute(f"CREATE DATABASE {_DATABASE}")
    return {"NAME": _DATABASE, "HOST": str(server.directory), "PORT": "5432", "USER": "postgres"}


def run(command: Sequence[str], asked: str) -> Any:
    path = os.pathsep.join(filter(None, (str(_HERE), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout)


def tell(title: str, truth: Sequence[Mapping[str, Any]], made: Mapping[str, Any]) -> None:
    for way in ("up", "down"):
        wanted = {e["id"]: e[way] for e in truth if way in e and e["id"] in made}
        mine = {name: one[way] or [] for name, one in made.items()}
        run = {e["id"]: e[f"{way}_run"] for e in truth if f"{way}_run" in e}
        guarded = {name: one.get("guarded") or [] for name, one in made.items()}
        figures, lines = compare(wanted, mine, run, guarded)
        print(
            f"{title}, {way}: {figures.same_migrations} of {figures.compared} migrations, "
            f"{figures.same_statements} of {figures.statements} statements identical"
        )
        print("\n".join(lines))


def points(truth: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The migrations before which the database was looked at, with those that had run."""
    return {e["id"]: [before["id"] for before in truth[:at]] for at, e in enumerate(truth) if "before" in e}


def tell_schemas(truth: Sequence[Mapping[str, Any]], made: Mapping[str, Any]) -> None:
    """Each table that is claimed to be known, and whether it is as the server has it."""
    refused = {e["id"] for e in truth if "error" in e}
    same = tables = doubted = 0
    for each in truth:
        if each["id"] not in made or "before" not in each:
            continue
        facts, doubts = made[each["id"]]
        for table, lines in facts.items():
            theirs = each["before"].get(table, [])
            claimed = [line for line in lines if line not in theirs]
            missing = [line for line in theirs if line not in lines] if table not in doubts else []
            tables += 1
            doubted += table in doubts
            same += not claimed and not missing
            if claimed or missing:
                print(f"  before {each['id']}: {table}")
                print("\n".join([*(f"    - {line}" for line in missing), *(f"    + {line}" for line in claimed)]))
    print(
        f"known before: {same} of {tables} tables as the server has them, {doubted} of them in doubt; "
        f"{len(refused)} migrations did not run"
    )


def tell_errors(truth: Sequence[Mapping[str, Any]], made: Mapping[str, Any]) -> None:
    for each in truth:
        for key in ("error", "error_down"):
            if key in each and each["id"] in made:
                print(f"  {key}: {each['id']}: {str(each[key])[:200]}")


if __name__ == "__main__":
    main()
