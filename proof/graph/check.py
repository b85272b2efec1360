"""Usage: check.py JOBS.json → one JSON object: {name: {step: {"checked": count, "found": [sentence], "seconds": s}}}.

A job is {"name", "graph": file, "regions": [region], "emulated": boolean}; one process reads AWS' large models once for all of them.
Each step is a tool that nobody of this project wrote, or a limit that AWS states; docs/proof.md lists them.
"""

import functools
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


def check(job):
    graph = load(job["graph"])
    models = functools.cache(lambda: api.models(graph))
    report = {
        "resources": {"checked": len(graph), "found": [], "seconds": 0},
        "names": timed(lambda: names.step(graph)),
        "models": timed(models),
        "limits": timed(lambda: limits.step(models()[3])),
        "policies": timed(lambda: iam.step(graph)),
        "schemas": timed(lambda: lint.step(graph, job["regions"])),
    }
    if job["emulated"]:
        report["emulator"] = timed(lambda: api.emulator(graph))
    return report


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    print(json.dumps({job["name"]: check(job) for job in jobs}))


if __name__ == "__main__":
    main()
