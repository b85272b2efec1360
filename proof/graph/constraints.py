"""What AWS' own API models say beyond types: minima, maxima, patterns and enums, which botocore leaves to the service."""

import collections

import botocore.validate
import regex

NUMBERS = ("integer", "long", "float", "double")


class Constraints:
    def __init__(self):
        self.checked = collections.Counter()
        self.broken = []

    def check(self, shape, params, where):
        """Types, required and unknown members by botocore itself, then the rest."""
        self.checked["calls"] += 1
        report = botocore.validate.ParamValidator().validate(params, shape)
        if report.has_errors():
            self.broken.append(f"{where}: {report.generate_report()}")
        else:
            self.walk(shape, params, where)

    def walk(self, shape, value, path):
        self.bounds(shape, value, path)
        if shape.type_name == "structure":
            for key, inner in value.items():
                if key in shape.members:
                    self.walk(shape.members[key], inner, f"{path}.{key}")
        elif shape.type_name == "list":
            for inner in value:
                self.walk(shape.member, inner, f"{path}[]")
        elif shape.type_name == "map":
            for key, inner in value.items():
                self.walk(shape.key, key, path)
                self.walk(shape.value, inner, f"{path}.{key}")

    def bounds(self, shape, value, path):
        limits = shape.metadata
        size = value if shape.type_name in NUMBERS else len(value) if hasattr(value, "__len__") else None
        if size is not None and "min" in limits:
            self.note("min", size < limits["min"], path, value, limits["min"])
        if size is not None and "max" in limits:
            self.note("max", size > limits["max"], path, value, limits["max"])
        if limits.get("enum"):
            self.note("enum", value not in limits["enum"], path, value, limits["enum"])
        if "pattern" in limits and isinstance(value, str):
            # The services match whole values; pairs of surrogates are Java's way to write what lies beyond the first plane.
            pattern = limits["pattern"].replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF")
            self.note("pattern", not regex.fullmatch(pattern, value), path, value, limits["pattern"])

    def note(self, what, wrong, path, value, limit):
        self.checked[what] += 1
        if wrong:
            self.broken.append(f"{path} = {str(value)[:100]!r} breaks {what} {str(limit)[:160]}")
