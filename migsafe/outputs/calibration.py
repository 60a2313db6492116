"""What `migsafe calibrate` found, as a short table."""

from __future__ import annotations

from migsafe.model.constants import DEFAULTS, Constants
from migsafe.text.masking import printable

_SHOWN = (
    ("read 1 GB of a table", ("read_byte", 1e9)),
    ("read 1 million rows", ("read_row", 1e6)),
    ("rewrite 1 GB", ("rewrite_byte", 1e9)),
    ("rewrite 1 million rows", ("rewrite_row", 1e6)),
    ("sort 1 million integers", ("compare_integer", 1e6 * 20)),
    ("sort 1 million texts", ("compare_locale", 1e6 * 20)),
    ("write 1 GB of an index", ("index_byte", 1e9)),
    ("look up 1 million foreign keys", ("lookup", 1e6)),
    ("update 1 million rows", ("update_row", 1e6)),
    ("1 million index entries", ("index_entry_random", 1e6)),
    ("flush 1 GB to disk", ("sync_byte", 1e9)),
    ("change the catalog once", ("statement", 1.0)),
)


def render(constants: Constants) -> str:
    """A line for each of the telling constants, beside its default."""
    machine = constants.machine
    memory = f", {machine.memory_bytes / (1 << 30):.0f} GB of memory" if machine.memory_bytes else ""
    processors = f", {machine.processors} processors" if machine.processors else ""
    lines = [printable(f"{machine.server} on {machine.description}{processors}{memory}"), ""]
    lines.append(f"{'':<32}{'here':>10}{'default':>10}")
    for title, (name, units) in _SHOWN:
        here, usual = getattr(constants, name) * units, getattr(DEFAULTS, name) * units
        lines.append(f"{title:<32}{_seconds(here):>10}{_seconds(usual):>10}")
    return "\n".join(lines) + "\n"


def _seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"
