"""migsafe itself has failed at a statement.

What happens
    A step of the check met something that it was not made for and raised an exception. The other statements are
    judged all the same, this one is not: nothing is known about its locks, its duration or what it loses.

Why it hurts
    The report is incomplete. The exit code is 2, whatever else was found, so that no pipeline takes it for a pass.

Safer form
    Report it with the statement and the place in the message, and look at the statement yourself until it is mended.

When it is fine
    Never: it cannot be suppressed, and no selection of rules leaves it out.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from pathlib import PurePath

from migsafe.model.effects import StatementRef
from migsafe.model.findings import Finding, Severity
from migsafe.model.migration import Migration, Statement
from migsafe.rules.base import RuleInfo, RunRule, place

rule = RunRule(RuleInfo(code="MS007", name="internal-error", since="0.1.0"))


def finding(step: str, mistake: Exception, migration: Migration, statement: Statement) -> Finding:
    """What is said when `step` ("predicting its effects") raised an exception at a statement."""
    return Finding(
        code=rule.info.code,
        name=rule.info.name,
        severity=Severity.ERROR,
        place=place(migration, statement),
        message=f"migsafe failed here while {step}: {_what(mistake)}.",
        why="This is a mistake in migsafe, not in the migration. Please report it with the statement.",
        ref=StatementRef(migration.key, statement.index),
    )


def _what(mistake: Exception) -> str:
    """`KeyError at data.py:88`: the exception's own text may hold what the migration holds."""
    last = mistake.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" at {PurePath(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last is not None else ""
    return f"{type(mistake).__name__}{where}"
