/**
 * Whether EventBridge's pattern takes an event: exact values, `anything-but`, `exists`, `wildcard`, `$or` and lists in the event, which is what
 * ours have (AWS, "Comparison operators for use in event patterns"). Anything else in a pattern throws.
 */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) return valuesOf(event).some((value) => pattern.some((rule) => takes(rule, value)));
  return Object.entries(pattern as Record<string, unknown>).every(([name, inner]) => {
    if (name === "$or") return (inner as unknown[]).some((one) => matches(one, event));
    return matches(inner, memberOf(event, name));
  });
}

/** Of a list of objects: that member of each. */
function memberOf(event: unknown, name: string): unknown {
  if (Array.isArray(event)) return event.map((one) => memberOf(one, name));
  return typeof event === "object" && event !== null ? (event as Record<string, unknown>)[name] : undefined;
}

const valuesOf = (event: unknown): unknown[] => (Array.isArray(event) ? event : [event]);

function takes(rule: unknown, value: unknown): boolean {
  if (typeof rule !== "object" || rule === null) return value === rule;
  const [[operator = "", operand] = []] = Object.entries(rule);
  switch (operator) {
    case "anything-but":
      return value !== undefined && value !== null && !(operand as unknown[]).includes(value);
    case "exists":
      return (value !== undefined) === operand;
    case "wildcard": {
      const parts = String(operand)
        .split("*")
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
      return typeof value === "string" && new RegExp(`^${parts.join(".*")}$`).test(value);
    }
    default:
      throw new Error(`the operator ${operator} is not known here`);
  }
}
