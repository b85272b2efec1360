import ucar.nc2.NetcdfFile;
import ucar.nc2.Variable;

/** java ReadNetcdf URL: opens it with netCDF-Java and prints the last row. */
public final class ReadNetcdf {
  public static void main(String[] arguments) throws Exception {
    Account account = Account.given();
    if (account != null) {
      opendap.dap.http.HTTPSession.setGlobalCredentialsProvider(account);
      ucar.nc2.util.net.HttpClientManager.init(account, "lab");
    }
    NetcdfFile file = new ucar.nc2.dods.DODSNetcdfFile(arguments[0]);
    Variable variable = file.findVariable("sst");
    System.out.println("VALUES " + variable.read("1,2,0:3"));
    System.exit(0);
  }
}
