"""`migsafe rules`: all rules, a line each."""

from __future__ import annotations

import click

from migsafe.outputs.rules import render, render_json
from migsafe.rules.registry import rules


@click.command(epilog="Example: migsafe rules --output-format json")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(output_format: str) -> None:
    """List the rules: code, name, and what they find."""
    infos = [rule.info for rule in rules()]
    click.echo(render(infos) if output_format == "text" else render_json(infos), nl=False)
