#!/usr/bin/env python3
"""Judges what is in deploy/, the Dockerfile and the workflows by programs that others wrote.

    check-deploy.py FOLDER

Called by `make test` with the folder that scripts/setup.sh fills: compose-spec parses the compose files by the present
schema, hadolint reads the Dockerfile, zizmor the workflows, systemd-analyze the unit. A judge that is not there is
named, and that check left out.
"""

import importlib.machinery
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
JUDGES = pathlib.Path(sys.argv[1])
# The highest exposure that `systemd-analyze security` may find, of ten.
EXPOSURE = 2.0
# What the example of an .env names.
NAMES = {"DOMAIN": "bot.example.org", "ACME_EMAIL": "operator@example.org"}


def fail(what: str) -> None:
    sys.exit(f"check-deploy: {what}")


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        fail(f"{command[0]}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def filled(text: str) -> str:
    """Variables as Docker fills them; one without a value or a default is an error there."""

    def value(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if name in NAMES:
            return NAMES[name]
        if default is None:
            fail(f"${{{name}}} has no default and is not in check-deploy's list")
        return default

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", value, text)


def judge(name: str) -> pathlib.Path | None:
    """A judge of a folder, whatever its version; none if it is not there."""
    found = next(iter(JUDGES.glob(f"{name}-*")), None)
    if not found:
        print(f"check-deploy: left out, as it is not here: {name}")
    return found


def module(path: pathlib.Path):
    """The parser alone: its package wants more than is needed."""
    loader = importlib.machinery.ExtensionFileLoader("compose_spec", str(path))
    spec = importlib.util.spec_from_file_location("compose_spec", path, loader=loader)
    assert spec
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


def compose() -> None:
    path = judge("compose_spec")
    if not path:
        return
    parse = module(path).PyCompose.from_yaml
    whole = {}
    for name in ("compose.yml", "compose.prod.yml"):
        parsed = json.loads(parse(filled((ROOT / "deploy" / name).read_text())).to_json())
        for service, said in parsed["services"].items():
            whole.setdefault(service, {}).update({key: value for key, value in said.items() if value is not None})
    for service, said in whole.items():
        options = " ".join(map(str, said.get("security_opt") or []))
        if "no-new-privileges" not in options:
            fail(f"{service} may gain privileges")
        if not said.get("restart"):
            fail(f"{service} is not restarted")
        if not said.get("mem_limit"):
            fail(f"{service} has no limit of memory")
        for port in said.get("ports") or []:
            if service != "traefik" and "127.0.0.1" not in str(port):
                fail(f"{service} is open to the outside: {port}")
        if service not in ("postgres", "grafana") and "ALL" not in map(str, said.get("cap_drop") or []):
            fail(f"{service} keeps capabilities")
    for name in re.findall(r"\./([\w./-]+):/", (ROOT / "deploy/compose.prod.yml").read_text()):
        if not name.startswith("secrets/") and not (ROOT / "deploy" / name).exists():
            fail(f"deploy/{name} is mounted and not there")


def unit() -> None:
    if not shutil.which("systemd-analyze"):
        print("check-deploy: systemd-analyze is not here")
        return
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "deploy/systemd/nameless.service"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    ).stdout
    found = re.search(r"exposure level for nameless.service: ([\d.]+)", told)
    if not found or float(found[1]) >= EXPOSURE:
        fail(f"the unit's exposure is {found and found[1]}, not below {EXPOSURE}")


def main() -> None:
    compose()
    for name, arguments in (("hadolint", ["Dockerfile"]), ("zizmor", ["--offline", "--quiet", ".github/workflows"])):
        path = judge(name)
        if path:
            run(path, *arguments)
    unit()
    print("check-deploy: done")


main()
