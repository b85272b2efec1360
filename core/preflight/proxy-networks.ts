import { BlockList } from "node:net";

/** Published IPv4 ranges of proxies that end TLS themselves, so that a certificate on our fronts would never be seen. */
const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  // https://www.cloudflare.com/ips-v4
  Cloudflare: [
    "173.245.48.0/20",
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "141.101.64.0/18",
    "108.162.192.0/18",
    "190.93.240.0/20",
    "188.114.96.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "162.158.0.0/15",
    "104.16.0.0/13",
    "104.24.0.0/14",
    "172.64.0.0/13",
    "131.0.72.0/22",
  ],
  // https://api.fastly.com/public-ip-list
  Fastly: ["151.101.0.0/16", "199.232.0.0/16", "146.75.0.0/17", "167.82.0.0/17", "23.235.32.0/20", "104.156.80.0/20"],
  // https://docs.sucuri.net/website-firewall/sucuri-firewall-troubleshooting-guide/
  Sucuri: ["192.88.134.0/23", "185.93.228.0/22", "66.248.200.0/22", "208.109.0.0/22"],
  // https://my.incapsula.com/api/integration/v1/ips
  Imperva: [
    "199.83.128.0/21",
    "198.143.32.0/19",
    "149.126.72.0/21",
    "103.28.248.0/22",
    "45.64.64.0/22",
    "192.230.64.0/18",
    "107.154.0.0/16",
    "45.60.0.0/16",
    "45.223.0.0/16",
  ],
};

/** Ends of the names that such services give their customers. */
const ALIASES: Readonly<Record<string, string>> = {
  "cloudfront.net": "Amazon CloudFront",
  "cdn.cloudflare.net": "Cloudflare",
  "fastly.net": "Fastly",
  "edgekey.net": "Akamai",
  "edgesuite.net": "Akamai",
  "akamaiedge.net": "Akamai",
  "azureedge.net": "Azure CDN",
  "azurefd.net": "Azure Front Door",
  "incapdns.net": "Imperva",
  "b-cdn.net": "bunny.net",
};

const lists = Object.entries(NETWORKS).map(([owner, ranges]) => {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), "ipv4");
  }
  return { owner, list };
});

/** Whose proxy an IPv4 address belongs to, if it is a well-known one. */
export function proxyOwner(address: string): string | undefined {
  return lists.find(({ list }) => list.check(address, "ipv4"))?.owner;
}

/** Whose proxy a CNAME's target belongs to. */
export function proxyOfAlias(target: string): string | undefined {
  const name = target.toLowerCase().replace(/\.$/, "");
  return Object.entries(ALIASES).find(([end]) => name === end || name.endsWith(`.${end}`))?.[1];
}
