"""The dashboard's body against CloudWatch's "Dashboard body structure and syntax", and against the alarms and logs that there are."""

import json
import re

FIELDS = {
    "text": {"markdown", "background"},
    "alarm": {"alarms", "title", "sortBy", "states"},
    "log": {"query", "region", "title", "view", "stacked", "queryLanguage"},
    "metric": {
        "accountId", "annotations", "legend", "liveData", "metrics", "period", "region", "stat", "timezone", "title", "view", "stacked",
        "sparkline", "yAxis", "table", "singleValueFullPrecision", "setPeriodToTimeRange", "trend", "labels",
    },
}  # fmt: skip
RENDERED = {"color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis", "accountId"}


def dashboard(c):
    alarms = {p["AlarmName"]: p for _, p in c.each("PutMetricAlarm")}
    every = set(alarms) | {p["AlarmName"] for _, p in c.each("PutCompositeAlarm")}
    groups = {p["logGroupName"] for _, p in c.each("CreateLogGroup")}
    for r, p in c.each("PutDashboard"):
        body = json.loads(p["DashboardBody"])
        c.need(set(body) <= {"start", "end", "periodOverride", "widgets", "variables"} and len(body["widgets"]) <= 500, r, "top level")
        cells = {}
        for at, widget in enumerate(body["widgets"]):
            where = f"{r} widget {at} ({widget['type']})"
            place(c, where, widget, cells, at)
            q = widget["properties"]
            c.need(widget["type"] in FIELDS and set(q) <= FIELDS[widget["type"]], where, f"properties {sorted(q)}")
            if widget["type"] == "alarm":
                names = {a.split(":alarm:")[1] for a in q["alarms"]}
                c.need(names <= every and len(names) <= 100, where, f"alarms that are not there: {sorted(names - every)}")
            elif widget["type"] == "log":
                asked = set(re.findall(r"SOURCE '([^']+)'", q["query"]))
                c.need(asked and asked <= groups, where, f"log groups that are not there: {sorted(asked - groups)}")
            elif widget["type"] == "metric":
                metric(c, where, q, alarms)


def place(c, where, widget, cells, at):
    x, y, width, height = (widget[key] for key in ("x", "y", "width", "height"))
    c.need(0 <= x and x + width <= 24 and 1 <= width and 1 <= height <= 1000, where, f"does not fit the grid: {x}+{width}")
    taken = {cells.setdefault((column, row), at) for column in range(x, x + width) for row in range(y, y + height)}
    c.need(taken == {at}, where, f"lies over widget {sorted(taken - {at})}")


def metric(c, where, q, alarms):
    c.need(q.get("view") in ("timeSeries", "singleValue", "gauge", "bar", "pie", "table") and q.get("period", 60) % 60 == 0, where, "view or period")
    c.need("region" in q, where, "no region")
    for line in q["metrics"]:
        words = [part for part in line if isinstance(part, str)]
        options = [part for part in line if not isinstance(part, str)]
        c.need(len(words) % 2 == 0 and len(options) <= 1 and all(set(o) <= RENDERED for o in options), where, f"metric {line}")
    thresholds = {}
    for name, alarm in alarms.items():
        thresholds.setdefault(alarm.get("Threshold"), []).append(name)
    for line in q.get("annotations", {}).get("horizontal", []):
        of = thresholds.get(line["value"], [])
        c.need(any(name.endswith(line.get("label", "")) for name in of), where, f"line {line} is no alarm's threshold")
