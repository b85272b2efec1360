/** Ports of a front; the load balancer listens on the first two. */
export const FRONT_PORTS = { http: 80, https: 443, health: 8404 } as const;
