"""Every argument of the graph against the declarations of @pulumi/aws: unknown ones, deprecated ones."""

import functools
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "node_modules" / "@pulumi" / "aws"
PROPERTY = re.compile(r"((?:/\*\*(?:(?!\*/).)*\*/\s*)?)^\s*(\w+)\??:\s*([^;]+);", re.S | re.M)


@functools.cache
def text_of(file):
    return (PACKAGE / file).read_text(encoding="utf-8")


def block(text, start):
    """What stands between the braces that follow."""
    depth, opened = 0, text.index("{", start)
    for at in range(opened, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[opened + 1 : at]
    raise ValueError("a brace is not closed")


def properties(text):
    return {name: (comment, kind) for comment, name, kind in PROPERTY.findall(text)}


@functools.cache
def namespaces():
    text = text_of("types/input.d.ts")
    return {m[1]: block(text, m.start()) for m in re.finditer(r"export declare namespace (\w+)", text)}


@functools.cache
def nested(space, name):
    text = namespaces()[space]
    return properties(block(text, re.search(rf"interface {name}\b", text).start()))


@functools.cache
def arguments(module, kind):
    text = text_of(f"{module}.d.ts")
    return properties(block(text, text.index(f"export interface {kind}Args")))


class Names:
    def __init__(self):
        self.seen, self.found = 0, []

    def check(self, value, known, path):
        for key, inner in value.items():
            self.seen += 1
            if key not in known:
                self.found.append(f"{path}.{key} is unknown to @pulumi/aws")
                continue
            comment, kind = known[key]
            if "@deprecated" in comment:
                reason = re.sub(r"[\s*/]+", " ", comment.split("@deprecated")[1]).strip()[:160]
                self.found.append(f"{path}.{key} is deprecated: {reason}")
            shape = re.search(r"\binputs\.(\w+)\.(\w+)", kind)
            for item in (inner if isinstance(inner, list) else [inner]) if shape else []:
                if isinstance(item, dict):
                    self.check(item, nested(shape[1], shape[2]), f"{path}.{key}")


def step(graph):
    names = Names()
    for r in graph:
        module, kind = r.type.split(":")
        names.check(r.inputs, arguments(module, kind), r.name)
    return names.seen, names.found
