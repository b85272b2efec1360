import type * as pulumi from "@pulumi/pulumi";

/** How many fronts, and of what. */
export interface FrontSize {
  /**
   * Never fewer than this, not even while they are replaced.
   * @example min: 2
   */
  readonly min: number;
  /**
   * Most when CPU load asks for more.
   * @example max: 4
   */
  readonly max: number;
  /**
   * EC2 types in order of preference, all Arm or all x86. Default: c7g.medium, c6g.medium, m7g.medium, m6g.medium, as far as the zones offered them at the
   * first deployment.
   * @example instanceTypes: ["c7g.large", "m7g.large"]
   */
  readonly instanceTypes?: readonly string[];
  /**
   * Debian 13 image. Default: Debian's newest whenever a front starts.
   * @example ami: "ami-0123456789abcdef0"
   */
  readonly ami?: pulumi.Input<string>;
  /**
   * An image that has the packages already (docs/deploy.md), in place of `ami`.
   * @example customAmi: "ami-0123456789abcdef0"
   */
  readonly customAmi?: pulumi.Input<string>;
  /**
   * Install the SSM agent and allow Session Manager; there is no SSH. Default: `false`.
   * @example sessionManager: true
   */
  readonly sessionManager?: boolean;
}
