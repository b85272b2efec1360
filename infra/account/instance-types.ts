/**
 * Tried in order where the user names no type: one arm64 core each, so that two fronts and the third of a rolling
 * replacement fit the 5 vCPU of a new account.
 */
export const PREFERRED_INSTANCE_TYPES = ["c7g.medium", "c6g.medium", "m7g.medium", "m6g.medium"] as const;

/** Whether a type has Arm cores (Graviton), by AWS' own naming: a `g` after the generation. */
export function isArm(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType);
}

/** The public parameter with Debian's newest image for these types. */
export function debianParameter(instanceTypes: readonly string[]): string {
  return `/aws/service/debian/release/13/latest/${instanceTypes.every(isArm) ? "arm64" : "amd64"}`;
}
