const fs = require("node:fs");
const path = require("node:path");

/** How many of the slowest test files are named at the end. */
const NAMED = 12;

/**
 * The last lines of a run: the slowest files, what was left out and why, and the counts. Jest loads reporters untranspiled, hence
 * JavaScript.
 */
class ClosingLines {
  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites, ...results }) {
    const slowest = testResults
      .map(({ testFilePath, perfStats }) => ({
        file: path.relative(process.cwd(), testFilePath),
        seconds: (perfStats.end - perfStats.start) / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, NAMED);
    const lines = ["", "Slowest files, seconds:"];
    for (const { file, seconds } of slowest) lines.push(`${seconds.toFixed(1).padStart(8)}  ${file}`);
    const left = leftOut();
    lines.push("", left.length === 0 ? "Nothing was left out." : `Left out (${left.length}):`);
    for (const line of left) lines.push(`  ${line}`);
    // A file that could not be loaded has no tests to count; it failed all the same.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    lines.push("", `${numPassedTests} passed, ${failed} failed, ${results.numPendingTests} skipped`, "");
    process.stdout.write(lines.join("\n"));
  }
}

/** Each line once, however many workers wrote it. */
function leftOut() {
  const file = path.join(process.env.CERTFRONT_TEST_FOLDER ?? "", "left-out.txt");
  if (!process.env.CERTFRONT_TEST_FOLDER || !fs.existsSync(file)) return [];
  return [...new Set(fs.readFileSync(file, "utf8").split("\n").filter(Boolean))];
}

module.exports = ClosingLines;
