import { type DeployedAs, deployerPolicies } from "../infra/account/deployer-policy";

/** Words that whoever uses the documents puts right (docs/deploy.md). */
export const TO_FILL_IN: DeployedAs = {
  partition: "aws",
  region: "REGION",
  account: "ACCOUNT",
  stack: "certfront-NAME",
  name: "NAME",
  short: "SHORT",
};

/** The deployer's policies as files of docs/, by name. */
export function deployerDocuments(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployerPolicies(TO_FILL_IN)).map(([which, document]) => [
      `docs/deployer-${which}.json`,
      `${JSON.stringify(document, undefined, 2)}\n`,
    ]),
  );
}
