#!/usr/bin/env python3
"""Takes what an older commit left up to the present program and back, under texts, with two nodes and nothing lost.

    upgrade-soak.py REVISION [--minutes N]

1. Builds REVISION in a worktree of its own (--old FILE: takes that program), and the present tree (--new FILE).
2. Two nodes of the older program share a PostgreSQL and a Redis of this script's own. Simulated people write all the time.
3. `migrate plan` of the present program says whether the older one may go on beside its schema. If so, the schema is brought
   up beside the nodes, and they are exchanged one after the other, there, back and there again. If not, all are stopped first,
   as the plan says.
4. At the end all are stopped, the schema is taken back (`migrate down`), and the older nodes go on.
5. Every text has to be there once and in order, and everybody known. What was started is ended, what was made is removed.

Part of `make soak FROM=REVISION`. Exit code: 0 nothing was lost; 1 something was, or did not come up; 2 it could not begin.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKEN = "424242:upgrade-soak-upgrade-soak-upgrade"
# Seconds: a build, a start or an end of a node, one request, what a roll-back may take.
BUILD, PATIENCE, REQUEST, BACK = 3600, 60, 10, 30
PAIRS, PAUSE = 8, 0.02


class Failed(Exception):
    """What was found, in words."""


def say(words: str) -> None:
    print(f"upgrade-soak: {time.strftime('%H:%M:%S')} {words}", flush=True)


def free_port() -> int:
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(what: str, is_so, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Failed(f"in vain waited for: {what}")
        time.sleep(0.02)


class Started:
    """A process that dies with this script."""

    def __init__(self, name: str, folder: pathlib.Path, command: list, env: dict | None = None) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)], cwd=folder, env=env, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def says(self, words: str) -> bool:
        if self.process.poll() is not None:
            raise Failed(f"{self.name} has ended with {self.process.returncode}: {self.tail()}")
        return words in self.log.read_text(errors="replace")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed(f"{self.name} does not end") from None


class People:
    """Pairs of simulated people who write to each other."""

    def __init__(self, base: str) -> None:
        self.base, self.sent, self.ways = base, collections.Counter(), []
        self.over, self.thread, self.trouble = threading.Event(), None, None

    def call(self, method: str, path: str, body: dict | None = None):
        request = urllib.request.Request(
            f"{self.base}/sim{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=REQUEST) as answer:
            return json.loads(answer.read() or "null")

    def chat(self, user: int) -> list:
        told = self.call("GET", f"/users/{user}/chat")
        return told["messages"] if isinstance(told, dict) else told

    def write(self, user: int, text: str) -> None:
        self.call("POST", f"/users/{user}/messages", {"text": text})

    def press(self, user: int, begins: str) -> None:
        def found():
            for message in reversed(self.chat(user)):
                markup = message.get("keyboard") or message["json"].get("reply_markup") or {}
                for button in (button for row in markup.get("inline_keyboard", []) for button in row):
                    if button.get("callback_data", "").startswith(begins):
                        return {"message_id": message["message_id"], "data": button["callback_data"]}
            return None

        until(f"a button {begins}", found)
        self.call("POST", f"/users/{user}/press", found())

    def pair(self, n: int) -> None:
        users = []
        for side, gender in enumerate("01"):
            user = self.call("POST", "/users", {"first_name": f"soak{n}{side}", "language_code": "en"})["id"]
            self.write(user, "/start")
            for step in ("on:lang:1", "on:adult:1", f"on:gender:{gender}", "on:age:0", "on:wish:0"):
                self.press(user, step)
            users.append(user)
        for user in users:
            self.write(user, "/search")
        for user in users:
            until("a partner", lambda user=user: any(
                (m["json"].get("text") or "").startswith("Someone is here") for m in self.chat(user)))
        self.ways += [(users[0], users[1], f"w{n}a"), (users[1], users[0], f"w{n}b")]

    def begin(self) -> None:
        def work() -> None:
            try:
                while not self.over.is_set():
                    user, _, key = random.choice(self.ways)
                    self.write(user, f"{key}-{self.sent[key] + 1}")
                    self.sent[key] += 1
                    time.sleep(PAUSE)
            except OSError as error:
                self.trouble = error

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def more(self, texts: int = 100) -> None:
        """Until so many more were written, and the newest of each has arrived."""
        enough = self.sent.total() + texts
        until("texts", lambda: self.trouble or self.sent.total() >= enough)
        if self.trouble:
            raise Failed(f"the simulator: {self.trouble}")
        self.all_arrive()

    def arrived(self, user: int, key: str) -> list[int]:
        texts = (m["json"].get("text") or "" for m in self.chat(user) if m["from_bot"])
        return [int(text.rpartition("-")[2]) for text in texts if text.startswith(f"{key}-")]

    def all_arrive(self) -> None:
        for _, to, key in self.ways:
            sent = self.sent[key]
            until(f"{key}-{sent}", lambda to=to, key=key, sent=sent: sent in [0, *self.arrived(to, key)])

    def check(self) -> str:
        self.over.set()
        self.thread.join(PATIENCE)
        self.all_arrive()
        wrong = []
        for _, to, key in self.ways:
            arrived = self.arrived(to, key)
            if arrived != list(range(1, self.sent[key] + 1)):
                lost = sorted(set(range(1, self.sent[key] + 1)) - set(arrived))
                wrong.append(f"{key}: of {self.sent[key]} texts {len(arrived)} arrived, lost {lost[:9]}")
        if wrong:
            raise Failed("lost, doubled or out of order: " + "; ".join(wrong))
        return f"{self.sent.total()} texts, each once and in order"


class Soak:
    def __init__(self, work: pathlib.Path, old: pathlib.Path, new: pathlib.Path, stack: contextlib.ExitStack) -> None:
        self.work, self.old, self.new, self.stack = work, old, new, stack
        self.nodes: dict[str, Started] = {}
        self.env: dict[str, str] = {}

    def started(self, name: str, command: list, env: dict | None = None) -> Started:
        process = Started(name, self.work, command, env)
        self.stack.callback(process.stop)
        return process

    def servers(self) -> People:
        """PostgreSQL (never as root), Redis, the fake Bot API; the nodes' settings."""
        postgres = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: int(bin.parent.name))
        if not postgres or not shutil.which("redis-server") or not shutil.which("setpriv"):
            say("Debian's postgresql, redis-server and util-linux are needed")
            sys.exit(2)
        folder, port, redis, sim = self.work / "postgres", free_port(), free_port(), free_port()
        # Who becomes another user has lost what was to end them with this script: said once more, behind that.
        mask = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "KILL"]
        mask = mask if os.geteuid() == 0 else []
        folder.mkdir()
        if mask:
            shutil.chown(folder, "postgres", "postgres")
        subprocess.run([*mask, postgres[-1] / "initdb", "-D", folder, "-A", "trust", "-U", "postgres"], check=True,
                       capture_output=True, timeout=PATIENCE, cwd=folder)
        server = self.started("server", [*mask, postgres[-1] / "postgres", "-D", folder, "-p", port, "-k", folder,
                                         "-c", "listen_addresses=127.0.0.1"])
        until("PostgreSQL", lambda: server.says("ready to accept connections"))
        base = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        subprocess.run([postgres[-1] / "createdb", *base, "nameless"], check=True, timeout=PATIENCE)
        self.psql = [str(postgres[-1] / "psql"), *base, "-X", "-A", "-t", "-d", "nameless", "-c"]
        queue = self.started("redis", ["redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", ""])
        until("Redis", lambda: queue.says("Ready to accept connections"))
        world = self.started("simulator", [self.new, "simulator", "--addr", f"127.0.0.1:{sim}", "--chat-rate", "0",
                                           "--global-rate", "0", "--history", "1000000"])
        until("the simulator", lambda: world.says("simulator at"))
        self.env = {
            "PATH": os.environ["PATH"], "BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{sim}",
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{port}/nameless", "REDIS_URL": f"redis://127.0.0.1:{redis}",
            "HISTORY_KEY": "5a" * 32, "HTTP_ADDR": "127.0.0.1:0", "METRICS_ADDR": "127.0.0.1:0", "CHAT_RATE": "1000",
            "CHAT_BURST": "1000", "USER_RATE": "1000", "USER_BURST": "1000", "CONFIRM_END_UNDER": "0s",
            "POLL_TIMEOUT": "5s", "SESSION_PERMITS": "1000",
        }
        return People(f"http://127.0.0.1:{sim}")

    def command(self, program: pathlib.Path, *arguments: str) -> str:
        env = {**self.env, "DATA_DIR": str(self.work / "commands")}
        done = subprocess.run([program, *arguments], env=env, cwd=self.work, capture_output=True, text=True,
                              timeout=PATIENCE * 5)
        if done.returncode != 0:
            raise Failed(f"{program.name} {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, sql: str) -> int:
        return int(subprocess.run([*self.psql, sql], check=True, capture_output=True, text=True, timeout=PATIENCE).stdout)

    def start(self, name: str, program: pathlib.Path) -> None:
        # Each life has a log of its own: whether it is ready is read there.
        (self.work / f"{name}.log").unlink(missing_ok=True)
        node = self.started(name, [program, "serve"], {**self.env, "DATA_DIR": str(self.work / name)})
        until(f"{name} to be ready", lambda: node.says("ready http="))
        self.nodes[name] = node

    def turn(self, program: pathlib.Path) -> float:
        """One node after the other; how many seconds that took."""
        begun = time.monotonic()
        for name in list(self.nodes):
            self.nodes.pop(name).stop()
            self.start(name, program)
        return time.monotonic() - begun

    def stop_all(self) -> None:
        for name in list(self.nodes):
            self.nodes.pop(name).stop()

    def start_both(self, program: pathlib.Path) -> None:
        for name in ("one", "two"):
            self.start(name, program)

    def run(self, minutes: float) -> None:
        people = self.servers()
        self.command(self.old, "migrate", "up")
        level = self.ask("SELECT max(number) FROM schema_migrations")
        self.start_both(self.old)
        for n in range(PAIRS):
            people.pair(n)
        people.begin()
        people.more()
        say(f"the older program, of migration {level:04}, is at work")

        plan = self.command(self.new, "migrate", "plan")
        rolls = "stop the nodes of the version before first" not in plan
        if not rolls:
            say("the plan wants all nodes stopped first")
            self.stop_all()
        applied = self.command(self.new, "migrate", "up").count("applied ")
        say(f"{applied} migrations were applied" + (" beside the nodes" if rolls else ""))
        end = time.monotonic() + minutes * 60
        if rolls:
            people.more()
            while True:
                there = self.turn(self.new)
                people.more()
                back = self.turn(self.old)
                people.more()
                say(f"there in {there:.1f} s, back in {back:.1f} s")
                if back > BACK:
                    raise Failed(f"a roll-back took {back:.1f} s")
                if time.monotonic() > end:
                    break
            self.turn(self.new)
        else:
            self.start_both(self.new)
        people.more()
        while time.monotonic() < end:
            people.more()

        known = self.ask("SELECT count(*) FROM accounts")
        begun = time.monotonic()
        self.stop_all()
        if applied:
            self.command(self.new, "migrate", "down", str(applied))
        if self.ask("SELECT max(number) FROM schema_migrations") != level:
            raise Failed("the schema is not where it was")
        self.start_both(self.old)
        say(f"the schema was taken back, and the older program is at work, after {time.monotonic() - begun:.1f} s")
        people.more()
        if self.ask("SELECT count(*) FROM accounts") != known or known != 2 * PAIRS:
            raise Failed(f"of {2 * PAIRS} people {known} were known, and now others are")
        say(people.check())


def needed(command: list, **how) -> None:
    """What has to be done before anything can be found."""
    try:
        subprocess.run(command, check=True, timeout=BUILD, **how)
    except (subprocess.SubprocessError, OSError) as error:
        say(f"cannot begin: {error}")
        sys.exit(2)


def built(tree: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    say(f"builds {tree}: minutes")
    command = ["cargo", "build", "--locked", "--release", "--bin", "nameless"]
    needed(command, cwd=tree, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return target / "release" / "nameless"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("revision", nargs="?", help="the older commit or tag")
    parser.add_argument("--old", type=pathlib.Path, help="the older program, in place of a build")
    parser.add_argument("--new", type=pathlib.Path, help="the present program, in place of a build")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long it goes on at least (default 1)")
    given = parser.parse_args()
    if not given.revision and not given.old:
        parser.error("which revision?")
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="upgrade-soak-", ignore_cleanup_errors=True)))
        # PostgreSQL's user has to come through it.
        work.chmod(0o755)
        old = given.old and given.old.resolve()
        if not old:
            tree = work / "tree"
            needed(["git", "worktree", "add", "--detach", "--quiet", tree, given.revision], cwd=ROOT)
            stack.callback(subprocess.run, ["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=False)
            old = built(tree, work / "target")
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
        new = given.new.resolve() if given.new else built(ROOT, target)
        try:
            Soak(work, old, new, stack).run(given.minutes)
        except Failed as found:
            say(f"FAILED: {found}")
            for log in sorted(work.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
            sys.exit(1)


main()
