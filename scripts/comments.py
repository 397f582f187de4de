#!/usr/bin/env python3
"""Comments of Rust files have at most 100 columns. Names the lines that do not; --fix wraps them.

    scripts/comments.py [--fix] [FILE...]

Without files: all that git knows. Paragraphs are wrapped whole; tables, code, lists' marks and links stay as they are.
A comment behind code is only named: it belongs above the line.
"""

import re
import subprocess
import sys

WIDTH = 100
COMMENT = re.compile(r"^(\s*)(//[/!]?)(?!/)(.*)$")
# Begins a paragraph of its own and is wrapped under its text.
ITEM = re.compile(r"^(\s*(?:[-*]|\d+\.)\s+)(.*)$")
# Is never joined with its neighbours.
FIXED = re.compile(r"^\s*(\||#|\[[^\]]+\]:|-{4,}|={4,}|$)")
# A quote opens behind one of these, or the line is no string.
BEHIND_CODE = re.compile(r"\S.*[;,{})]\s+// ")


def prose(text):
    """Whether a comment's text may be joined with its neighbours; code is set off by four blanks."""
    return not FIXED.match(text) and not text.startswith("     ")


def words(texts):
    """The words of a paragraph; code between backticks is one."""
    word = ""
    for part in " ".join(texts).split():
        word = f"{word} {part}" if word else part
        if word.count("`") % 2 == 0:
            yield word
            word = ""
    # A backtick that opens and never closes.
    yield from word.split()


def wrap(prefix, texts):
    """The texts of one paragraph as lines."""
    item = ITEM.match(texts[0])
    if item:
        indent = len(texts[0]) - len(texts[0].lstrip()) - 1
        first = " " * (1 + indent) + item.group(1).strip() + " "
        texts = [item.group(2)] + texts[1:]
    else:
        first = texts[0][: len(texts[0]) - len(texts[0].lstrip())] or " "
    rest = " " * len(first)
    lines, line, empty = [], prefix + first, True
    for word in words(texts):
        if not empty and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line, empty = prefix + rest, True
        line += word if empty else " " + word
        empty = False
    return lines + [line]


def fixed(lines):
    """The file's lines with long paragraphs wrapped."""
    out, at, fence = [], 0, False
    while at < len(lines):
        match = COMMENT.match(lines[at])
        if not match:
            out.append(lines[at])
            at, fence = at + 1, False
            continue
        prefix = match.group(1) + match.group(2)
        text = match.group(3)
        if text.strip().startswith("```"):
            fence = not fence
        if fence or text.strip().startswith("```") or not prose(text):
            out.append(lines[at])
            at += 1
            continue
        paragraph, texts = [lines[at]], [text]
        at += 1
        while at < len(lines):
            again = COMMENT.match(lines[at])
            if not again or again.group(1) + again.group(2) != prefix:
                break
            text = again.group(3)
            if not prose(text) or ITEM.match(text) or text.strip().startswith("```"):
                break
            paragraph.append(lines[at])
            texts.append(text)
            at += 1
        long = any(len(line) > WIDTH for line in paragraph)
        out += wrap(prefix, texts) if long else paragraph
    return out


def too_long(lines):
    """Numbers of the lines with a comment beyond the width. Examples are code, which has more columns."""
    fence = False
    for number, line in enumerate(lines, 1):
        match = COMMENT.match(line)
        if match and match.group(3).strip().startswith("```"):
            fence = not fence
        if len(line) > WIDTH and not fence:
            # A link or a word that cannot be broken.
            whole = match and len(list(words([match.group(3)]))) <= 1
            if (match and not whole) or (not match and BEHIND_CODE.search(line)):
                yield number


def main():
    fix = "--fix" in sys.argv[1:]
    files = [arg for arg in sys.argv[1:] if arg != "--fix"]
    if not files:
        listed = subprocess.run(["git", "ls-files", "-z", "*.rs"], check=True, capture_output=True, text=True)
        files = [name for name in listed.stdout.split("\0") if name]
    bad = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            lines = file.read().split("\n")
        if fix:
            wrapped = fixed(lines)
            if wrapped != lines:
                with open(name, "w", encoding="utf-8") as file:
                    file.write("\n".join(wrapped))
                lines = wrapped
        for number in too_long(lines):
            bad += 1
            print(f"{name}:{number}: a comment of more than {WIDTH} columns")
    if bad:
        sys.exit(f"{bad} comments are too long: scripts/comments.py --fix wraps those that stand alone")


main()
