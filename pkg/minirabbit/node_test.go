package minirabbit_test

import (
	"fmt"
	"net/http"
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

	"scalelab/pkg/services/port"
)

const serverProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// node is a RabbitMQ of the test's own, which it may stop and start.
type node interface {
	start() // returns when it takes connections and its management API answers
	stop()  // in order
	kill()  // as a crash
}

// processNode is a child of the test with a directory, ports and an epmd of its own.
type processNode struct {
	t                  *testing.T
	dir                string
	port, webPort      int
	distPort, epmdPort int
	epmd, program      *exec.Cmd
	erlang             int // process id of the Erlang machine
}

func startProcessNode(t *testing.T) *processNode {
	n := &processNode{t: t, dir: t.TempDir(), port: ownPort(t), webPort: ownPort(t), distPort: ownPort(t), epmdPort: ownPort(t)}
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

func (n *processNode) server() *realServer { return ownServer(n.port, n.webPort, n) }

func (n *processNode) writeFile(name, text string, mode os.FileMode) {
	require.NoError(n.t, os.WriteFile(filepath.Join(n.dir, name), []byte(text), mode))
}

func (n *processNode) start() {
	file := func(name string) string { return filepath.Join(n.dir, name) }
	log, err := os.OpenFile(file("out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(n.t, err)
	defer log.Close()
	n.program = exec.Command(serverProgram)
	n.program.Stdout, n.program.Stderr = log, log
	n.program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	n.program.Env = n.environment()
	require.NoError(n.t, n.program.Start())
	awaitAnswer(n.t, n.server(), file("out"))
	text, err := os.ReadFile(file("pid")) // it vanishes on stop
	require.NoError(n.t, err)
	n.erlang, err = strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(n.t, err)
}

// environment ties RabbitMQ's programs to this node and to nothing else on the machine.
func (n *processNode) environment() []string {
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

// awaitAnswer waits until a server takes connections and its management API answers; out is where it writes.
func awaitAnswer(t *testing.T, s *realServer, out string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !answers(s); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(out)
			require.FailNow(t, "RabbitMQ does not start", "%s", said)
		}
	}
}

func answers(s *realServer) bool {
	conn, err := amqp.Dial(s.url)
	if err != nil {
		return false
	}
	conn.Close()
	request, err := http.NewRequest(http.MethodGet, s.management+"/api/overview", nil)
	if err != nil {
		return false
	}
	request.Close = true
	web, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	web.Body.Close()
	return web.StatusCode == http.StatusOK
}

func (n *processNode) stop() { n.end(syscall.SIGTERM) }

func (n *processNode) kill() {
	cmd := exec.Command("/usr/lib/rabbitmq/bin/rabbitmqctl", flush...)
	cmd.Env = append(n.environment(), "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}")
	said, err := cmd.CombinedOutput()
	require.NoError(n.t, err, "%s", said)
	n.end(syscall.SIGKILL)
}

// flush are the arguments with which rabbitmqctl makes a node write down what has been declared. That lies in a buffer for a moment
// before it is in the file, and a crash in that moment is not what is compared.
var flush = []string{"--quiet", "eval", "ok = mnesia:sync_log()."}

func (n *processNode) end(signal syscall.Signal) {
	if n.program == nil {
		return
	}
	require.NoError(n.t, syscall.Kill(n.erlang, signal))
	n.program.Wait() // its status is the signal's
	n.program = nil
}

// ownPort stays the test's while nobody listens there.
func ownPort(t *testing.T) int {
	slot, err := port.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, slot.Close()) })
	return slot.Number()
}
