// An SSH server of golang.org/x/crypto/ssh on a free port of 127.0.0.1, which it prints.
// Lets in the keys of DIR/authorized_keys, and runs their commands.
//
//	go_server DIR
//
// DIR/host_key is its key. Ends with its standard input.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"

	"golang.org/x/crypto/ssh"
)

func main() {
	dir := os.Args[1]
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, authorized(dir+"/authorized_keys", key)
		},
	}
	pem, err := os.ReadFile(dir + "/host_key")
	check(err)
	hostKey, err := ssh.ParsePrivateKey(pem)
	check(err)
	config.AddHostKey(hostKey)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			connection, err := listener.Accept()
			check(err)
			go serve(connection, config)
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func authorized(file string, key ssh.PublicKey) error {
	rest, err := os.ReadFile(file)
	for err == nil && len(bytes.TrimSpace(rest)) > 0 {
		var known ssh.PublicKey
		known, _, _, rest, err = ssh.ParseAuthorizedKey(rest)
		if err == nil && bytes.Equal(known.Marshal(), key.Marshal()) {
			return nil
		}
	}
	return errors.New("unknown key")
}

func serve(connection net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for wanted := range channels {
		if wanted.ChannelType() != "session" {
			wanted.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := wanted.Accept()
		if err != nil {
			return
		}
		go session(channel, requests)
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	for request := range requests {
		var command struct{ Text string }
		if request.Type != "exec" || ssh.Unmarshal(request.Payload, &command) != nil {
			request.Reply(false, nil)
			continue
		}
		request.Reply(true, nil)
		go execute(channel, command.Text)
	}
}

func execute(channel ssh.Channel, command string) {
	defer channel.Close()
	child := exec.Command("sh", "-c", command)
	child.Stdout = channel
	child.Stderr = channel.Stderr()
	stdin, err := child.StdinPipe()
	if err != nil || child.Start() != nil {
		return
	}
	go func() {
		io.Copy(stdin, channel)
		stdin.Close()
	}()
	child.Wait()
	status := struct{ Code uint32 }{uint32(child.ProcessState.ExitCode())}
	channel.SendRequest("exit-status", false, ssh.Marshal(&status))
}
