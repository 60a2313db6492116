"""The command line: one file for each command, found by walking this package.

Commands are thin: flags in, exit code out; what they print comes from `outputs/`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import click

from migsafe.errors import SetupError
from migsafe.version import __version__

REPORT_TO = "please report it with the text above to the project's issue tracker"
_SHARED = ("options", "running")


class Commands(click.Group):
    """Loads a command's module when the command is used, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _SHARED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: migsafe check migrations/",
)
@click.version_option(__version__, prog_name="migsafe")
def main() -> None:
    """Says what a database migration will lock, rewrite, lose or break, before it is run."""


def execute(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code: 0 clean, 1 findings, 2 wrong use, set-up or internal error."""
    try:
        result = main.main(list(arguments), prog_name="migsafe", standalone_mode=False)
    except SetupError as error:
        click.echo(f"migsafe: {error}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except click.exceptions.Abort:
        return 130
    except BrokenPipeError:
        return _reader_left()
    except Exception:  # noqa: BLE001  # the last line: our own mistakes must neither look green nor be silent
        return _our_mistake()
    return result if isinstance(result, int) else 0


def _reader_left() -> int:
    """The reader of a pipe went away: nothing more to say, and nothing to flush at exit."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 2


def _our_mistake() -> int:
    import traceback

    click.echo(traceback.format_exc(), err=True)
    click.echo(f"migsafe {__version__}: this is a mistake in migsafe, {REPORT_TO}.", err=True)
    return 2
