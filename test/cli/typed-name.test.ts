import { typedName } from "../../cli/typed-name";
import type { CertfrontError } from "../../core/base/errors";

describe("a name as people type and paste it", () => {
  it.each([
    ["data.paris.example", "data.paris.example"],
    ["DATA.Paris.Example.", "data.paris.example"],
    ["https://data.paris.example/", "data.paris.example"],
    ["http://data.paris.example", "data.paris.example"],
    ["HTTPS://DATA.PARIS.EXAMPLE/Path?q=1#top", "data.paris.example"],
    ["https://data.paris.example:8443/thredds/dodsC/x.nc", "data.paris.example"],
    ["https://user:secret@data.paris.example/", "data.paris.example"],
    ["data.paris.example:443", "data.paris.example"],
    ["data.paris.example/thredds", "data.paris.example"],
    ["data.paris.example?x", "data.paris.example"],
    ["//data.paris.example/", "data.paris.example"],
    ["<https://data.paris.example>", "data.paris.example"],
    ['"data.paris.example"', "data.paris.example"],
    ["'data.paris.example',", "data.paris.example"],
    ["(data.paris.example)", "data.paris.example"],
    ["  data.paris.example \n", "data.paris.example"],
    ["https:\\\\data.paris.example\\x", "data.paris.example"],
    ["ops@data.paris.example", "data.paris.example"],
    ["mailto:ops@data.paris.example", "data.paris.example"],
    ["*.paris.example", "paris.example"],
    ["café.example", "xn--caf-dma.example"],
    ["CAFÉ.example", "xn--caf-dma.example"],
    ["https://café.example/menü", "xn--caf-dma.example"],
    ["xn--caf-dma.example", "xn--caf-dma.example"],
    ["cafe\u0301.example", "xn--caf-dma.example"],
    ["‘data.paris.example’", "data.paris.example"],
    ["“https://data.paris.example/x”", "data.paris.example"],
    ["«data.paris.example»", "data.paris.example"],
    ["[the portal](https://data.paris.example/x)", "data.paris.example"],
    ["\u200bdata.paris.example\u200b", "data.paris.example"],
    ["\u2066data.paris.example\u2069", "data.paris.example"],
    ["data.paris.example\u00a0", "data.paris.example"],
    ["data.paris.example…", "data.paris.example"],
    ["data.paris.example!", "data.paris.example"],
    ["Host: data.paris.example", "data.paris.example"],
    ["https:data.paris.example", "data.paris.example"],
    ["https//data.paris.example", "data.paris.example"],
    ["http://https://data.paris.example", "data.paris.example"],
    ["data.paris.example//x", "data.paris.example"],
    ["data。paris。example", "data.paris.example"],
    ["https.example", "https.example"],
    ["wss://live.paris.example/socket", "live.paris.example"],
  ])("%j is %s", (typed, name) => {
    expect(typedName(typed)).toBe(name);
  });

  it.each([
    ["", /^"": there is no domain name in it\.$/],
    ["https://", /^"https:\/\/": there is no domain name in it\.$/],
    ["paris", /single label/],
    ["192.0.2.10", /^"192\.0\.2\.10" is an IP address; tenants are domain names\.$/],
    ["https://192.0.2.10/", /IP address/],
    ["https://[2001:db8::1]/", /IP address/],
    ["[2001:db8::1]:443", /IP address/],
    ["2001:db8::1", /IP address/],
    ["data paris.example", /space/],
    ["data_paris.example", /underscore/],
    ["data..example", /empty label/],
    ["-data.example", /begin and end/],
  ])("%j is refused in words, as a mistake of the command line", (typed, words) => {
    expect(() => typedName(typed)).toThrow(words);
    expect(() => typedName(typed)).toThrow(expect.objectContaining({ code: "USAGE" }) as CertfrontError);
  });
});
