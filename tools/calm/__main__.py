"""`python -m tools.calm FOLDER…`: how calm migsafe is on these projects.

Each FOLDER is a project or a folder of migrations; nothing of it is run or changed. Read the samples as a careful
reviewer would: is it true, does it matter there, is the advice right?
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from migsafe.config import Settings, load
from migsafe.errors import SetupError
from tools.calm.measure import Measured, measure, together
from tools.calm.show import figures, samples


def main(arguments: Sequence[str] | None = None) -> int:
    """Print figures and samples; 1 when no folder held a migration."""
    options = _parser().parse_args(arguments)
    settings = _settings(options)
    parts = list(_measured(options.folders, settings))
    if not parts:
        return 1
    for part in parts if len(parts) > 1 and not options.total else ():
        print("\n".join(figures(part)), end="\n\n")
    everything = parts[0] if len(parts) == 1 else together("all folders", parts)
    print("\n".join(figures(everything)))
    print("\n".join(samples(everything, options.sample)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.calm", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--sample", type=int, default=3, metavar="N", help="findings shown of each rule and severity")
    parser.add_argument("--target-version", default="15", metavar="N")
    parser.add_argument("--select", action="append", default=[], metavar="RULE")
    parser.add_argument("--extend-select", action="append", default=[], metavar="RULE")
    parser.add_argument("--no-session-lock-timeout", action="store_true", help="the runner sets no lock_timeout")
    parser.add_argument("--total", action="store_true", help="print the sum only")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    flags = {
        "target_version": options.target_version,
        "select": tuple(options.select),
        "extend_select": tuple(options.extend_select),
    }
    settings = load(flags, start=Path.cwd(), environment={}, isolated=True).settings
    return settings.replace(session_lock_timeout=not options.no_session_lock_timeout)


def _measured(folders: Sequence[Path], settings: Settings) -> Iterator[Measured]:
    for folder in folders:
        try:
            yield measure(folder.resolve(), settings)
        except SetupError as error:
            print(f"{folder.name}: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
