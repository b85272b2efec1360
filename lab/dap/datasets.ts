import { quoted } from "./dap-error";
import {
  type Atom,
  type Atomic,
  cellSize,
  type Dataset,
  type Declaration,
  type Dimension,
  isText,
  type Value,
  type Variable,
} from "./variable";

type Attributes = Readonly<Record<string, readonly [Atomic, string | number]>>;

const TIME: Dimension = { name: "time", size: 2 };
const LAT: Dimension = { name: "lat", size: 3 };
const LON: Dimension = { name: "lon", size: 4 };

const axes = [
  atom("time", "Float64", [TIME], [0, 1]),
  atom("lat", "Float32", [LAT], [-10, 0, 10]),
  atom("lon", "Float32", [LON], [100, 110, 120, 130]),
];

const temperatures = [1, 2].flatMap((day) =>
  [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((x) => 10 * day + row + x / 4)),
);

/** Second day, northernmost row of the dataset `sst`: a client that prints these has read it. Exact in 32 bits. */
export const LAST_ROW: readonly number[] = temperatures.slice(-4);

/** Coordinates and a grid: what every client reads. */
const sst: Dataset = {
  name: "sst",
  variables: [...axes, group("grid", "sst", [atom("sst", "Float32", [TIME, LAT, LON], temperatures), ...axes])],
  das: printDas({
    time: {
      units: ["String", "days since 2000-01-01 00:00:00"],
      calendar: ["String", "standard"],
      axis: ["String", "T"],
      standard_name: ["String", "time"],
    },
    lat: { units: ["String", "degrees_north"], axis: ["String", "Y"], standard_name: ["String", "latitude"] },
    lon: { units: ["String", "degrees_east"], axis: ["String", "X"], standard_name: ["String", "longitude"] },
    sst: {
      units: ["String", "degC"],
      long_name: ["String", "Sea Surface Temperature"],
      _FillValue: ["Float32", "-999.0"],
    },
    NC_GLOBAL: { Conventions: ["String", "CF-1.6"], title: ["String", "certfront lab"] },
  }),
};

/** Every atomic type, alone and as an array, and every container. */
const types: Dataset = {
  name: "types",
  variables: [
    atom("b", "Byte", [], [200]),
    atom("i16", "Int16", [], [-2]),
    atom("ui16", "UInt16", [], [65_535]),
    atom("i32", "Int32", [], [-70_000]),
    atom("ui32", "UInt32", [], [4_000_000_000]),
    atom("f32", "Float32", [], [1.5]),
    atom("f64", "Float64", [], [0.1]),
    atom("s", "String", [], ["hello"]),
    atom("u", "Url", [], ["http://localhost/x"]),
    atom("empty", "String", [], [""]),
    atom("ab", "Byte", [{ name: "n5", size: 5 }], [1, 2, 3, 254, 255]),
    atom("ai16", "Int16", [{ name: "n3", size: 3 }], [-1, 2, -32_768]),
    atom("aui32", "UInt32", [{ name: "n2", size: 2 }], [7, 4_294_967_295]),
    atom("af64", "Float64", [{ name: "n2", size: 2 }], [1e300, -0.1]),
    atom("as", "String", [{ name: "n3", size: 3 }], ["a", "bcde", "fghijk"]),
    group("structure", "st", [
      atom("x", "Int32", [], [42]),
      atom("v", "Float32", [{ name: "n2", size: 2 }], [3.5, 4.5]),
    ]),
    group("sequence", "people", [atom("name", "String", [], ["ada"]), atom("age", "Int32", [], [36])]),
  ],
  das: printDas({ NC_GLOBAL: { title: ["String", 'every "type"'] } }),
};

export const DATASETS: ReadonlyMap<string, Dataset> = new Map([sst, types].map((one) => [one.name, one]));

function atom(
  name: string,
  type: Atomic,
  dimensions: readonly Dimension[],
  values: readonly (string | number)[],
): Variable {
  const declaration: Atom = { kind: "atom", name, type, dimensions };
  const value: Value = isText(type)
    ? { is: "texts", texts: values.map((one) => Buffer.from(String(one), "latin1")) }
    : { is: "numbers", bytes: Buffer.concat(values.map((one) => cell(declaration, Number(one)))) };
  return { declaration, value };
}

function cell(declaration: Atom, value: number): Buffer {
  const bytes = Buffer.alloc(cellSize(declaration));
  if (declaration.type === "Float64") bytes.writeDoubleBE(value);
  else if (declaration.type === "Float32") bytes.writeFloatBE(value);
  else if (bytes.length === 1) bytes.writeUInt8(value);
  else if (value < 0) bytes.writeInt32BE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

function group(kind: "structure" | "sequence" | "grid", name: string, members: readonly Variable[]): Variable {
  const declarations: Declaration[] = members.map(({ declaration }) => declaration);
  return {
    declaration: { kind, name, members: declarations, dimensions: [] },
    value: { is: "instances", instances: [members.map(({ value }) => value)] },
  };
}

function printDas(containers: Readonly<Record<string, Attributes>>): string {
  const lines = Object.entries(containers).map(([name, attributes]) => {
    const inner = Object.entries(attributes).map(
      ([key, [type, value]]) => `        ${type} ${key} ${isText(type) ? quoted(String(value)) : value};\n`,
    );
    return `    ${name} {\n${inner.join("")}    }\n`;
  });
  return `Attributes {\n${lines.join("")}}\n`;
}
