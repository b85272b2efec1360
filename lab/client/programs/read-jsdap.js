// node read-jsdap.js URL: opens the dataset, then reads its grid, and prints the last row.
// jsdap's own xhr2 (0.1) throws on today's Node: a newer one is put in its place.
globalThis.XMLHttpRequest = require("xhr2");
const jsdap = require("jsdap");

const url = process.argv[2];
jsdap.loadDataset(url, () => {
  jsdap.loadData(`${url}.dods?sst`, (data) => {
    console.log(JSON.stringify(data[0][0].at(-1).at(-1)));
  });
});
