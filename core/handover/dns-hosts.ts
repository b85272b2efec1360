/** Ends of the names of large DNS hosts' servers, with what their customers call them. */
const HOSTS: Readonly<Record<string, string>> = {
  "1and1-dns.com": "IONOS",
  "anycast.me": "OVHcloud",
  "azure-dns.com": "Azure DNS",
  "azure-dns.info": "Azure DNS",
  "azure-dns.net": "Azure DNS",
  "azure-dns.org": "Azure DNS",
  "bunny.net": "bunny.net",
  "digitalocean.com": "DigitalOcean",
  "dns-parking.com": "Hostinger",
  "dnsimple.com": "DNSimple",
  "dnsmadeeasy.com": "DNS Made Easy",
  "dnsv.jp": "Onamae.com",
  "domaincontrol.com": "GoDaddy",
  "dyn.com": "Oracle Dyn",
  "dynect.net": "Oracle Dyn",
  "gandi.net": "Gandi",
  "google.com": "Google",
  "googledomains.com": "Google Cloud DNS",
  "hetzner.com": "Hetzner",
  "hetzner.de": "Hetzner",
  "hover.com": "Hover",
  "infomaniak.ch": "Infomaniak",
  "infomaniak.com": "Infomaniak",
  "leaseweb.nl": "Leaseweb",
  "linode.com": "Linode",
  "loopia.se": "Loopia",
  "name.com": "Name.com",
  "name-services.com": "Enom",
  "nsone.net": "NS1",
  "ns.cloudflare.com": "Cloudflare",
  "one.com": "one.com",
  "ovh.net": "OVHcloud",
  "porkbun.com": "Porkbun",
  "registrar-servers.com": "Namecheap",
  "rzone.de": "STRATO",
  "scw.cloud": "Scaleway",
  "squarespacedns.com": "Squarespace",
  "transip.net": "TransIP",
  "transip.nl": "TransIP",
  "ui-dns.biz": "IONOS",
  "ui-dns.com": "IONOS",
  "ui-dns.de": "IONOS",
  "ui-dns.org": "IONOS",
  "ultradns.net": "UltraDNS",
  "vercel-dns.com": "Vercel",
  "wixdns.net": "Wix",
  "wordpress.com": "WordPress.com",
  "worldnic.com": "Network Solutions",
};
/** `ns-2048.awsdns-64.com`. */
const ROUTE_53 = /\.awsdns-\d+\.(?:com|net|org|co\.uk)$/;

/** Whose DNS panel a zone's records are in, where its name servers say so; undefined for a host that is not known, or for several. */
export function dnsHost(nameservers: readonly string[]): string | undefined {
  const hosts = new Set(nameservers.map(hostOf));
  const [only] = hosts;
  return hosts.size === 1 ? only : undefined;
}

function hostOf(server: string): string | undefined {
  if (ROUTE_53.test(server)) return "Amazon Route 53";
  return Object.entries(HOSTS).find(([end]) => server.endsWith(`.${end}`))?.[1];
}
