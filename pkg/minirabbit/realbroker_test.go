package minirabbit_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

// realServer is a RabbitMQ with its management API.
type realServer struct {
	url        string // amqp://user:password@host:port/
	management string // http://user:password@host:port
	node       node   // nil if somebody else started it
}

var vhosts atomic.Int64

// realServers are the RabbitMQs to compare with. Each skips the test where it is not to be had.
var realServers = []struct {
	name string
	find func(t *testing.T) *realServer
}{
	{"given", givenServer},
	{"process", processServer},
	{"container", containerServer},
}

// givenServer is the broker that SCALELAB_RABBITMQ_TEST_URL and SCALELAB_RABBITMQ_TEST_MANAGEMENT name.
func givenServer(t *testing.T) *realServer {
	given, management := os.Getenv("SCALELAB_RABBITMQ_TEST_URL"), os.Getenv("SCALELAB_RABBITMQ_TEST_MANAGEMENT")
	if given == "" {
		t.Skip("SCALELAB_RABBITMQ_TEST_URL names no RabbitMQ to compare with")
	}
	require.NotEmpty(t, management, "SCALELAB_RABBITMQ_TEST_MANAGEMENT goes with SCALELAB_RABBITMQ_TEST_URL")
	return &realServer{url: given, management: management}
}

// processServer is a node of our own, if rabbitmq-server is installed.
func processServer(t *testing.T) *realServer {
	_, err := os.Stat(serverProgram)
	skipUnless(t, "process", err)
	return startProcessNode(t).server()
}

// containerServer is a node of our own in a container, if a Docker engine answers and has the image.
func containerServer(t *testing.T) *realServer {
	image := cmp.Or(os.Getenv("SCALELAB_RABBITMQ_IMAGE"), "scalelab/rabbitmq:debian")
	said, err := exec.Command("docker", "image", "inspect", image).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("docker image inspect %s: %w: %s", image, err, said)
	}
	skipUnless(t, "container", err)
	return startContainerNode(t, image).server()
}

// skipUnless skips the comparison if it cannot be made, or fails if SCALELAB_REQUIRE asks for it.
func skipUnless(t *testing.T, provider string, missing error) {
	t.Helper()
	required := strings.Contains(os.Getenv("SCALELAB_REQUIRE"), provider)
	if required {
		require.NoError(t, missing, "SCALELAB_REQUIRE names %s", provider)
	}
	if missing != nil {
		t.Skipf("no RabbitMQ to compare with: %v", missing)
	}
	if testing.Short() && !required {
		t.Skip("no comparison with RabbitMQ in -short mode")
	}
}

// ownServer is a node of our own with the administrator that every new node has.
func ownServer(port, webPort int, n node) *realServer {
	return &realServer{
		url:        fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", port),
		management: fmt.Sprintf("http://guest:guest@127.0.0.1:%d", webPort),
		node:       n,
	}
}

// outages are possible only on a node of our own.
func (r *realServer) outages() []outage {
	if r.node == nil {
		return []outage{{name: "restart", do: func(t *testing.T) { t.Skip("somebody else's RabbitMQ is not restarted") }}}
	}
	return []outage{
		{name: "restart", do: func(t *testing.T) { r.node.stop(); r.node.start() }},
		{name: "kill", leaderless: true, do: func(t *testing.T) { r.node.kill(); r.node.start() }},
	}
}

// ownVHost creates a virtual host and a user for one test, removed when it ends.
func (r *realServer) ownVHost(t *testing.T) *server {
	name := fmt.Sprintf("minirabbit-test-%d-%d", os.Getpid(), vhosts.Add(1))
	r.api(t, "PUT", "/vhosts/"+name, nil)
	addUser := func(user, password, configure, write, read string) error {
		r.api(t, "PUT", "/users/"+user, map[string]any{"password": password, "tags": ""})
		t.Cleanup(func() { r.api(t, "DELETE", "/users/"+user, nil) })
		r.api(t, "PUT", "/permissions/"+name+"/"+user,
			map[string]any{"configure": configure, "write": write, "read": read})
		return nil
	}
	require.NoError(t, addUser(name, "secret", ".*", ".*", ".*"))
	t.Cleanup(func() { r.api(t, "DELETE", "/vhosts/"+name, nil) })
	u, err := amqp.ParseURI(r.url)
	require.NoError(t, err)
	u.Username, u.Password, u.Vhost = name, "secret", name
	setPolicy := func(policy, pattern string, definition map[string]any) error {
		r.api(t, "PUT", "/policies/"+name+"/"+policy, map[string]any{"pattern": pattern, "definition": definition})
		return nil
	}
	return &server{url: u.String(), vhost: name, user: name, setPolicy: setPolicy, addUser: addUser}
}

func (r *realServer) api(t *testing.T, method, path string, body any) {
	t.Helper()
	u, err := url.Parse(r.management)
	require.NoError(t, err)
	payload, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequest(method, fmt.Sprintf("http://%s/api%s", u.Host, path), bytes.NewReader(payload))
	require.NoError(t, err)
	password, _ := u.User.Password()
	request.SetBasicAuth(u.User.Username(), password)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 300, "%s %s: %s", method, path, answer)
}

// program finds an executable of the node.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return path
}
