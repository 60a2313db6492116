"""The conditions and loops of a template around statements: `{% if x %}`, `{{range}}`, `{{#x}}`, `<% if x %>`."""

from __future__ import annotations

from migsafe.text.patterns import late

_WORD = late(r"(?:\{\{-?|\{%[-+]?|<%[-+]?)\s*([#^/>!]?)\s*(\w+)")
_OPENS = frozenset({"if", "unless", "with", "range", "for", "ifversion"})
_TURNS = frozenset({"else", "elif", "elsif", "elseif"})


class TemplateBlocks:
    """Which blocks are open."""

    def __init__(self) -> None:
        self._open: list[str] = []

    @property
    def guards(self) -> tuple[str, ...]:
        """What has to hold for a statement here, in the template's own words."""
        return tuple(self._open)

    def take(self, placeholder: str) -> bool:
        """Follow an action. False for one that opens and closes nothing, or closes what is not open."""
        match = _WORD.match(placeholder)
        if match is None:
            return False
        sign, word = match[1], match[2]
        if sign in ("#", "^") or (not sign and (word in _OPENS or _begins_a_block(placeholder))):
            self._open.append(placeholder)
            return True
        if not self._open:
            return False
        if sign == "/" or word.startswith("end"):
            self._open.pop()
            return True
        if word in _TURNS:
            self._open[-1] = f"{self._open[-1]} {placeholder}"
            return True
        return False


def _begins_a_block(placeholder: str) -> bool:
    """`<% names.each do |name| %>`"""
    return placeholder.startswith("<%") and " do" in placeholder
