#!/usr/bin/env python3
"""Compares the engine with its peers: each measured by `nameless bench relay`, in turns, in one run.

compare.py [--subjects engine,null-relay-tuned,aiogram-tuned] [--rounds 5] [--rates 300] ...

The bot has one core; load and servers have the other: the bench sees to that. Ratios are of what was measured in the same
round; their intervals are bootstrapped over rounds. What is void is counted and left out. Exit code 1 if a subject has no
round that counts.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.dont_write_bytecode = True

from comparison import report  # noqa: E402
from comparison.measure import Settings, run  # noqa: E402
from comparison.ratios import order  # noqa: E402
from comparison.subjects import ENGINE, HERE, NULL, SUBJECTS  # noqa: E402

LEAST_ROUNDS = 5


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nameless", default=default_program(), help="the engine's program, a release build")
    parser.add_argument("--subjects", default=",".join(SUBJECTS), help=f"some of: {', '.join(SUBJECTS)}")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="how often each is measured")
    parser.add_argument("--rates", default="300", help="messages a second at which all are measured, by commas")
    parser.add_argument(
        "--rates-of",
        action="append",
        default=[],
        metavar="SUBJECT=RATES",
        help="rates of one subject besides, instead of its usual ones; `all=` (empty) for none of any. Engine and null "
        "relay are measured at every rate of the others as well, so that there is something to compare with",
    )
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--duration", type=float, default=20, help="seconds of one round at one rate")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds before it")
    parser.add_argument("--patience", type=float, default=20, help="seconds that the last messages may take")
    parser.add_argument(
        "--poll-latency",
        type=float,
        default=20,
        help="milliseconds that the simulated Telegram takes before it looks for updates, as far away as the real one is: "
        "what comes meanwhile shares an answer, whichever bot asks",
    )
    parser.add_argument("--limit-ms", type=float, default=1000, help="p99 above which a rate does not count as carried")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of schedules and of the bootstrap")
    parser.add_argument("--short", action="store_true", help=f"allows fewer than {LEAST_ROUNDS} rounds; the result says so")
    parser.add_argument("--no-setup", action="store_true", help="does not run setup.sh first")
    parser.add_argument("--json", type=Path, help="file for everything measured")
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    return parser.parse_args()


def default_program() -> str:
    target = os.environ.get("CARGO_TARGET_DIR") or str(HERE.parent.parent / "target")
    return str(Path(target) / "release" / "nameless")


def numbers(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",") if part]
    except ValueError:
        sys.exit(f"not rates: {text}")
    if any(not 0 < rate <= 1_000_000 for rate in found):
        sys.exit(f"rates are from 1 to 1000000: {text}")
    return found


def plan(options: argparse.Namespace) -> dict[str, list[int]]:
    """The rates of each subject, rising."""
    names = options.subjects.split(",")
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        sys.exit(f"no such subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    own = {name: list(SUBJECTS[name].rates) for name in names}
    for given in options.rates_of:
        name, equals, rates = given.partition("=")
        if not equals or (name not in own and name != "all"):
            sys.exit(f"not SUBJECT=RATES of a subject that is measured: {given}")
        for one in own if name == "all" else [name]:
            own[one] = numbers(rates)
    common = set(numbers(options.rates))
    every = common.union(*own.values())
    rates = {name: sorted(every if name in (ENGINE, NULL) else common.union(own[name])) for name in names}
    if not all(rates.values()):
        sys.exit("there is nothing to measure: no rates")
    return rates


def measure(options: argparse.Namespace, rates: dict[str, list[int]]) -> tuple[report.Rounds, dict]:
    settings = Settings(
        (options.nameless, "bench"),
        options.users,
        options.duration,
        options.warm_up,
        options.patience,
        options.poll_latency,
    )
    names, rounds, about = list(rates), {name: [] for name in rates}, {}
    for number in range(options.rounds):
        for name in order(names, number):
            began = time.monotonic()
            points, about[name] = run(settings, SUBJECTS[name], rates[name], options.seed + number)
            rounds[name].append({point.rate: point for point in points})
            void = [f"{point.rate}/s {'; '.join(point.void)}" for point in points if point.void]
            took = timedelta(seconds=round(time.monotonic() - began))
            shown = "" if not void else f", VOID: {' | '.join(void)}"
            print(f"round {number + 1} of {options.rounds}: {name}, {took}{shown}", file=sys.stderr, flush=True)
    return rounds, about


def main() -> int:
    options = arguments()
    if options.rounds < LEAST_ROUNDS and not options.short:
        sys.exit(f"fewer than {LEAST_ROUNDS} rounds tell little; --short if that is meant")
    rates = plan(options)
    if not os.access(options.nameless, os.X_OK):
        sys.exit(f"no program at {options.nameless}: cargo build --release, or --nameless FILE")
    if not options.no_setup:
        wanted = sorted({SUBJECTS[name].setup for name in rates} - {None})
        if wanted:
            subprocess.run([HERE / "setup.sh", *wanted], check=True)
    print(f"seed {options.seed}", file=sys.stderr)
    rounds, about = measure(options, rates)
    subjects = report.compare(rounds, options.seed, options.limit_ms)

    notes = [
        f"{options.rounds} rounds in turns (A B B A), {options.users} people, {options.duration:g} s each, polls "
        f"{options.poll_latency:g} ms away, seed {options.seed}. Ratios: geometric mean of rounds with its 95% bootstrap interval; above 1 the subject costs "
        "more, or is slower. CPU s/M: CPU seconds of the bot's processes per million relayed texts, median of rounds.",
    ]
    if options.rounds < LEAST_ROUNDS:
        notes.append(f"SHORT: fewer than {LEAST_ROUNDS} rounds; not to be quoted.")
    if any(one.get("debug_build") for one in about.values()):
        notes.append("DEBUG BUILD of the engine: its figures mean nothing.")
    if any(not ((one.get("machine") or {}).get("pinning") or {}).get("pinned", True) for one in about.values()):
        notes.append("Bot and load were NOT bound to cores of their own.")
    main_table, most_table = report.rows(subjects), report.most_rows(subjects)
    most_head = ["subject", f"highest measured rate with p99 below {options.limit_ms:g} ms"]
    print(report.text(report.HEAD, main_table), report.text(most_head, most_table), "\n".join(notes), sep="\n\n")
    if options.markdown:
        parts = [*notes, report.markdown(report.HEAD, main_table), report.markdown(most_head, most_table)]
        options.markdown.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    if options.json:
        raw = {
            name: [{rate: vars(point) for rate, point in one.items()} for one in own] for name, own in rounds.items()
        }
        everything = {
            "format": 1,
            "seed": options.seed,
            "notes": notes,
            "subjects": subjects,
            "points": raw,
            "about": about,
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    empty = [name for name, one in subjects.items() if all(e["void"] == e["rounds"] for e in one["rates"].values())]
    if empty:
        print(f"nothing that counts of: {', '.join(empty)}", file=sys.stderr)
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
