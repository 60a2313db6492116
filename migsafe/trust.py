"""What may be imported: nothing from the working directory, the project around it, or PYTHONPATH.

Only modules that the interpreter has loaded already are imported here.
"""

from __future__ import annotations

import os
import sys

_INSTALLED = ("site-packages", "dist-packages")


def distrust_surroundings() -> None:
    """Take every untrusted place off `sys.path`; the packages of the environment stay, wherever it lies."""
    untrusted = {_real(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    project = _project_root(os.getcwd())
    sys.path[:] = [e for e in sys.path if _is_trusted(e, untrusted, project)]


def _is_trusted(entry: str, untrusted: set[str], project: str) -> bool:
    place = _real(entry)
    if place in untrusted:
        return False
    inside = place == project or place.startswith(project + os.sep)
    return not inside or _belongs_to_environment(place)


def _belongs_to_environment(place: str) -> bool:
    """Whether it is the interpreter's own library or installed packages: an environment may lie in the project."""
    prefixes = (_real(sys.prefix), _real(sys.base_prefix))
    own = any(place.startswith(prefix + os.sep) for prefix in prefixes)
    return own and (place.endswith(_INSTALLED) or os.sep + "lib" in place)


def _project_root(folder: str) -> str:
    """The nearest folder upwards that holds a repository, else the working directory itself."""
    place = _real(folder)
    while not os.path.exists(os.path.join(place, ".git")):
        above = os.path.dirname(place)
        if above == place:
            return _real(folder)
        place = above
    return place


def _real(entry: str) -> str:
    return os.path.realpath(entry or os.getcwd())


def require_our_package() -> str:
    """A sentence with its remedy when the imported package `migsafe` is another project's, else nothing."""
    import migsafe

    if getattr(migsafe, "DISTRIBUTION", None) == "migsafe-lint":
        return ""
    return (
        "the installed package 'migsafe' belongs to another project that uses the same name; "
        "install migsafe-lint in an environment of its own, for example with 'uvx migsafe-lint' or 'pipx'"
    )
