#!/usr/bin/env python3
"""Makes what is released of one binary: an archive with all that it needs, checksums, an SBOM, licences.

  release.py --binary FILE --out FOLDER [--target TRIPLE]
      nameless-VERSION-TRIPLE.tar.gz   the binary, stripped; config/, deploy/, docs/, schema.sql; the two below
      nameless-VERSION.cdx.json        CycloneDX 1.5: each crate that is linked, its hash, licence and dependencies
      THIRD-PARTY.txt                  the licences of those crates, in their own words
      SHA256SUMS                       of the three

FOLDER holds nothing of another release: who takes all of it has the checksums of all of it.
The same binary and commit give the same bytes: times are those of the commit, names are sorted.
Exit code: 0 made; 1 something is missing, and the last line says what.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What an operator needs beside the binary. The models of FaceGuard are fetched (scripts/models.sh): they have licences of their own.
WITH = ["README.md", "README.ru.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "schema.sql",
        ".env.example", "config", "deploy", "docs", "scripts/models.sh", "scripts/postgres.sh", "scripts/release.sh",
        "scripts/rollback.sh", "scripts/operate.sh"]
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
# e_machine of an ELF file: what a program runs on.
MACHINES = {0x3E: "x86_64", 0xB7: "aarch64"}
LICENCE = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)([-_. ].*)?$", re.I)


def fail(words):
    sys.exit(f"release: {words}")


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        fail(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")
    return done.stdout


def machine(binary):
    """What the binary runs on: an archive that names another machine is believed until somebody starts it."""
    with binary.open("rb") as file:
        head = file.read(20)
    if head[:4] != b"\x7fELF" or head[5:6] != b"\x01":
        fail(f"{binary} is no program for Linux")
    number = int.from_bytes(head[18:20], "little")
    return MACHINES.get(number) or fail(f"{binary} is for a machine that is not released for ({number:#x})")


def tree(target):
    """What goes into the binary, by name and version. `cargo metadata` knows the features of the whole workspace only, those
    that tests switch on among them."""
    said = run("cargo", "tree", "--locked", "-p", "nameless", "--edges", "normal", "--prefix", "none",
               "--format", "{p}", "--target", target)
    words = (line.split() for line in said.splitlines())
    return {(name, version.removeprefix("v")) for name, version, *_ in words}


def linked(metadata):
    """Ids of what goes into the binary, and who needs whom."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    names = {package["id"]: (package["name"], package["version"]) for package in metadata["packages"]}
    root = next(id for id in metadata["workspace_members"] if names[id][0] == "nameless")
    needs, todo = {}, [root]
    while todo:
        at = todo.pop()
        if at in needs:
            continue
        # A null kind is a normal dependency; the others are of tests and of build scripts.
        normal = (dep["pkg"] for dep in nodes[at]["deps"] if any(k["kind"] is None for k in dep["dep_kinds"]))
        needs[at] = sorted(id for id in normal if names[id] in metadata["linked"])
        todo.extend(needs[at])
    return root, needs


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, hashes, kind="library"):
    made = {"type": kind, "bom-ref": purl(package), "name": package["name"], "version": package["version"]}
    if package["source"]:
        made["purl"] = purl(package)
    if digest := hashes.get((package["name"], package["version"])):
        made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package["license"]:
        # An old form of "or", which SPDX does not know.
        made["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if package["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def sbom(metadata, commit, when):
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    hashes = {(p["name"], p["version"]): p["checksum"] for p in lock["package"] if "checksum" in p}
    packages = {package["id"]: package for package in metadata["packages"]}
    root, needs = linked(metadata)
    others = sorted((id for id in needs if id != root), key=lambda id: purl(packages[id]))
    program = component(packages[root], hashes, "application")
    program["properties"] = [{"name": "commit", "value": commit}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, purl(packages[root]) + commit)}",
        "version": 1,
        "metadata": {"timestamp": when, "component": program},
        "components": [component(packages[id], hashes) for id in others],
        "dependencies": [
            {"ref": purl(packages[id]), "dependsOn": sorted({purl(packages[dep]) for dep in needs[id]})}
            for id in [root, *others]
        ],
    }


def licences(metadata):
    """The words of each licence once, with whom it is of. A crate without a file is named with what it declares."""
    packages = {package["id"]: package for package in metadata["packages"]}
    _, needs = linked(metadata)
    texts, without = {}, []
    for id in sorted(needs, key=lambda id: purl(packages[id])):
        package = packages[id]
        if not package["source"]:
            continue
        name = f"{package['name']} {package['version']}"
        folder = Path(package["manifest_path"]).parent
        files = sorted(path for path in folder.iterdir() if path.is_file() and LICENCE.match(path.name))
        if package["license_file"]:
            files.append(folder / package["license_file"])
        for words in {path.read_text(errors="replace").strip() for path in files if path.is_file()}:
            texts.setdefault(words, []).append(name)
        if not files:
            without.append(f"{name}: {package['license']}")
    parts = ["What is linked into the binary, and under which licences.\n"]
    parts.append("Without a file of their own, as they declare:\n" + "\n".join(without) + "\n")
    for words, names in sorted(texts.items(), key=lambda item: (item[1], item[0])):
        parts.append("=" * 78 + "\n" + ", ".join(names) + "\n" + "-" * 78 + "\n" + words + "\n")
    return "\n".join(parts)


def stripped(binary, folder):
    copy = folder / "nameless"
    shutil.copyfile(binary, copy)
    copy.chmod(0o755)
    strip = shutil.which("strip") or fail("strip is missing (apt install binutils)")
    run(strip, "--strip-all", str(copy))
    return copy


def archive(out, top, files, seconds):
    """A tar with the same bytes each time."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sorted(files.items()):
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size, info.mtime = path.stat().st_size, seconds
            info.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as content:
                tar.addfile(info, content)
    with out.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=seconds) as packed:
        packed.write(raw.getvalue())


def alone(out, version, target):
    """Refuses a folder with what another release left, of which SHA256SUMS and the SBOM would say nothing."""
    own = {f"nameless-{version}-{target}.tar.gz", f"nameless-{version}.cdx.json"}
    found = sorted({path.name for end in ("tar.gz", "cdx.json") for path in out.glob(f"nameless-*.{end}")} - own)
    if found:
        fail(f"{out} holds what another release left: {', '.join(found)}; remove it or give another --out")


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--binary", type=Path, required=True)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--target", help="as rustc calls it; left out, it is that of the binary")
    given = ask.parse_args()
    if not given.binary.is_file():
        fail(f"there is no {given.binary}: cargo build --release makes it")
    built_for = machine(given.binary)
    given.target = given.target or f"{built_for}-unknown-linux-gnu"
    if not given.target.startswith(f"{built_for}-"):
        fail(f"{given.binary} is for {built_for}, and not for {given.target}")
    commit = run("git", "rev-parse", "HEAD").strip()
    seconds = int(run("git", "log", "-1", "--format=%ct"))
    when = run("git", "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ").strip()
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", given.target))
    metadata["linked"] = tree(given.target)
    version = next(p["version"] for p in metadata["packages"] if p["name"] == "nameless" and not p["source"])
    alone(given.out, version, given.target)
    given.out.mkdir(parents=True, exist_ok=True)
    bom = given.out / f"nameless-{version}.cdx.json"
    bom.write_text(json.dumps(sbom(metadata, commit, when), indent=1, sort_keys=True) + "\n")
    third = given.out / "THIRD-PARTY.txt"
    third.write_text(licences(metadata))
    # What git knows, and nothing that lies about beside it.
    tracked = run("git", "ls-files", "-z", "--", *WITH).split("\0")
    with tempfile.TemporaryDirectory() as folder:
        files = {name: ROOT / name for name in tracked if name}
        files |= {"nameless": stripped(given.binary, Path(folder)), bom.name: bom, third.name: third}
        packed = given.out / f"nameless-{version}-{given.target}.tar.gz"
        archive(packed, f"nameless-{version}", files, seconds)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted([bom, third, packed])]
    (given.out / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    print(packed)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    main()
