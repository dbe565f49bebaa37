// Pushes with go-git: for each line on standard input, the folder of a bare repository,
// it pushes master to origin, and answers "ok" or what went wrong.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/transport/ssh"
)

func push(folder string, keyFile string, knownHostsFile string) error {
	repository, err := git.PlainOpen(folder)
	if err != nil {
		return err
	}
	remote, err := repository.Remote("origin")
	if err != nil {
		return err
	}
	user := strings.Split(strings.TrimPrefix(remote.Config().URLs[0], "ssh://"), "@")[0]
	keys, err := ssh.NewPublicKeysFromFile(user, keyFile, "")
	if err != nil {
		return err
	}
	keys.HostKeyCallback, err = ssh.NewKnownHostsCallback(knownHostsFile)
	if err != nil {
		return err
	}
	return remote.Push(&git.PushOptions{
		RefSpecs: []config.RefSpec{"refs/heads/master:refs/heads/master"},
		Auth:     keys,
	})
}

func main() {
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := push(lines.Text(), os.Args[1], os.Args[2]); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		fmt.Println("ok")
	}
}
