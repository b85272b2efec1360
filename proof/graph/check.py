"""Usage: check.py GRAPH.json REGION[,REGION…] [emulator] → one JSON object: {step: {"checked": count, "found": [sentence], "seconds": s}}.

Each step is a tool that nobody of this project wrote, or a limit that AWS states; docs/proof.md lists them.
"""

import json
import sys
import time

import api
import iam
import limits
import lint
import names
from graph import load
from translate import Untranslated


def timed(step):
    start = time.monotonic()
    try:
        checked, found, *_ = step()
    except Untranslated as error:
        checked, found = 0, [f"not translated: {error}"]
    return {"checked": checked, "found": found, "seconds": round(time.monotonic() - start, 1)}


def main():
    graph = load(sys.argv[1])
    regions = sys.argv[2].split(",")
    report = {
        "resources": {"checked": len(graph), "found": [], "seconds": 0},
        "names": timed(lambda: names.step(graph)),
        "models": timed(lambda: api.models(graph)),
        "limits": timed(lambda: limits.step(api.models(graph)[3])),
        "policies": timed(lambda: iam.step(graph)),
        "schemas": timed(lambda: lint.step(graph, regions)),
    }
    if "emulator" in sys.argv[3:]:
        report["emulator"] = timed(lambda: api.emulator(graph))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
