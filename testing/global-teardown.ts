import * as fs from "node:fs";
import { leftBehind, processes } from "./left-behind";

/** ms that ended programs may take to go. */
const PATIENCE = 10_000;

/** Runs once after the suite: fails it when a program that it started is still there, for then so are its ports. Removes their files. */
export default async function globalTeardown(): Promise<void> {
  const folder = process.env.CERTFRONT_TEST_FOLDER;
  if (!folder) return;
  try {
    await nothingLeftBehind(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function nothingLeftBehind(folder: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  const look = () => leftBehind(processes(), process.pid, folder);
  let left = look();
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = look();
  }
  if (left.length === 0) return;
  const lines = left.map(({ pid, command }) => `  ${pid} ${command}`).join("\n");
  throw new Error(`The tests left ${left.length} processes behind:\n${lines}`);
}
