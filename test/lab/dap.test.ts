import { parseConstraint } from "../../lab/dap/constraint";
import { DATASETS } from "../../lab/dap/datasets";
import { parseDds, printDds } from "../../lab/dap/dds";
import { project } from "../../lab/dap/project";
import { dapResponse } from "../../lab/dap/response";
import type { Dataset } from "../../lab/dap/variable";
import { decode, encode } from "../../lab/dap/xdr";

const dataset = (name: string): Dataset => {
  const found = DATASETS.get(name);
  if (found === undefined) throw new Error(`no dataset ${name}`);
  return found;
};
const ask = (name: string, suffix: string, constraint = "") => {
  const { body } = dapResponse(DATASETS.get(name), suffix, constraint);
  return body.toString("latin1");
};
/** The XDR after a data response's DDS, in hex. */
const data = (name: string, constraint: string) => {
  const { body } = dapResponse(DATASETS.get(name), "dods", constraint);
  return body.subarray(body.indexOf("\nData:\n") + 7).toString("hex");
};

describe("the lab's data responses", () => {
  it.each([
    { what: "a byte alone takes four", constraint: "b", hex: "000000c8" },
    { what: "bytes in an array are packed and padded once", constraint: "ab", hex: "0000000500000005010203feff000000" },
    { what: "16 bits are widened to 32", constraint: "ai16", hex: "0000000300000003ffffffff00000002ffff8000" },
    { what: "an array's length comes twice", constraint: "aui32", hex: "000000020000000200000007ffffffff" },
    {
      what: "an array of strings has its length once",
      constraint: "as",
      hex: "00000003000000016100000000000004626364650000000666676869 6a6b0000".replace(" ", ""),
    },
    { what: "an empty string is a length", constraint: "empty", hex: "00000000" },
    { what: "a structure is its members", constraint: "st", hex: "0000002a00000002000000024060000040900000" },
    {
      what: "a sequence marks its rows and its end",
      constraint: "people.age",
      hex: "5a00000000000024a5000000",
    },
  ])("are XDR as DAP2 has it: $what", ({ constraint, hex }) => {
    expect(data("types", constraint)).toBe(hex);
  });

  it("begin with the DDS of what is in them", () => {
    expect(ask("sst", "dods", "lat[0:2:2]").split("\nData:\n")[0]).toBe(
      "Dataset {\n    Float32 lat[lat = 2];\n} sst;\n",
    );
  });

  it("are read back to the same bytes, every type of them", () => {
    for (const { variables } of DATASETS.values()) {
      const bytes = encode(variables);
      const again = decode(
        variables.map(({ declaration }) => declaration),
        bytes,
      );
      expect(again.read).toBe(bytes.length);
      expect(encode(again.variables).equals(bytes)).toBe(true);
    }
  });
});

describe("a constraint", () => {
  it.each([
    { form: "as libnetcdf escapes it", constraint: "sst.sst%5b1%5d%5b2%5d%5b0:2:3%5d" },
    { form: "as libdap escapes it", constraint: "sst.sst%5B1%3a1%5D%5B2%5D%5B0%3a2%3a3%5D" },
    { form: "raw", constraint: "sst.sst[1][2:1:2][0:2:3]" },
  ])("cuts a grid's array out as a structure, $form", ({ constraint }) => {
    expect(ask("sst", "dds", constraint)).toBe(
      "Dataset {\n    Structure {\n        Float32 sst[time = 1][lat = 1][lon = 2];\n    } sst;\n} sst;\n",
    );
    expect(data("sst", constraint)).toBe("000000020000000241b0000041b40000");
  });

  it("on a grid cuts its array and its maps", () => {
    expect(ask("sst", "dds", "sst[0][1:2][3]")).toContain("Float32 lat[lat = 2];");
    expect(data("sst", "sst[0][1:2][3]")).toBe(
      [
        "0000000200000002413c0000414c0000",
        "00000001000000010000000000000000",
        "000000020000000200000000" + "41200000",
        "000000010000000143020000",
      ].join(""),
    );
  });

  it("takes names of one container together, and answers in the dataset's order", () => {
    expect([...parseConstraint("sst.lon,lat,sst.sst").keys()]).toEqual(["sst", "lat"]);
    expect(ask("sst", "dds", "sst.lon,lat,sst.lat")).toBe(
      "Dataset {\n    Float32 lat[lat = 3];\n    Structure {\n        Float32 lat[lat = 3];\n        Float32 lon[lon = 4];\n    } sst;\n} sst;\n",
    );
  });

  it("finds a name that the DDS has escaped", () => {
    const { declarations } = parseDds("Dataset { Int32 N%2dbit; } d;");
    const [declaration] = declarations;
    if (declaration === undefined) throw new Error("nothing was declared");
    const variables = [{ declaration, value: { is: "numbers", bytes: Buffer.from("00000007", "hex") } as const }];
    for (const constraint of ["N%2dbit", "N%252dbit"])
      expect(project(variables, parseConstraint(constraint))).toEqual(variables);
  });

  it("that names a container and something in it means all of it, in whatever order", () => {
    for (const constraint of ["people,people.name", "people.name,people"])
      expect(ask("types", "dds", constraint)).toBe(ask("types", "dds", "people"));
  });

  it.each([
    ["nothing", 404, "there is no variable nothing"],
    ["sst.nothing", 404, "there is no variable nothing"],
    ["lat.inner", 404, "lat has no inner"],
    ["lat[3]", 400, "index 3 is beyond dimension 0, of 3"],
    ["lat[2:1]", 400, "[2:1] is no hyperslab"],
    ["lat[0:0:2]", 400, "[0:0:2] is no hyperslab"],
    ["lat[a]", 400, "[a] is no hyperslab"],
    ["lat[0:1:2:3]", 400, "is no hyperslab"],
    ["lat[99999999999999999999]", 400, "is no hyperslab"],
    ["lat[0][0]", 400, "lat has 1 dimensions, not 2"],
    ["sst[0]", 400, "sst has 3 dimensions, not 1"],
    ["sst[0][0][0].sst", 400, "sst: the hyperslab belongs to its array or its maps"],
    ["lat[0:-1:2]", 400, "[0:-1:2] is no hyperslab"],
    ["lat[-1]", 400, "[-1] is no hyperslab"],
    ["lat[]", 400, "[] is no hyperslab"],
    ["lat[0:2:]", 400, "[0:2:] is no hyperslab"],
    ["lat[1e0]", 400, "[1e0] is no hyperslab"],
    ["lat[\uff11]", 400, "is no hyperslab"],
    ["lat[0:1:999999999]", 400, "index 999999999 is beyond"],
    ["lat[0", 400, "lat[0 is no projection"],
    ["lat]0[", 400, "is no projection"],
    [".lat", 400, "is no projection"],
    ["lat.", 400, "is no projection"],
    [".".repeat(15_000), 400, "is no projection"],
    [`lat${".lat".repeat(3_000)}`, 404, "lat has no lat"],
    ["%c0%ae", 400, "%-escapes are broken"],
    ["lat%00", 404, "there is no variable"],
    ["lat%252clon", 404, "there is no variable lat%2clon"],
    ["lat;lon", 404, "there is no variable lat;lon"],
    ["__proto__", 404, "there is no variable __proto__"],
    ["lat&lat>3", 400, "selections (&…) are not offered"],
    ["mean(sst)", 400, "functions are not offered"],
    ["lat,", 400, "is no projection"],
    ["%zz", 400, "%-escapes are broken"],
    ["lat,".repeat(9_000), 400, "more than 16000 characters"],
    ["a,".repeat(1_500), 400, "more than 1000 names"],
  ])("that asks for %.40s is refused: %i", (constraint, status, message) => {
    expect(() => dapResponse(dataset("sst"), "dods", constraint)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    );
  });
});

describe("a DDS", () => {
  it("is read back to what was printed", () => {
    for (const { name, variables } of DATASETS.values()) {
      const text = printDds(
        name,
        variables.map(({ declaration }) => declaration),
      );
      const again = parseDds(text);
      expect(printDds(again.name, again.declarations)).toBe(text);
    }
  });

  it.each(["Dataset {", "Dataset { Float33 x; } y;", "Dataset { Grid { Float32 x; } g; } y;", "<html>"])(
    "that is none is refused: %s",
    (text) => {
      expect(() => parseDds(text)).toThrow(SyntaxError);
    },
  );
});

describe("bytes that do not fit their DDS", () => {
  const { declarations } = parseDds("Dataset { Int32 a[x = 2]; Sequence { Int32 b; } s; } d;");
  it.each([
    ["too few", "00000002000000020000000100"],
    ["another length", "00000003000000030000000100000002"],
    ["no row's mark", "000000020000000200000001000000025b000000"],
  ])("are refused: %s", (_, hex) => {
    expect(() => decode(declarations, Buffer.from(hex, "hex"))).toThrow(RangeError);
  });
});
