package minirabbit_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

const serverProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// node is a private RabbitMQ: a child of the test with a directory, ports and an epmd of its own.
type node struct {
	t                  *testing.T
	dir                string
	port, webPort      int
	distPort, epmdPort int
	epmd, server       *exec.Cmd
	erlang             int // process id of the Erlang machine
}

func startNode(t *testing.T) *node {
	n := &node{t: t, dir: t.TempDir(), port: freePort(t), webPort: freePort(t), distPort: freePort(t), epmdPort: freePort(t)}
	for _, d := range []string{"home", "mnesia", "log"} {
		require.NoError(t, os.Mkdir(filepath.Join(n.dir, d), 0o700))
	}
	n.writeFile("home/.erlang.cookie", "minirabbit-behaviours", 0o400)
	n.writeFile("enabled_plugins", "[rabbitmq_management].", 0o600)
	n.writeFile("rabbitmq.conf", fmt.Sprintf(
		"listeners.tcp.1 = 127.0.0.1:%d\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %d\n", n.port, n.webPort), 0o600)
	n.epmd = exec.Command(program(t, "epmd"), "-port", strconv.Itoa(n.epmdPort), "-address", "127.0.0.1")
	n.epmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(n.dir, "home")}
	require.NoError(t, n.epmd.Start())
	t.Cleanup(func() {
		n.epmd.Process.Kill()
		n.epmd.Wait()
	})
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *node) url() string        { return fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", n.port) }
func (n *node) management() string { return fmt.Sprintf("http://guest:guest@127.0.0.1:%d", n.webPort) }

func (n *node) writeFile(name, text string, mode os.FileMode) {
	require.NoError(n.t, os.WriteFile(filepath.Join(n.dir, name), []byte(text), mode))
}

// start runs the server and waits until it takes connections and its management API answers.
func (n *node) start() {
	file := func(name string) string { return filepath.Join(n.dir, name) }
	log, err := os.OpenFile(file("out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(n.t, err)
	defer log.Close()
	n.server = exec.Command(serverProgram)
	n.server.Stdout, n.server.Stderr = log, log
	n.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	n.server.Env = n.environment()
	require.NoError(n.t, n.server.Start())
	for deadline := time.Now().Add(2 * time.Minute); !n.answers(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(file("out"))
			require.FailNow(n.t, "RabbitMQ does not start", "%s", said)
		}
	}
	text, err := os.ReadFile(file("pid")) // it vanishes on stop
	require.NoError(n.t, err)
	n.erlang, err = strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(n.t, err)
}

// environment ties RabbitMQ's programs to this node and to nothing else on the machine.
func (n *node) environment() []string {
	file := func(name string) string { return filepath.Join(n.dir, name) }
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + file("home"), "LANG=C.UTF-8",
		"RABBITMQ_NODENAME=n1@localhost", fmt.Sprintf("RABBITMQ_DIST_PORT=%d", n.distPort),
		fmt.Sprintf("ERL_EPMD_PORT=%d", n.epmdPort), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_MNESIA_BASE=" + file("mnesia"), "RABBITMQ_LOG_BASE=" + file("log"), "RABBITMQ_PID_FILE=" + file("pid"),
		"RABBITMQ_CONFIG_FILE=" + file("rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE=" + file("enabled_plugins"),
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_ADVANCED_CONFIG_FILE=" + file("none"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
	}
}

func (n *node) answers() bool {
	conn, err := amqp.Dial(n.url())
	if err != nil {
		return false
	}
	conn.Close()
	web, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.webPort))
	if err != nil {
		return false
	}
	web.Close()
	return true
}

func (n *node) stop() { n.end(syscall.SIGTERM) }

// kill crashes the node. What has been declared lies in a buffer for a moment before it is in the file, and a crash in that moment
// is not what is compared: the buffer is written out first.
func (n *node) kill() {
	cmd := exec.Command("/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", "eval", "ok = mnesia:sync_log().")
	cmd.Env = append(n.environment(), "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}")
	out, err := cmd.CombinedOutput()
	require.NoError(n.t, err, "%s", out)
	n.end(syscall.SIGKILL)
}

func (n *node) end(signal syscall.Signal) {
	if n.server == nil {
		return
	}
	require.NoError(n.t, syscall.Kill(n.erlang, signal))
	n.server.Wait() // its status is the signal's
	n.server = nil
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
