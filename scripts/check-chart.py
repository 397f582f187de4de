#!/usr/bin/env python3
"""Judges deploy/helm/nameless: helm lints and renders it, Kubernetes' own schemas take what came out, and it is as locked up
as the compose files are.

    check-chart.py FOLDER

Called by `make test` with the folder that scripts/setup.sh fills (scripts/kube-judges.sh). What was found well is
remembered there by a hash of all that it depends on. Without the judges it says so, and the check is left out.
"""

import hashlib
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHART = ROOT / "deploy/helm/nameless"
KUBE = pathlib.Path(sys.argv[1]) / "kubernetes-1.37"
# The oldest version that the chart is for, and the newest that there are schemas of.
VERSIONS = ("1.29", "1.37")
DIGEST = "sha256:" + "ab" * 32
# What has to be taken, and the kinds that come of it beside the usual ones.
INGRESS = {"enabled": True, "className": "nginx", "host": "bot.example.org", "tlsSecret": "bot-tls", "admin": True,
           "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "1m"}, "trustedProxies": ["10.0.0.0/8"]}
TAKEN = {
    "as it is": ({}, set()),
    "everything on": (
        {
            "image": {"digest": DIGEST, "pullSecrets": ["ghcr"]},
            "autoscaling": {"enabled": True, "cpu": 70},
            "ingress": INGRESS,
            "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "optionalSecrets": ["history_key_old", "sentry_dsn"],
            "settings": {"ADMIN_USER_IDS": "1:owner", "ALERTS_CHAT_ID": -1001234567890, "DATING": True},
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "bots", "operator": "Exists", "effect": "NoSchedule"}],
            "podAnnotations": {"example.org/team": "chat"},
            "storage": {"className": "ssd", "size": "10Gi"},
        },
        {"Ingress", "HorizontalPodAutoscaler", "ServiceMonitor"},
    ),
    "nothing comes in": ({"networkPolicy": {"fromMonitoring": []}, "replicas": 32}, set()),
    "no policy": ({"networkPolicy": {"enabled": False}}, {"-NetworkPolicy"}),
}
# What has to be refused, each with a word of why.
REFUSED = {
    "replicas": {"replicas": 33},
    "existingSecret": {"existingSecret": ""},
    "digest": {"image": {"digest": "sha256:abc"}},
    "tag": {"image": {"tag": "latest"}},
    "BOT_TOKEN": {"settings": {"BOT_TOKEN": "made up"}},
    "BOT_TOKENS": {"settings": {"BOT_TOKENS": "two=made up"}},
    "host": {"ingress": {"enabled": True}},
    "replica": {"replica": 2},
    "minReplicas": {"autoscaling": {"enabled": True, "minReplicas": 9}},
    "cpu": {"autoscaling": {"enabled": True, "cpu": -1}},
}
USUAL = {"StatefulSet", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy"}
NAMESPACED = re.compile(r"^([^./]*)(?:\.[^/]*)?/")


def fail(what: str) -> None:
    sys.exit(f"check-chart: {what}")


def helm(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(KUBE / "helm"), *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          timeout=120)


def with_values(values: dict, *arguments: object) -> subprocess.CompletedProcess[str]:
    # JSON is YAML.
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        return helm(*arguments, CHART, "--values", file.name)


class Schemas:
    """Kubernetes' schemas of one version; what they do not know is refused."""

    def __init__(self, version: str) -> None:
        import jsonschema

        self.folder = KUBE / "schemas" / version
        self.version = version
        self.definitions = json.loads((self.folder / "_definitions.json").read_text())
        self.jsonschema = jsonschema

    def take(self, thing: dict) -> None:
        api = NAMESPACED.sub(r"\1-", thing["apiVersion"])
        path = self.folder / f"{thing['kind'].lower()}-{api}.json"
        if not path.exists():
            fail(f"Kubernetes {self.version} has no {thing['kind']} of {thing['apiVersion']}")
        schema = json.loads(path.read_text())
        store = {"_definitions.json": self.definitions}
        resolver = self.jsonschema.RefResolver("", schema, store=store)
        wrong = next(self.jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(thing), None)
        if wrong:
            where = ".".join(map(str, wrong.absolute_path))
            fail(f"Kubernetes {self.version}, {thing['kind']}, {where}: {wrong.message}")


def locked(pod: dict) -> None:
    """What a pod may not be."""
    if pod.get("automountServiceAccountToken") is not False:
        fail("the pod has a token of Kubernetes")
    whole = pod["securityContext"]
    if not whole.get("runAsNonRoot") or whole.get("seccompProfile") != {"type": "RuntimeDefault"}:
        fail(f"the pod may be root, or call everything: {whole}")
    for container in pod["initContainers"] + pod["containers"]:
        own, name = container["securityContext"], container["name"]
        if own != {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}:
            fail(f"{name} is not locked up: {own}")
        if "memory" not in container["resources"].get("limits", {}):
            fail(f"{name} has no limit of memory")
        for variable in container["env"]:
            if "valueFrom" in variable:
                fail(f"{name} has a secret in its environment: {variable['name']}")
    for probe, path in (("startupProbe", "live"), ("livenessProbe", "live"), ("readinessProbe", "ready")):
        if pod["containers"][0][probe]["httpGet"]["path"] != f"/health/{path}":
            fail(f"{probe} asks something else than /health/{path}")


def agrees(things: list[dict], settings: set[str], given: dict) -> None:
    """What each part says of the others, and of the bot."""
    by_kind: dict[str, list[dict]] = {}
    for thing in things:
        by_kind.setdefault(thing["kind"], []).append(thing)
    node = by_kind["StatefulSet"][0]["spec"]
    pod = node["template"]["spec"]
    labels = node["template"]["metadata"]["labels"]
    locked(pod)
    selectors = [node["selector"]["matchLabels"], by_kind["PodDisruptionBudget"][0]["spec"]["selector"]["matchLabels"]]
    selectors += [service["spec"]["selector"] for service in by_kind["Service"]]
    selectors += [policy["spec"]["podSelector"]["matchLabels"] for policy in by_kind.get("NetworkPolicy", [])]
    for selector in selectors:
        if not selector.items() <= labels.items():
            fail(f"{selector} does not find the pods")
    if node["serviceName"] not in [service["metadata"]["name"] for service in by_kind["Service"]]:
        fail("the nodes' service is not there")
    ports = {port["name"] for port in pod["containers"][0]["ports"]}
    for service in by_kind["Service"]:
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                fail(f"no container has the port {port['targetPort']}")
    names = [variable["name"] for variable in pod["containers"][0]["env"]]
    if len(names) != len(set(names)):
        fail(f"a setting is there twice: {sorted(names)}")
    # What is secret comes as a file: `settings` refuses each of them.
    refused = json.loads((CHART / "values.schema.json").read_text())["properties"]["settings"]["propertyNames"]
    refused = {name for one in refused["not"]["anyOf"] for name in one.get("enum", [])}
    secret = set(re.findall(r"^\| `([A-Z_]+)` \|.*\(secret\) \|$", (ROOT / "docs/configuration.md").read_text(), re.M))
    if not secret or secret - refused:
        fail(f"settings take what is secret: {sorted(secret - refused)}")
    for variable in pod["containers"][0]["env"]:
        name = variable["name"].removesuffix("_FILE")
        if name not in settings:
            fail(f"the bot has no setting {name}")
    files = {item["path"] for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", [])}
    for variable in pod["containers"][0]["env"]:
        if variable["name"].endswith("_FILE") and variable["value"].rpartition("/")[2] not in files:
            fail(f"{variable['name']} names a file that is not mounted")
    values = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
    for name, value in given.items():
        # `on` in YAML.
        value = "on" if value is True else str(value)
        if values.get(name) != value:
            fail(f"{name} is {values.get(name)} and not {value}")
    if pod["terminationGracePeriodSeconds"] < int(values["DRAIN_TIMEOUT"].rstrip("s")) + 6:
        fail("a node is ended before it has ended by itself")
    for scaler in by_kind.get("HorizontalPodAutoscaler", []):
        if scaler["spec"]["scaleTargetRef"]["name"] != by_kind["StatefulSet"][0]["metadata"]["name"]:
            fail("what is scaled is not there")
        if "replicas" in node:
            fail("an upgrade would undo what was scaled")
    for monitor in by_kind.get("ServiceMonitor", []):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        if not any(wanted.items() <= service["metadata"]["labels"].items() for service in by_kind["Service"]):
            fail("what is monitored is not there")


def main() -> None:
    if not (KUBE / "helm").exists():
        print("check-chart: left out, as they are not here: helm and Kubernetes' schemas")
        return
    reads = [path for path in CHART.rglob("*") if path.is_file()]
    reads += [pathlib.Path(__file__), ROOT / "docs/configuration.md"]
    known = hashlib.sha256(b"".join(p.name.encode() + b"\0" + p.read_bytes() for p in sorted(reads))).hexdigest()
    well = KUBE / f"well-{known[:24]}"
    if well.exists():
        print("check-chart: as it was when it was found well")
        return

    sys.path.insert(0, str(KUBE / "python"))
    from ruamel.yaml import YAML

    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/configuration.md").read_text(), re.M))
    linted = helm("lint", "--strict", CHART)
    if linted.returncode != 0:
        fail(f"helm lint: {linted.stdout}{linted.stderr}")
    for version, (name, (values, kinds)) in itertools.product(VERSIONS, TAKEN.items()):
        done = with_values(values, "template", "bot", "--namespace", "bots", "--kube-version", f"{version}.0")
        if done.returncode != 0:
            fail(f"{name}: {done.stderr}")
        things = [thing for thing in YAML(typ="safe", pure=True).load_all(done.stdout) if thing]
        wanted = (USUAL | {kind for kind in kinds if kind[0] != "-"}) - {kind[1:] for kind in kinds}
        if {thing["kind"] for thing in things} != wanted:
            fail(f"{name}: {sorted(thing['kind'] for thing in things)}")
        schemas = Schemas(version)
        for thing in things:
            # Not of Kubernetes itself: the Prometheus operator's.
            if thing["kind"] != "ServiceMonitor":
                schemas.take(thing)
        agrees(things, settings, values.get("settings", {}))
    for word, values in REFUSED.items():
        done = with_values(values, "template", "bot")
        if done.returncode == 0 or word.lower() not in done.stderr.lower():
            fail(f"{values} should be refused: {done.stderr}")
    # A judge that takes everything judges nothing.
    try:
        Schemas(VERSIONS[-1]).take({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"nmae": "bot"}})
    except SystemExit:
        pass
    else:
        fail("the schemas take what nobody knows")
    well.touch()
    print("check-chart: done")


main()
