"""Names of roles."""

from __future__ import annotations

from migsafe.parsers.postgresql.tree import Node, text


def role_name(role: Node) -> str:
    """The body of a RoleSpec: a name, or CURRENT_USER and the like in lower case."""
    return text(role, "rolename") or text(role, "roletype").removeprefix("ROLESPEC_").lower()
