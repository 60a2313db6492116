"""The static evaluator of migration code: what a module does, found without ever running it. A security border.

    interpreter = Interpreter(Source("versions/1.py", text), domain)
    interpreter.run_module()
    result = interpreter.call("upgrade")
    result.events, result.unresolved, audit(result, wanted)

The analysed text is hostile. It is parsed, never compiled, imported or executed; only the values of values.py exist
in it, and only through the tables of a front end (host.py) does it reach real code.
"""

from __future__ import annotations

from migsafe.sources.interpreter.audit import audit
from migsafe.sources.interpreter.host import Call, Domain, HostFunction, HostKind, HostObject, NoDomain, Site
from migsafe.sources.interpreter.interpreter import Interpreter, Siblings
from migsafe.sources.interpreter.limits import Limits
from migsafe.sources.interpreter.result import Event, Reason, Result, Unresolved
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.values import Cause, Either, Maybe, Rest, Unknown, is_known, uncertain_parts
from migsafe.sources.interpreter.values_defined import Class, Function, Instance

__all__ = [
    "Call",
    "Cause",
    "Class",
    "Domain",
    "Either",
    "Event",
    "Function",
    "HostFunction",
    "HostKind",
    "HostObject",
    "Instance",
    "Interpreter",
    "Limits",
    "Maybe",
    "NoDomain",
    "Reason",
    "Rest",
    "Result",
    "Siblings",
    "Site",
    "Source",
    "Unknown",
    "Unresolved",
    "audit",
    "is_known",
    "uncertain_parts",
]
