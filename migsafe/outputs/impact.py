"""What a finding means for others, in words: who waits how long, at which size, and what the traffic makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.model.duration import Seconds
from migsafe.model.findings import Impact
from migsafe.model.locks import Blocked
from migsafe.text.durations import in_words, in_words_range


def sentence(impact: Impact | None) -> str:
    """`reads and writes on public.orders wait about 38 s (21 to 70 s); at 3 times the size about 2 min …`; empty where
    nothing is to be said."""
    if impact is None:
        return ""
    return " ".join([*_time(impact), *_wait(impact)])


def brief(impacts: Iterable[Impact | None]) -> str:
    """`About 38 s`, of several findings `Up to about 38 s`; nothing where one of them has no time."""
    seconds = [impact.seconds if impact is not None else None for impact in impacts]
    known = [None if each is None else each.expected for each in seconds]
    times = [time for time in known if time is not None]
    if not times or len(times) < len(known):
        return ""
    return f"{'About' if len(times) == 1 else 'Up to about'} {in_words(max(times))}"


def number(count: float) -> str:
    """A count with two significant digits: `950`, `12,000`, `2.1 million`."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if count >= size:
            return f"{float(f'{count / size:.2g}'):,.4g}{word}"
    return f"{float(f'{count:.2g}'):,.0f}" if count >= 10 else f"{float(f'{count:.2g}'):g}"


def needs(impact: Impact | None) -> str:
    """`about 12 GB of disk besides what is used, 9 GB of write-ahead log`; empty where it is little."""
    if impact is None:
        return ""
    parts = []
    if impact.disk is not None and impact.disk.expected >= _WORTH_SAYING:
        parts.append(f"about {size(impact.disk.expected)} of free disk while it runs")
    if impact.log is not None and impact.log.expected >= _WORTH_SAYING:
        parts.append(f"about {size(impact.log.expected)} of write-ahead log")
    if impact.lag is not None and impact.lag.expected >= 1:
        parts.append(f"replicas fall behind by about {in_words(impact.lag.expected)}")
    return "; ".join(parts)


_WORTH_SAYING = 100e6  # bytes


def size(amount: float) -> str:
    """Bytes with two significant digits: `120 MB`, `12 GB`."""
    for unit, word in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if amount >= unit * 0.995:
            return f"{number(amount / unit)} {word}"
    return f"{number(amount / 1e3)} kB"


def _time(impact: Impact) -> Iterator[str]:
    if impact.unknown:
        yield f"How long is not known: nobody tells the size of {', '.join(map(str, impact.unknown))}."
    if impact.seconds is None:
        return
    parts = [f"{_who(impact)} {_about(impact.seconds)}"]
    if impact.grown is not None and impact.growth > 1:
        parts.append(f"at {impact.growth:g} times the size about {in_words(impact.grown.expected)}")
    parts += _traffic(impact)
    yield "; ".join(parts) + "."
    if impact.holds_up_to_rows is not None:
        of = "" if impact.holds_for == impact.table else f" of {impact.holds_for}"
        yield f"Within the budget of {in_words(impact.budget)} up to about {number(impact.holds_up_to_rows)} rows{of}."


def _who(impact: Impact) -> str:
    if not impact.blocks:
        return "It takes"
    words = {Blocked.READ: "reads", Blocked.WRITE: "writes"}
    who = " and ".join(words[b] for b in impact.blocks if b in words)
    return f"{who.capitalize()} on {impact.table} wait"


def _about(seconds: Seconds) -> str:
    return f"about {in_words(seconds.expected)} ({in_words_range(seconds.low, seconds.high)})"


def _traffic(impact: Impact) -> Iterator[str]:
    rate, waiting, exhausted = impact.queries_per_second, impact.queries_blocked, impact.pool_exhausted_after
    if exhausted is not None and rate is not None:
        yield f"at {number(rate)} queries/s a pool of {impact.pool_size} is exhausted after {in_words(exhausted)}"
    elif waiting is not None and waiting >= 1 and rate is not None:
        yield f"at {number(rate)} queries/s about {number(waiting)} of them wait"


def _wait(impact: Impact) -> Iterator[str]:
    """What the wait for the lock means."""
    wait = impact.lock_wait
    if wait is None or impact.seconds is not None:
        return  # that nothing limits the wait is a finding of its own, and says how long that can be
    if wait.longest is not None:
        begin = f"The longest transaction at capture had run for {in_words(wait.longest)}"
        yield f"{begin}; behind one like it everybody waits for {_about(wait.seconds)}{_queue(impact, wait.seconds)}."
    else:
        begin = "With transactions that end within a second"
        yield f"{begin} everybody waits {_about(wait.seconds)}{_queue(impact, wait.seconds)}; with longer ones longer."


def _queue(impact: Impact, seconds: Seconds) -> str:
    rate = impact.queries_per_second
    if not rate or rate * seconds.expected < impact.pool_size:
        return ""
    after = in_words(impact.pool_size / rate)
    return f", and at {number(rate)} queries/s a pool of {impact.pool_size} is exhausted after {after}"
