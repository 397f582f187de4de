"""Statistics: ratios of interleaved rounds, with confidence intervals."""

import math
import random
from dataclasses import dataclass

LEAST = 3
"""Pairs of rounds below which no interval is given: it would pretend to know something."""

RESAMPLES = 10_000


@dataclass(frozen=True)
class Interval:
    """A geometric mean of ratios and where it lies with 95% confidence; without bounds where the pairs are too few."""

    mean: float
    low: float | None
    high: float | None
    pairs: int


def geometric_mean(values: list[float]) -> float:
    return math.exp(math.fsum(math.log(value) for value in values) / len(values))


def quantile(ordered: list[float], share: float) -> float:
    """Of an ordered list, between neighbours by proportion."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def interval(ratios: list[float], seed: int, resamples: int = RESAMPLES) -> Interval | None:
    """Percentile bootstrap over rounds. Ratios are multiplied, not added: twice and half are as far from one."""
    if not ratios:
        return None
    if any(not math.isfinite(ratio) or ratio <= 0 for ratio in ratios):
        raise ValueError("a ratio is a positive number")
    mean = geometric_mean(ratios)
    if len(ratios) < LEAST:
        return Interval(mean, None, None, len(ratios))
    chance = random.Random(seed)
    logs = [math.log(ratio) for ratio in ratios]
    means = sorted(math.fsum(chance.choices(logs, k=len(logs))) / len(logs) for _ in range(resamples))
    return Interval(mean, math.exp(quantile(means, 0.025)), math.exp(quantile(means, 0.975)), len(ratios))


def paired(numerator: list[float | None], denominator: list[float | None]) -> list[float]:
    """Ratios of what was measured in the same round. A round that is void on either side is left out of both."""
    pairs = zip(numerator, denominator, strict=True)
    return [over / under for over, under in pairs if over is not None and under is not None and over > 0 and under > 0]


def median(values: list[float]) -> float | None:
    return quantile(sorted(values), 0.5) if values else None


def order(subjects: list[str], round_number: int) -> list[str]:
    """A B B A: every other round goes backwards, so that a drift of the machine befalls all alike."""
    return subjects if round_number % 2 == 0 else subjects[::-1]
