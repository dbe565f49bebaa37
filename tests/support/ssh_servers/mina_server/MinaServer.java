import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.git.GitLocationResolver;
import org.apache.sshd.git.pack.GitPackCommandFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;

/**
 * An SSH server of Apache MINA SSHD on a free port of 127.0.0.1, which it prints. Lets in the keys
 * of DIR/authorized_keys, and serves the repositories that they ask for by JGit, without the git
 * executable.
 *
 * <pre>MinaServer DIR</pre>
 *
 * <p>DIR/host_key is its key. Ends with its standard input.
 */
public final class MinaServer {
  private MinaServer() {}

  public static void main(String[] args) throws IOException {
    Path dir = Path.of(args[0]);
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setPort(0);
    server.setKeyPairProvider(new FileKeyPairProvider(dir.resolve("host_key")));
    // Reads the file again when it has changed.
    server.setPublickeyAuthenticator(
        new AuthorizedKeysAuthenticator(dir.resolve("authorized_keys")));
    server.setCommandFactory(
        new GitPackCommandFactory(GitLocationResolver.constantPath(Path.of("/"))));
    server.start();
    System.out.println(server.getPort());
    System.in.transferTo(OutputStream.nullOutputStream());
    System.exit(0);
  }
}
