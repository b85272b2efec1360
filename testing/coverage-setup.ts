import { prepareSuite } from "./global-setup";

/** Runs once before `npm run coverage`, which needs no Debian 13 root. */
export default function coverageSetup(): Promise<void> {
  return prepareSuite();
}
