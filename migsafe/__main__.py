"""The entry point of `migsafe` and `python -m migsafe`.

A repository may hold `alembic/`, `click.py` or `json.py`, and Python looks in the working directory and in
PYTHONPATH before it looks among the installed packages. Before anything else is imported, those places are
therefore taken off the search path: what is checked is read, never run.
"""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    from migsafe.trust import distrust_surroundings, require_our_package

    distrust_surroundings()
    problem = require_our_package()
    if problem:
        sys.stderr.write(f"migsafe: {problem}\n")
        sys.exit(2)
    from migsafe.commands import execute

    sys.exit(execute(sys.argv[1:]))


if __name__ == "__main__":
    run()
