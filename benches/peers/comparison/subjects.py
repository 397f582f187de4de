"""What can be compared, and how each is started."""

import shlex
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent

DATABASE = ["--database", "postgres"]
REDIS = ["--redis"]


@dataclass(frozen=True)
class Subject:
    name: str
    options: tuple[str, ...]
    """Of `nameless bench relay`."""
    rates: tuple[int, ...]
    """Messages a second, beside those that all are measured at. Up to what it can carry on one core, and a bit more."""
    setup: str | None = None
    """What `setup.sh` calls it."""


def _peer(name: str, form: str, rates: tuple[int, ...], servers: list[str]) -> Subject:
    command = shlex.join([str(HERE / "run.sh"), name, form])
    return Subject(f"{name}-{form}", ("--bot", command, *servers), rates, name)


ENGINE = "engine"
NULL = "null-relay-tuned"

SUBJECTS = {
    subject.name: subject
    for subject in (
        # One node with PostgreSQL; searches and journal need no Redis there.
        Subject(ENGINE, tuple(DATABASE), (1000, 2000, 5000, 10_000)),
        # The same with Redis: the form for several nodes, which keeps its journal in PostgreSQL.
        Subject("engine-redis", (*DATABASE, *REDIS), (1000, 2000)),
        _peer("null-relay", "default", (1000, 2000, 5000), []),
        _peer("null-relay", "tuned", (1000, 2000, 5000, 10_000), []),
        _peer("aiogram", "default", (100, 300, 400), [*DATABASE, *REDIS]),
        _peer("aiogram", "tuned", (300, 400, 500, 700), [*DATABASE, *REDIS]),
        _peer("grammy", "default", (100, 300, 500), [*DATABASE, *REDIS]),
        _peer("grammy", "tuned", (500, 1000, 2000), [*DATABASE, *REDIS]),
        _peer("teloxide", "default", (500, 1000, 2000), [*DATABASE, *REDIS]),
        _peer("teloxide", "tuned", (1000, 2000, 5000), [*DATABASE, *REDIS]),
    )
}
