"""Runs a composite action as GitHub's runner does: expressions evaluated, `run:` scripts under bash, files for outputs.

Only what the action uses is understood; anything else raises, so that nothing is skipped unseen.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Context = Mapping[str, Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<op>==|!=|&&|\|\||[()])|'(?P<text>[^']*)'|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))"
)
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class ExpressionError(ValueError):
    """An expression that this harness does not understand."""


def evaluate(expression: str, context: Context) -> Any:
    """A GitHub expression of names, texts, `==`, `!=`, `&&`, `||` and parentheses."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while place < len(expression.rstrip()):
        match = _TOKEN.match(expression, place)
        if match is None or match.lastgroup is None:
            raise ExpressionError(expression)
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    value, rest = _either(tokens, context)
    if rest:
        raise ExpressionError(expression)
    return value


Tokens = list[tuple[str, str]]


def _either(tokens: Tokens, context: Context) -> tuple[Any, Tokens]:
    value, rest = _both(tokens, context)
    while rest and rest[0] == ("op", "||"):
        other, rest = _both(rest[1:], context)
        value = value or other
    return value, rest


def _both(tokens: Tokens, context: Context) -> tuple[Any, Tokens]:
    value, rest = _compared(tokens, context)
    while rest and rest[0] == ("op", "&&"):
        other, rest = _compared(rest[1:], context)
        value = value and other
    return value, rest


def _compared(tokens: Tokens, context: Context) -> tuple[Any, Tokens]:
    value, rest = _single(tokens, context)
    if rest and rest[0] in (("op", "=="), ("op", "!=")):
        other, after = _single(rest[1:], context)
        return (value == other) == (rest[0][1] == "=="), after
    return value, rest


def _single(tokens: Tokens, context: Context) -> tuple[Any, Tokens]:
    kind, text = tokens[0]
    if kind == "text":
        return text, tokens[1:]
    if kind == "name":
        return _look_up(text, context), tokens[1:]
    if text != "(":
        raise ExpressionError(text)
    value, rest = _either(tokens[1:], context)
    assert rest[0] == ("op", ")")
    return value, rest[1:]


def _look_up(name: str, context: Context) -> Any:
    """A missing property of a context is empty, an unknown context is a mistake."""
    first, *path = name.split(".")
    value: Any = context[first]
    for part in path:
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value


def filled(text: str, context: Context) -> str:
    return _EXPRESSION.sub(lambda match: str(evaluate(match[1], context)), text)


@dataclass
class Ran:
    """What the action did."""

    code: int
    outputs: dict[str, str]
    summary: str
    log: str
    executed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def run_action(
    action: Path,
    workspace: Path,
    *,
    inputs: Mapping[str, str],
    github: Mapping[str, Any],
    environment: Mapping[str, str],
    done: Mapping[str, Mapping[str, str]],
) -> Ran:
    """Run the steps in order. `done` are steps whose outputs are given instead of running them again."""
    document = yaml.safe_load(action.read_text())
    assert document["runs"]["using"] == "composite"
    unknown = set(inputs) - set(document["inputs"])
    assert not unknown, f"the action has no inputs {unknown}"
    files = {name: workspace / f".{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    context: dict[str, Any] = {"github": {**github, "action_path": str(action.parent)}, "steps": {}, "inputs": {}}
    defaults = {name: filled(str(spec.get("default", "")), context) for name, spec in document["inputs"].items()}
    context["inputs"] = {**defaults, **inputs}
    ran = Ran(0, {}, "", "")
    for step in document["runs"]["steps"]:
        _step(step, context, workspace, files, environment, done, ran)
    ran.outputs = {name: filled(spec["value"], context) for name, spec in document["outputs"].items()}
    summary = files["GITHUB_STEP_SUMMARY"]
    ran.summary = summary.read_text() if summary.exists() else ""
    return ran


def _step(  # noqa: PLR0917  # what a step sees
    step: Mapping[str, Any],
    context: dict[str, Any],
    workspace: Path,
    files: Mapping[str, Path],
    environment: Mapping[str, str],
    done: Mapping[str, Mapping[str, str]],
    ran: Ran,
) -> None:
    assert set(step) <= {"name", "id", "if", "shell", "env", "run"}, f"not understood: {set(step)}"
    assert "${{" not in step["run"], "a script may not hold expressions"
    if step.get("id") in done:
        context["steps"][step["id"]] = {"outputs": done[step["id"]]}
        ran.executed.append(step["name"])
        return
    if ran.code or not evaluate(step.get("if", "'true'"), context):
        ran.left_out.append(step["name"])
        return
    files["GITHUB_OUTPUT"].write_text("")
    given = {name: filled(str(value), context) for name, value in step.get("env", {}).items()}
    result = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=workspace,
        env={**environment, **given, **{name: str(path) for name, path in files.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    ran.executed.append(step["name"])
    ran.log += result.stdout + result.stderr
    ran.code = result.returncode
    lines = files["GITHUB_OUTPUT"].read_text().splitlines()
    context["steps"][step.get("id", step["name"])] = {"outputs": dict(line.split("=", 1) for line in lines)}


def plain_environment(**more: str) -> dict[str, str]:
    """As on a runner: a path, a home, and nothing of the process that tests."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", **more}
