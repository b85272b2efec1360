const { createHash } = require("node:crypto");
const esbuild = require("esbuild");

/** TypeScript for Jest by esbuild, which also makes what runs on AWS. JavaScript, because Jest loads it untranspiled. */
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  // Jest's modules are scripts to Node.js, and those may not import.
  supported: { "dynamic-import": false },
  sourcemap: true,
  sourcesContent: false,
};

module.exports = {
  process: (source, file) => {
    const { code, map } = esbuild.transformSync(source, { ...OPTIONS, sourcefile: file });
    // Coverage reads the map only as an object.
    return { code, map: JSON.parse(map) };
  },
  getCacheKey: (source, file, { configString, instrument }) =>
    createHash("sha256")
      .update(JSON.stringify([source, file, configString, instrument, OPTIONS, esbuild.version]))
      .digest("hex"),
};
