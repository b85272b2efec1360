import opendap.dap.BaseType;
import opendap.dap.DArray;
import opendap.dap.DConnect2;
import opendap.dap.DGrid;
import opendap.dap.StatusUI;
import opendap.dap.http.HTTPSession;

/** java ReadOpendap URL: DDS, DAS and data with DConnect2 (DConnect itself reads no data), then prints the last row. */
public final class ReadOpendap {
  public static void main(String[] arguments) throws Exception {
    Account account = Account.given();
    if (account != null) HTTPSession.setGlobalCredentialsProvider(account);
    DConnect2 connection = new DConnect2(arguments[0]);
    connection.getDDS();
    connection.getDAS();
    BaseType variable = connection.getData("", (StatusUI) null).getVariable("sst");
    DArray array = variable instanceof DGrid ? (DArray) ((DGrid) variable).getVar(0) : (DArray) variable;
    float[] values = (float[]) array.getPrimitiveVector().getInternalStorage();
    StringBuilder row = new StringBuilder("VALUES");
    for (int at = Math.max(0, values.length - 4); at < values.length; at++) row.append(' ').append(values[at]);
    System.out.println(row);
    System.exit(0);
  }
}
