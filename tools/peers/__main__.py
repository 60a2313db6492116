"""`python -m tools.peers FOLDER`: other linters' own test cases, positive and negative, run through migsafe.

FOLDER holds their sources, each in a folder named after its repository, `owner+name`. Where migsafe and they differ,
`decisions.toml` says who is right, as a server decided; what it does not know is printed.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tools.coverage import Answer, load
from tools.peers import rails, rust, typescript
from tools.peers.case import Case
from tools.peers.compare import Comparison, Verdict, compare

_DECISIONS = Path(__file__).with_name("decisions.toml")
_READERS: Mapping[str, Callable[[Path], Iterator[Case]]] = {
    "sbdchd+squawk": rust.squawk,
    "kaaveland+eugene": rust.eugene,
    "fixed-width+pgsafe": rust.pgsafe,
    "flvmnt+pgfence": typescript.pgfence,
    "ankane+strong_migrations": rails.strong_migrations,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and the differences that nobody has decided yet; 1 when there are any."""
    options = _parser().parse_args(arguments)
    found = [reader(options.folder / name) for name, reader in _READERS.items() if (options.folder / name).is_dir()]
    results = list(compare((case for cases in found for case in cases), _answers()))
    decided = tomllib.loads(_DECISIONS.read_text(encoding="utf-8")) if _DECISIONS.exists() else {}
    print("\n".join(_figures(results, decided)))
    undecided = [r for r in results if r.verdict in (Verdict.MISSED, Verdict.EXTRA) and r.case.key not in decided]
    for result in undecided:
        print("\n".join(_difference(result)))
    return 1 if undecided else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    return parser


_SAME_RULES = {
    # the file of a rule in squawk's source, where it is not called as the rule
    "adding-not-null-field": "adding-not-nullable-field",
    "adding-primary-key-constraint": "adding-serial-primary-key-field",
    "disallow-unique-constraint": "disallowed-unique-constraint",
    "prefer-timestamptz": "prefer-timestamp-tz",
    # the test file of strong_migrations, and the checks that its cases may meet
    "add_column": "add_column_default",
}
_SEVERAL = {
    "change_column": ("change_column", "change_column_constraint", "change_column_with_not_null"),
    "change_column_null": ("change_column_null_postgresql", "change_column_null"),
    "add_column": ("add_column_default", "add_column_generated_stored", "add_column_json"),
    "misc": ("rename_column", "rename_table", "create_table", "execute"),
}


def _answers() -> dict[tuple[str, str], Answer]:
    answers = {(tool.name, rule): said for tool in load().tools for rule, said in tool.rules.items()}
    for name, rule in _SAME_RULES.items():
        for peer in ("squawk", "strong_migrations"):
            if (peer, rule) in answers:
                answers[peer, name] = answers[peer, rule]
    for name, several in _SEVERAL.items():
        codes = dict.fromkeys(code for rule in several for code in answers["strong_migrations", rule].codes)
        answers["strong_migrations", name] = Answer(codes=tuple(codes))
    return answers


def _figures(results: Iterable[Comparison], decided: Mapping[str, object]) -> Iterator[str]:
    counts: Counter[tuple[str, bool, str]] = Counter()
    for result in results:
        kind = str(result.verdict)
        if result.verdict in (Verdict.MISSED, Verdict.EXTRA) and result.case.key in decided:
            kind = "decided"
        counts[result.case.peer, result.case.flagged, kind] += 1
    kinds = ("same", "decided", "missed", "extra", "elsewhere")
    yield f"{'':<32}{''.join(f'{kind:>11}' for kind in kinds)}"
    for peer, flagged in dict.fromkeys((peer, flagged) for peer, flagged, _ in counts):
        expectation = "flagged by them" if flagged else "silent with them"
        cells = "".join(f"{counts[peer, flagged, kind]:>11}" for kind in kinds)
        yield f"{peer:<15}{expectation:<17}{cells}"


def _difference(result: Comparison) -> Iterator[str]:
    yield f"\n{result.verdict}: {result.case.key} (PostgreSQL {result.case.version})"
    yield from (f"    {line}" for line in result.case.sql.strip().splitlines())
    yield from (f"  {code} {severity}: {message}" for code, severity, message in result.found)


if __name__ == "__main__":
    sys.exit(main())
