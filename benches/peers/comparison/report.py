"""From points to ratios, as JSON, for the terminal, and as Markdown."""

from collections import Counter
from typing import Any

from .measure import Point
from .ratios import Interval, interval, median, paired
from .subjects import ENGINE, NULL

Rounds = dict[str, list[dict[int, Point]]]
"""Subject, round, rate."""

METRICS = {
    "cpu": "CPU s per million texts",
    "cpu_with_servers": "the same with PostgreSQL and Redis",
    "p50": "p50 ms",
    "p99": "p99 ms",
}

SHARE = 0.98
"""Of the due messages must arrive in a round for its rate to count as carried."""


def values(rounds: list[dict[int, Point]], rate: int, metric: str) -> list[float | None]:
    """One per round; nothing where the round is void or lacks the rate."""
    points = [round_.get(rate) for round_ in rounds]
    return [point.figures.get(metric) if point and not point.void else None for point in points]


def carried(rounds: list[dict[int, Point]], rate: int, limit_ms: float) -> bool:
    """Whether a rate was carried in most rounds: nothing lost, nothing piled up, p99 below the limit."""

    def good(point: Point | None) -> bool:
        figures = point.figures if point and not point.void else {}
        return figures.get("throughput", 0) >= SHARE * rate and figures.get("p99", limit_ms) < limit_ms

    return 2 * sum(good(round_.get(rate)) for round_ in rounds) > len(rounds)


def most(rounds: list[dict[int, Point]], limit_ms: float) -> dict[str, Any]:
    """The highest of the measured rates that was carried; it may be more than that where the highest of all was, or
    where it was the load that gave up first."""
    rates = sorted({rate for round_ in rounds for rate in round_})
    good = [rate for rate in rates if carried(rounds, rate, limit_ms)]
    if not good:
        return {"rate": None, "at_least": False}
    beyond = [round_[rate] for round_ in rounds for rate in rates if rate > good[-1] and rate in round_]
    load = [any(reason.startswith(("generator_busy", "core_busy", "schedule_missed")) for reason in p.void) for p in beyond]
    return {"rate": good[-1], "at_least": good[-1] == rates[-1] or any(load)}


def as_json(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"ratio": found.mean, "low": found.low, "high": found.high, "pairs": found.pairs}


def compare(rounds: Rounds, seed: int, limit_ms: float) -> dict[str, Any]:
    """All ratios: each subject over the engine and over the null relay, at each rate that both were measured at."""
    subjects = {}
    for name, own in rounds.items():
        rates = {}
        for rate in sorted({rate for round_ in own for rate in round_}):
            points = [round_[rate] for round_ in own if rate in round_]
            entry: dict[str, Any] = {
                "rounds": len(points),
                "void": sum(bool(point.void) for point in points),
                "void_reasons": dict(Counter(reason.split(":")[0] for point in points for reason in point.void)),
            }
            for metric in METRICS:
                mine = values(own, rate, metric)
                entry[metric] = {"median": median([value for value in mine if value is not None])}
                for base, label in ((ENGINE, "over_engine"), (NULL, "over_null_relay")):
                    if base in rounds and base != name:
                        ratios = paired(mine, values(rounds[base], rate, metric))
                        entry[metric][label] = as_json(interval(ratios, seed))
            rates[str(rate)] = entry
        subjects[name] = {"rates": rates, "most_carried": most(own, limit_ms)}
    return subjects


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(found: dict[str, Any] | None) -> str:
    if not found:
        return "-"
    if found["low"] is None:
        return f"{number(found['ratio'])} (n={found['pairs']})"
    return f"{number(found['ratio'])} [{number(found['low'])}, {number(found['high'])}]"


HEAD = ["rate/s", "subject", "CPU s/M", "over engine", "over null", "p50 ms", "p99 ms", "p99 over engine", "p99 over null", "void"]


def rows(subjects: dict[str, Any]) -> list[list[str]]:
    """By rate, so that what stands together was measured at the same."""
    table = []
    for rate in sorted({int(rate) for subject in subjects.values() for rate in subject["rates"]}):
        for name, subject in subjects.items():
            entry = subject["rates"].get(str(rate))
            if entry is None:
                continue
            reasons = ", ".join(f"{reason} {n}" for reason, n in entry["void_reasons"].items())
            table.append(
                [
                    str(rate),
                    name,
                    number(entry["cpu"]["median"]),
                    ratio(entry["cpu"].get("over_engine")),
                    ratio(entry["cpu"].get("over_null_relay")),
                    number(entry["p50"]["median"]),
                    number(entry["p99"]["median"]),
                    ratio(entry["p99"].get("over_engine")),
                    ratio(entry["p99"].get("over_null_relay")),
                    f"{entry['void']} of {entry['rounds']}" + (f" ({reasons})" if reasons else ""),
                ]
            )
    return table


def most_rows(subjects: dict[str, Any]) -> list[list[str]]:
    lines = []
    for name, subject in subjects.items():
        found = subject["most_carried"]
        rate = "none" if found["rate"] is None else f"{'at least ' if found['at_least'] else ''}{found['rate']}"
        lines.append([name, rate])
    return lines


def text(head: list[str], lines: list[list[str]]) -> str:
    """A table with columns of equal width."""
    widths = [max(len(line[n]) for line in [head, *lines]) for n in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [head, *lines]]
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:]])


def markdown(head: list[str], lines: list[list[str]]) -> str:
    def row(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([row(head), row(["---"] * len(head)), *map(row, lines)])
