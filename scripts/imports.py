#!/usr/bin/env python3
"""Fails where files of a crate import each other in a circle of more than so many.

    imports.py FOLDER MOST     the folder with lib.rs; tests are left out

A file imports another where a `use` names something in it. Who re-exports imports what it re-exports.
"""
import pathlib
import re
import sys

MACROS = {"tell", "service", "mortal"}  # exported at the root, but of no file there


def module(path, root):
    parts = path.relative_to(root).with_suffix("").parts
    return parts[:-1] if parts[-1] == "mod" else parts


def paths(tree):
    """The paths of a use tree: `a::{b, c::d}` is a::b and a::c::d."""
    tree = tree.strip()
    match = re.fullmatch(r"((?:\w+::)*)\{(.*)\}", tree, re.S)
    if not match:
        return [tree]
    items, depth = [""], 0
    for char in match[2]:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            items.append("")
        else:
            items[-1] += char
    return [path for item in items if item.strip() for path in paths(match[1] + item.strip())]


def resolve(parts, modules):
    while parts and tuple(parts) not in modules:
        parts = parts[:-1]
    return tuple(parts)


def imports(name, path, modules):
    text = re.sub(r"//.*", "", path.read_text())
    text = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", text)[0]
    own = () if name == ("lib",) else name
    for tree in re.findall(r"\buse\s+([^;]+);", text):
        for used in paths(tree):
            parts = re.sub(r" as .*", "", used.strip()).split("::")
            if parts[0] == "crate":
                if parts[1] in MACROS:
                    continue
                base = parts[1:]
            elif parts[0] in ("super", "self"):
                base = list(own)
                while parts and parts[0] in ("super", "self"):
                    base = base[:-1] if parts[0] == "super" else base
                    parts = parts[1:]
                base += parts
            elif own + (parts[0],) in modules:
                base = list(own) + parts
            else:
                continue
            found = resolve(base, modules)
            if found and found != name:
                yield found


def circles(graph):
    """Groups of files of which each reaches each (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            found.append(group)

    for node in graph:
        if node not in index:
            visit(node)
    return found


def main():
    root, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    files = {module(path, root): path for path in sorted(root.rglob("*.rs"))}
    test = re.compile(r"tests|testing|\w+_tests")
    modules = {name: path for name, path in files.items() if not any(test.fullmatch(part) for part in name)}
    graph = {name: set(imports(name, path, modules)) for name, path in modules.items()}
    bad = [group for group in circles(graph) if len(group) > most]
    for group in bad:
        print(f"{root}: {len(group)} files import each other:")
        for name in sorted(group):
            print("   ", "::".join(name), "->", ", ".join("::".join(o) for o in sorted(graph[name] & set(group))))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    main()
