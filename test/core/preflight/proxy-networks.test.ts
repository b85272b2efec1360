import { proxyOfAlias, proxyOwner } from "../../../core/preflight/proxy-networks";

/** First and last address of each published range, as a visitor's browser may be sent there. */
const RANGES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Cloudflare: [
    ["173.245.48.0", "173.245.63.255"],
    ["103.21.244.0", "103.21.247.255"],
    ["103.22.200.0", "103.22.203.255"],
    ["103.31.4.0", "103.31.7.255"],
    ["141.101.64.0", "141.101.127.255"],
    ["108.162.192.0", "108.162.255.255"],
    ["190.93.240.0", "190.93.255.255"],
    ["188.114.96.0", "188.114.111.255"],
    ["197.234.240.0", "197.234.243.255"],
    ["198.41.128.0", "198.41.255.255"],
    ["162.158.0.0", "162.159.255.255"],
    ["104.16.0.0", "104.23.255.255"],
    ["104.24.0.0", "104.27.255.255"],
    ["172.64.0.0", "172.71.255.255"],
    ["131.0.72.0", "131.0.75.255"],
  ],
  Fastly: [
    ["151.101.0.0", "151.101.255.255"],
    ["199.232.0.0", "199.232.255.255"],
    ["146.75.0.0", "146.75.127.255"],
    ["167.82.0.0", "167.82.127.255"],
    ["23.235.32.0", "23.235.47.255"],
    ["104.156.80.0", "104.156.95.255"],
  ],
  Sucuri: [
    ["192.88.134.0", "192.88.135.255"],
    ["185.93.228.0", "185.93.231.255"],
    ["66.248.200.0", "66.248.203.255"],
    ["208.109.0.0", "208.109.3.255"],
  ],
  Imperva: [
    ["199.83.128.0", "199.83.135.255"],
    ["198.143.32.0", "198.143.63.255"],
    ["149.126.72.0", "149.126.79.255"],
    ["103.28.248.0", "103.28.251.255"],
    ["45.64.64.0", "45.64.67.255"],
    ["192.230.64.0", "192.230.127.255"],
    ["107.154.0.0", "107.154.255.255"],
    ["45.60.0.0", "45.60.255.255"],
    ["45.223.0.0", "45.223.255.255"],
  ],
};

describe("a proxy that ends TLS itself", () => {
  it.each(Object.entries(RANGES))("is known by its addresses: %s", (owner, ranges) => {
    for (const address of ranges.flat()) expect([address, proxyOwner(address)]).toEqual([address, owner]);
  });

  it.each([["192.0.2.10"], ["173.245.64.0"], ["104.15.255.255"], ["104.28.0.0"], ["131.0.76.0"], ["185.93.232.0"]])(
    "is not at %s, which is nobody's that we know, or just beside",
    (address) => expect(proxyOwner(address)).toBeUndefined(),
  );

  it.each([
    ["d111111abcdef8.cloudfront.net", "Amazon CloudFront"],
    ["shop.example.cdn.cloudflare.net", "Cloudflare"],
    ["prod.global.fastly.net", "Fastly"],
    ["shop.example.edgekey.net", "Akamai"],
    ["shop.example.edgesuite.net", "Akamai"],
    ["e1.a.akamaiedge.net", "Akamai"],
    ["shop.azureedge.net", "Azure CDN"],
    ["shop.azurefd.net", "Azure Front Door"],
    ["x.incapdns.net", "Imperva"],
    ["shop.b-cdn.net", "bunny.net"],
    ["B-CDN.net.", "bunny.net"],
    ["notb-cdn.net", undefined],
    ["b-cdn.net.example", undefined],
    ["shop.example", undefined],
  ])("is known by the name that it gives its customers: %s → %s", (target, owner) => {
    expect(proxyOfAlias(target)).toBe(owner);
  });
});
