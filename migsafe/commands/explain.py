"""`migsafe explain CODE`: a rule's page."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from migsafe.outputs.rules import page
from migsafe.rules.registry import rules
from migsafe.rules.selection import matching


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001  # click's
    infos = [rule.info for rule in rules()]
    words = [(word, info.summary) for info in infos for word in (info.code, info.name)]
    return [CompletionItem(word, help=summary) for word, summary in words if word.startswith(incomplete)]


@click.command(epilog="Example: migsafe explain MS101")
@click.argument("rule", metavar="CODE|NAME", shell_complete=_complete)
def command(rule: str) -> None:
    """Show what a rule finds, why it hurts, and the safer form."""
    codes = matching(rules(), rule)
    pages = [page(r.info) for r in rules() if r.info.code in codes]
    click.echo("\n".join(pages), nl=False)
