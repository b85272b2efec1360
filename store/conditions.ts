/** A named sub-condition of a conditional write, joined with others into one DynamoDB expression. */
export interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** There is no such item. */
export const absent: Condition = { expression: "attribute_not_exists(#pk)", names: { "#pk": "pk" }, values: {} };

/** The item's time is over; TTL just has not deleted it yet. */
export function expired(now: number): Condition {
  return { expression: "#ttl <= :ttl", names: { "#ttl": "ttl" }, values: { ":ttl": Math.floor(now / 1000) } };
}

/** The attribute (`a` or `a.b`) has this value. */
export function equal(path: string, value: string | number): Condition {
  return compare(path, "=", value);
}

/** The attribute is below this value. */
export function below(path: string, value: number): Condition {
  return compare(path, "<", value);
}

export function allOf(...conditions: readonly Condition[]): Condition {
  return join(conditions, " AND ");
}

export function anyOf(...conditions: readonly Condition[]): Condition {
  return join(conditions, " OR ");
}

function compare(path: string, operator: string, value: string | number): Condition {
  const parts = path.split(".");
  const placeholder = `:${parts.join("_")}`;
  return {
    expression: `${parts.map((part) => `#${part}`).join(".")} ${operator} ${placeholder}`,
    names: Object.fromEntries(parts.map((part) => [`#${part}`, part])),
    values: { [placeholder]: value },
  };
}

function join(conditions: readonly Condition[], operator: string): Condition {
  return {
    expression: conditions.map((condition) => `(${condition.expression})`).join(operator),
    names: Object.assign({}, ...conditions.map((condition) => condition.names)),
    values: Object.assign({}, ...conditions.map((condition) => condition.values)),
  };
}
