"""Options of a field whose class is not known, as they are written out at its call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping


def stated_options(node: ast.expr | None) -> Mapping[str, object]:
    """The options that are constants; one with another value is there with the value None."""
    if not isinstance(node, ast.Call):
        return {}
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    return {name: value.value if isinstance(value, ast.Constant) else None for name, value in given.items()}


def stated_field(operation: ast.AST | None) -> ast.expr | None:
    """The field of `AddField(…)` or `AlterField(…)`: the third argument, or the one of this name."""
    if not isinstance(operation, ast.Call):
        return None
    named = next((keyword.value for keyword in operation.keywords if keyword.arg == "field"), None)
    return named if named is not None or len(operation.args) < 3 else operation.args[2]


def stated_fields(operation: ast.AST | None) -> Iterator[tuple[object, ast.expr]]:
    """The fields of `CreateModel(…)` with their names."""
    if not isinstance(operation, ast.Call):
        return
    listed = next((keyword.value for keyword in operation.keywords if keyword.arg == "fields"), None)
    if listed is None and len(operation.args) > 1:
        listed = operation.args[1]
    for item in listed.elts if isinstance(listed, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Tuple) and len(item.elts) == 2 and isinstance(item.elts[0], ast.Constant):
            yield item.elts[0].value, item.elts[1]
