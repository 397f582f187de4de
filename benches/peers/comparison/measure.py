"""One run of `nameless bench relay`, and what is taken from its result."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .subjects import Subject


@dataclass(frozen=True)
class Settings:
    bench: tuple[str, ...]
    """The program, such as `target/release/nameless bench`."""
    users: int
    duration: float
    warm_up: float
    patience: float
    poll_latency: float = 0
    """Milliseconds that the simulated Telegram takes before it looks for updates."""

    def limit(self, rates: list[int]) -> float:
        """Seconds after which a run has failed: what it asks for, and as much again for a slow machine."""
        pairing = 60 + 0.05 * self.users
        return 2 * (pairing + 60 + len(rates) * (self.duration + self.warm_up + self.patience + 5))


@dataclass
class Point:
    """One subject at one rate in one round. `void` says why it does not count; then the figures are not used."""

    rate: int
    void: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)


def points(result: dict[str, Any], rates: list[int]) -> list[Point]:
    """From the JSON of a bench. A rate that is not in it was left out by the bench, as the bot was overrun before."""
    found = {}
    for run in result.get("runs", []):
        reasons = [f"{reason['kind']}: {reason['detail']}" for reason in run.get("void_reasons", [])]
        if run.get("void") and not reasons:
            reasons = ["the bench says so"]
        latency = run.get("latency_ms") or {}
        bot, servers = run.get("cpu_s_per_million"), run.get("servers_cpu_s_per_million")
        figures = {
            "cpu": bot,
            "cpu_with_servers": None if bot is None or servers is None else bot + servers,
            "p50": latency.get("p50"),
            "p99": latency.get("p99"),
            "throughput": run.get("throughput"),
            "rss": run.get("rss_bytes"),
            "generator_busy": run.get("generator_busy"),
            "late_p99": (run.get("lateness_ms") or {}).get("p99"),
        }
        figures = {name: float(value) for name, value in figures.items() if value is not None}
        found[run["rate"]] = Point(run["rate"], reasons, figures)
    missing = ["left out: the bot was overrun at a lower rate"]
    return [found.get(rate) or Point(rate, list(missing)) for rate in rates]


def failed(rates: list[int], why: str) -> list[Point]:
    return [Point(rate, [f"failed: {why}"]) for rate in rates]


def run(settings: Settings, subject: Subject, rates: list[int], seed: int) -> tuple[list[Point], dict[str, Any]]:
    """Measures a subject once at these rates; never raises for what the subject does. Also the bench's own words on
    the machine and its settings."""
    with tempfile.TemporaryDirectory(prefix="nameless-peers-") as folder:
        file = Path(folder) / "result.json"
        command = [
            *settings.bench,
            "relay",
            *("--users", str(settings.users)),
            *("--rates", ",".join(map(str, rates))),
            *("--duration", f"{round(settings.duration * 1000)}ms"),
            *("--warm-up", f"{round(settings.warm_up * 1000)}ms"),
            *("--patience", f"{round(settings.patience * 1000)}ms"),
            *("--rounds", "1"),
            *(("--poll-latency", f"{round(settings.poll_latency)}ms") if settings.poll_latency else ()),
            *("--seed", str(seed)),
            *("--json", str(file)),
            *subject.options,
        ]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            return failed(rates, f"the bench does not start: {error.strerror}"), {}
        with process:
            try:
                _, errors = process.communicate(timeout=settings.limit(rates))
            except subprocess.TimeoutExpired:
                # It ends what it has started; if it does not, that dies with it.
                process.terminate()
                try:
                    process.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                return failed(rates, "the bench did not end in time"), {}
            except BaseException:
                process.terminate()
                raise
        try:
            result = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            last = (errors.strip().splitlines() or ["no word why"])[-1]
            return failed(rates, f"exit code {process.returncode}: {last[:300]}"), {}
    about = {key: result.get(key) for key in ("version", "debug_build", "machine", "settings", "notes")}
    return points(result, rates), about
