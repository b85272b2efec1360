import org.apache.commons.httpclient.Credentials;
import org.apache.commons.httpclient.UsernamePasswordCredentials;
import org.apache.commons.httpclient.auth.AuthScheme;
import org.apache.commons.httpclient.auth.CredentialsProvider;

/** The account of -Dlab.user and -Dlab.password, told to -Dlab.host alone, and given up when it was refused. */
final class Account implements CredentialsProvider {
  private int asked = 0;

  static Account given() {
    return System.getProperty("lab.user") == null ? null : new Account();
  }

  @Override
  public Credentials getCredentials(AuthScheme scheme, String host, int port, boolean proxy) {
    boolean ours = host.equals(System.getProperty("lab.host"));
    if (!ours || ++asked > 20) return null;
    return new UsernamePasswordCredentials(System.getProperty("lab.user"), System.getProperty("lab.password"));
  }
}
