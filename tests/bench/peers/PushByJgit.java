import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.transport.JschConfigSessionFactory;
import org.eclipse.jgit.transport.OpenSshConfig;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.SshSessionFactory;
import org.eclipse.jgit.util.FS;

/**
 * Pushes with JGit: for each line, the folder of a bare repository, it pushes master to
 * origin, and answers "ok" or what went wrong.
 */
public class PushByJgit {
  public static void main(String[] arguments) throws Exception {
    System.out.println("ready");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String folder = lines.readLine(); folder != null; folder = lines.readLine()) {
      String answer;
      try {
        // JSch wipes an ECDSA key when it has signed with it.
        SshSessionFactory.setInstance(new Keys(arguments[0], arguments[1]));
        answer = push(folder);
      } catch (Exception error) {
        answer = String.valueOf(error.getMessage()).replace('\n', ' ');
      }
      System.out.println(answer);
    }
  }

  private static String push(String folder) throws Exception {
    try (Git git = Git.open(new File(folder))) {
      RefSpec master = new RefSpec("refs/heads/master:refs/heads/master");
      for (PushResult result : git.push().setRemote("origin").setRefSpecs(master).call()) {
        for (RemoteRefUpdate update : result.getRemoteUpdates()) {
          if (update.getStatus() != RemoteRefUpdate.Status.OK) {
            return "the push was answered with " + update;
          }
        }
      }
    }
    return "ok";
  }

  /** Logs in with the one key, to the hosts that are known. */
  private static final class Keys extends JschConfigSessionFactory {
    private final String key;
    private final String knownHosts;

    Keys(String key, String knownHosts) {
      this.key = key;
      this.knownHosts = knownHosts;
    }

    @Override
    protected void configure(OpenSshConfig.Host host, Session session) {}

    @Override
    protected JSch createDefaultJSch(FS fs) throws JSchException {
      JSch jsch = new JSch();
      jsch.setKnownHosts(knownHosts);
      jsch.addIdentity(key);
      return jsch;
    }
  }
}
