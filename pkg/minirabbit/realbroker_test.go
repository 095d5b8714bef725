package minirabbit_test

import (
	"bytes"
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
	node       *node  // nil if somebody else started it
}

var vhosts atomic.Int64

// realBroker is the RabbitMQ to compare with: the one that SCALELAB_RABBITMQ_TEST_URL and
// SCALELAB_RABBITMQ_TEST_MANAGEMENT name, or a private node. Without either the test is skipped, or fails if
// SCALELAB_REQUIRE asks for "process".
func realBroker(t *testing.T) *realServer {
	if given := os.Getenv("SCALELAB_RABBITMQ_TEST_URL"); given != "" {
		management := os.Getenv("SCALELAB_RABBITMQ_TEST_MANAGEMENT")
		require.NotEmpty(t, management, "SCALELAB_RABBITMQ_TEST_MANAGEMENT goes with SCALELAB_RABBITMQ_TEST_URL")
		return &realServer{url: given, management: management}
	}
	required := strings.Contains(os.Getenv("SCALELAB_REQUIRE"), "process")
	if _, err := os.Stat(serverProgram); err != nil {
		require.False(t, required, "SCALELAB_REQUIRE=process, but there is no %s", serverProgram)
		t.Skipf("no RabbitMQ to compare with: %v", err)
	}
	if testing.Short() && !required {
		t.Skip("no comparison with RabbitMQ in -short mode")
	}
	n := startNode(t)
	return &realServer{url: n.url(), management: n.management(), node: n}
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
