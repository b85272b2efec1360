/**
 * Every Debian package whose programs the suite runs on this machine, by the program that shows that it is there. `npm test`
 * installs what is missing. What Debian 13 needs inside its root stands in trixie-root.ts.
 */
export const SUITE_PACKAGES: Readonly<Record<string, string>> = {
  "apache2-bin": "apache2",
  caddy: "caddy",
  chromium: "chromium",
  debootstrap: "debootstrap",
  haproxy: "haproxy",
  iproute2: "ip",
  "netcdf-bin": "ncdump",
  nftables: "nft",
  openssl: "openssl",
  pebble: "pebble",
};
