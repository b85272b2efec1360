/** Commands for somebody who has just seen the stack come up, ready to be pasted; each fits 80 columns. */
export function commandsToTry(domain: string | undefined): string[] {
  return [
    "npx certfront try                 # a tenant's site, through the load balancer",
    "npx certfront status              # every tenant, and why",
    // A long name would not fit, and the first line of status has it.
    ...(domain !== undefined && domain.length <= 22
      ? [`npx certfront break ${domain} caa`.padEnd(50).concat("  # see what support sees")]
      : []),
  ];
}
