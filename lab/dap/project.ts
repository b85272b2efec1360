import type { Hyperslab, Selection } from "./constraint";
import { DAP_ERROR, DapError } from "./dap-error";
import { type Atom, cellSize, count, type Dimension, type Group, type Value, type Variable } from "./variable";

/**
 * What a constraint leaves of these variables, in the dataset's order whatever the constraint's: libnetcdf reads no other.
 * @throws DapError where it names what is not there
 */
export function project(variables: readonly Variable[], chosen: ReadonlyMap<string, Selection>): Variable[] {
  if (chosen.size === 0) return [...variables];
  const unknown = [...chosen.keys()].find((name) => !variables.some((one) => isNamed(one, name)));
  if (unknown !== undefined) throw new DapError(404, DAP_ERROR.noSuchVariable, `there is no variable ${unknown}`);
  return variables.flatMap((variable) => {
    const [, selection] = [...chosen].find(([name]) => isNamed(variable, name)) ?? [];
    return selection === undefined ? [] : [select(variable, selection)];
  });
}

/** A DDS may hold a name with %-escapes, which a constraint's own have undone. */
function isNamed({ declaration }: Variable, name: string): boolean {
  return declaration.name === name || declaration.name.replace(/%([0-9a-f]{2})/gi, unescaped) === name;
}

function unescaped(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function select({ declaration, value }: Variable, selection: Selection): Variable {
  if (declaration.kind === "atom") {
    const [inner] = selection.members.keys();
    if (inner !== undefined) throw new DapError(404, DAP_ERROR.noSuchVariable, `${declaration.name} has no ${inner}`);
    return sliceAtom(declaration, value, selection.slabs);
  }
  if (value.is !== "instances") throw new TypeError(`${declaration.name} has no instances`);
  const { kind } = declaration;
  if (kind === "grid") return selectOfGrid(declaration, value.instances, selection);
  if (kind === "sequence" && selection.slabs.length > 0) throw wrong(`${declaration.name} is a sequence, no array`);
  const { dimensions, indexes } = slicePlan(declaration, selection.slabs);
  const rows = kind === "sequence" ? value.instances : indexes.map((at) => value.instances[at] ?? []);
  return selectMembers({ ...declaration, dimensions }, rows, selection);
}

/** A grid's members asked for by name come as a structure: they are no grid any more (ESE-RFC-004.1.2 §5.4). */
function selectOfGrid(grid: Group, instances: readonly (readonly Value[])[], selection: Selection): Variable {
  const { slabs, whole } = selection;
  if (!whole) {
    if (slabs.length > 0) throw wrong(`${grid.name}: the hyperslab belongs to its array or its maps`);
    return selectMembers({ ...grid, kind: "structure" }, instances, selection);
  }
  const [array] = grid.members;
  if (slabs.length > 0 && array?.dimensions.length !== slabs.length)
    throw wrong(`${grid.name} has ${array?.dimensions.length} dimensions, not ${slabs.length}`);
  const sliced = grid.members.map((member, at) => {
    const value = instances[0]?.[at];
    if (value === undefined) throw new TypeError(`${grid.name} has no values of ${member.name}`);
    return select(
      { declaration: member, value },
      { slabs: at === 0 ? slabs : slabs.slice(at - 1, at), whole, members: new Map() },
    );
  });
  return {
    declaration: { ...grid, members: sliced.map(({ declaration }) => declaration) },
    value: { is: "instances", instances: [sliced.map(({ value }) => value)] },
  };
}

function selectMembers(
  group: Group,
  instances: readonly (readonly Value[])[],
  { whole, members }: Selection,
): Variable {
  if (whole) return { declaration: group, value: { is: "instances", instances } };
  const columns = instances.map((instance) =>
    project(
      group.members.flatMap((declaration, at) => {
        const value = instance[at];
        return value === undefined ? [] : [{ declaration, value }];
      }),
      members,
    ),
  );
  const [first] = columns;
  // An empty sequence still declares what it would hold.
  const declarations = first
    ? first.map(({ declaration }) => declaration)
    : group.members.filter(({ name }) => members.has(name));
  return {
    declaration: { ...group, members: declarations },
    value: { is: "instances", instances: columns.map((row) => row.map(({ value }) => value)) },
  };
}

function sliceAtom(atom: Atom, value: Value, slabs: readonly Hyperslab[]): Variable {
  if (slabs.length === 0) return { declaration: atom, value };
  const { dimensions, indexes } = slicePlan(atom, slabs);
  const declaration = { ...atom, dimensions };
  if (value.is === "texts")
    return { declaration, value: { is: "texts", texts: indexes.map((at) => value.texts[at] ?? Buffer.alloc(0)) } };
  if (value.is !== "numbers") throw new TypeError(`${atom.name} has no numbers`);
  const size = cellSize(atom);
  const cells = indexes.map((at) => value.bytes.subarray(at * size, (at + 1) * size));
  return { declaration, value: { is: "numbers", bytes: Buffer.concat(cells) } };
}

/** The dimensions that are left, and which elements of the whole array they hold. */
function slicePlan(
  { name, dimensions }: { readonly name: string; readonly dimensions: readonly Dimension[] },
  slabs: readonly Hyperslab[],
): { readonly dimensions: readonly Dimension[]; readonly indexes: readonly number[] } {
  if (slabs.length === 0) return { dimensions, indexes: Array.from({ length: count(dimensions) }, (_, at) => at) };
  if (slabs.length !== dimensions.length)
    throw wrong(`${name} has ${dimensions.length} dimensions, not ${slabs.length}`);
  let indexes = [0];
  const left = dimensions.map((dimension, at) => {
    const { start, stride, stop } = slabs[at] ?? { start: 0, stride: 1, stop: dimension.size - 1 };
    if (stop >= dimension.size) throw wrong(`${name}: index ${stop} is beyond dimension ${at}, of ${dimension.size}`);
    const steps = Array.from({ length: Math.floor((stop - start) / stride) + 1 }, (_, step) => start + step * stride);
    indexes = indexes.flatMap((outer) => steps.map((step) => outer * dimension.size + step));
    return { ...dimension, size: steps.length };
  });
  return { dimensions: left, indexes };
}

function wrong(message: string): DapError {
  return new DapError(400, DAP_ERROR.badConstraint, message);
}
