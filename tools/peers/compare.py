"""Runs other tools' cases through migsafe and says where the two differ."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.findings import Severity
from migsafe.model.record import KeywordRecord
from migsafe.sources.collect import Request, collect
from tools.coverage import Answer
from tools.peers.case import Case


class Verdict(StrEnum):
    SAME = "same"
    MISSED = "missed"  # they report something, we do not
    EXTRA = "extra"  # we report what they keep silent about
    ELSEWHERE = "elsewhere"  # they report a matter that is none of ours, or by a rule that is still to come


class Comparison(KeywordRecord):
    """A case with what migsafe found: `code severity` and the message of each finding."""

    case: Case
    verdict: Verdict
    found: tuple[tuple[str, Severity, str], ...]


def compare(cases: Iterable[Case], answers: Mapping[tuple[str, str], Answer]) -> Iterator[Comparison]:
    """`answers` by peer and rule; a rule that is not there raises KeyError: no peer's rule is unknown."""
    for case in cases:
        answer = answers[case.peer, case.rule]
        found = _found(case, answer)
        yield Comparison(case=case, verdict=_verdict(case, answer, found), found=found)


def _found(case: Case, answer: Answer) -> tuple[tuple[str, Severity, str], ...]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate((*case.before, case.sql), 1):
            (folder / f"V{number}__case.sql").write_text(text, encoding="utf-8")
        request = Request(root=folder, paths=(f"V{len(case.before) + 1}__case.sql",))
        settings = Settings(
            target_version=(max(case.version, 12),),
            extend_select=answer.codes,
            session_lock_timeout="MS301" not in answer.codes,
            folders=(),
            transaction="file" if case.in_transaction else "none",
        )
        report = judge(collect(request, _plain(settings)), settings)
    kept = (entry.finding for entry in report.findings if entry.counts)
    return tuple((finding.code, finding.severity, finding.message) for finding in kept)


def _plain(settings: Settings) -> Settings:
    """Flyway would put each file into a transaction; the case says whether there is one."""
    from migsafe.setting_values import Folder

    return settings.replace(folders=(Folder(path="", convention="flyway", transaction=settings.transaction),))


def _verdict(case: Case, answer: Answer, found: tuple[tuple[str, Severity, str], ...]) -> Verdict:
    if not answer.codes:
        return Verdict.ELSEWHERE
    hits = [severity for code, severity, _ in found if code in answer.codes]
    if case.flagged:
        return Verdict.SAME if hits else Verdict.MISSED
    serious = any(severity is not Severity.INFO for severity in hits)
    return Verdict.EXTRA if serious else Verdict.SAME
