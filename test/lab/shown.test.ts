import { clientNamed } from "../../lab/client/clients";

/** What libnetcdf did not receive it hands on all the same, as what lay in memory: this was printed after a body cut short. */
describe("values that never came", () => {
  it.each([
    ["ncks", "  data:\n    sst = \n    NaNf, 3.065621e-41, 0, 0, \n"],
    ["ncks", "  data:\n    sst = \n    -NaNf, NaNf, 0, 0, \n"],
    ["ncks", "sst[0]=Inf\n"],
    ["ncdump", " sst =\n  NaNf, 3.065621e-41, 0, 0,\n"],
    ["nccopy", " sst =\n  NaNf, NaNf, NaNf, NaNf,\n"],
    ["python3-netcdf4", "[nan, nan, nan, -inf]\n"],
    ["xarray (PyPI)", "[nan, nan, nan, nan]\n"],
    ["cdo", "nan\n-nan\ninf\nnan\n"],
    ["gdal", "nan\n-nan\ninf\nnan\n"],
    ["R ncdf4", "[1]  NaN  NaN -Inf  NaN\n"],
    ["octave", "   NaN  -Inf   NaN   NaN\n"],
  ])("are numbers that %s hands on: %j", (name, printed) => {
    expect(clientNamed(name)?.shows.test(printed)).toBe(true);
  });

  it.each([
    ["ncks", "netcdf sst {\n  variables:\n    float sst(time,lat,lon) ;\n\n} // group /\n"],
    ["ncdump", "netcdf sst {\nvariables:\n\tfloat sst(time, lat, lon) ;\n"],
    ["python3-netcdf4", ""],
    ["cdo", "cdo (Abort): no info\n"],
  ])("are none where %s says: %j", (name, printed) => {
    expect(clientNamed(name)?.shows.test(printed)).toBe(false);
  });
});
