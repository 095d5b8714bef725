package minirabbit_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// containerNode is a RabbitMQ in a container. The container itself only reads its standard input, which the test
// holds: the test's end, however it comes, is the container's end. The server is a program that is started in it
// again and again, so its ports and files outlive its outages.
type containerNode struct {
	t             *testing.T
	name          string
	port, webPort int
	out           string // the file with what the server says
	machine       *exec.Cmd
	program       *exec.Cmd // nil while the server is stopped
}

// serverScript starts the server wherever the image has it; the process id is the Erlang machine's.
const serverScript = `PATH=/usr/lib/rabbitmq/bin:/opt/rabbitmq/sbin:$PATH RABBITMQ_PID_FILE=/tmp/pid exec rabbitmq-server`

func startContainerNode(t *testing.T, image string) *containerNode {
	n := &containerNode{t: t, out: filepath.Join(t.TempDir(), "out")}
	n.name = fmt.Sprintf("minirabbit-test-%d-%d", os.Getpid(), containers.Add(1))
	n.machine = exec.Command("docker", "run", "--rm", "--interactive", "--init", "--name", n.name, "--entrypoint", "cat",
		"--publish", "127.0.0.1::5672", "--publish", "127.0.0.1::15672", image)
	input, err := n.machine.StdinPipe()
	require.NoError(t, err)
	output, err := n.machine.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, n.machine.Start())
	t.Cleanup(func() {
		input.Close()
		n.machine.Wait()
	})
	_, err = io.WriteString(input, "up")
	require.NoError(t, err)
	_, err = io.ReadFull(output, make([]byte, len("up")))
	require.NoError(t, err, "the container does not start")
	n.port, n.webPort = n.published("5672"), n.published("15672")
	n.start()
	t.Cleanup(func() { n.end("KILL") })
	return n
}

var containers atomic.Int32

// published is where the engine listens for a port of the container.
func (n *containerNode) published(inside string) int {
	said, err := exec.Command("docker", "port", n.name, inside+"/tcp").CombinedOutput()
	require.NoError(n.t, err, "%s", said)
	_, number, err := net.SplitHostPort(strings.TrimSpace(string(said)))
	require.NoError(n.t, err)
	outside, err := strconv.Atoi(number)
	require.NoError(n.t, err)
	return outside
}

func (n *containerNode) server() *realServer { return ownServer(n.port, n.webPort, n) }

func (n *containerNode) start() {
	log, err := os.OpenFile(n.out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(n.t, err)
	defer log.Close()
	n.program = exec.Command("docker", "exec", n.name, "sh", "-c", serverScript)
	n.program.Stdout, n.program.Stderr = log, log
	require.NoError(n.t, n.program.Start())
	awaitAnswer(n.t, n.server(), n.out)
}

func (n *containerNode) stop() { n.end("TERM") }

func (n *containerNode) kill() {
	ctl := "PATH=/usr/lib/rabbitmq/bin:/opt/rabbitmq/sbin:$PATH exec rabbitmqctl"
	said, err := exec.Command("docker", append([]string{"exec", n.name, "sh", "-c", ctl + ` "$@"`, "rabbitmqctl"}, flush...)...).CombinedOutput()
	require.NoError(n.t, err, "%s", said)
	n.end("KILL")
}

func (n *containerNode) end(signal string) {
	if n.program == nil {
		return
	}
	said, err := exec.Command("docker", "exec", n.name, "sh", "-c", "kill -"+signal+" $(cat /tmp/pid)").CombinedOutput()
	require.NoError(n.t, err, strings.TrimSpace(string(said)))
	n.program.Wait() // its status is the signal's
	n.program = nil
}
