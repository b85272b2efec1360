/** DynamoDB's wire form of a value: `{"S": "text"}`. Only the kinds that records hold; no sets, no binary. */
export type AttributeValue = Readonly<Record<string, unknown>>;

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A plain object as attributes; members that are undefined are left out. */
export function toAttributes(item: object): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined) attributes[name] = toAttribute(value);
  }
  return attributes;
}

export function fromAttributes(attributes: Attributes): Record<string, unknown> {
  const item: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) item[name] = fromAttribute(value);
  return item;
}

function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`DynamoDB holds no number ${value}.`);
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    case "object":
      if (value === null) return { NULL: true };
      return Array.isArray(value)
        ? { L: value.filter((entry) => entry !== undefined).map(toAttribute) }
        : { M: toAttributes(value) };
    default:
      throw new TypeError(`DynamoDB holds no ${typeof value}.`);
  }
}

function fromAttribute(attribute: AttributeValue): unknown {
  const [[kind, value] = []] = Object.entries(attribute);
  switch (kind) {
    case "S":
    case "BOOL":
      return value;
    case "N":
      return Number(value);
    case "NULL":
      return null;
    case "L":
      return (value as AttributeValue[]).map(fromAttribute);
    case "M":
      return fromAttributes(value as Attributes);
    default:
      throw new TypeError(`An attribute of kind ${kind} is not one of ours.`);
  }
}
