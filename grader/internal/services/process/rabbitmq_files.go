package process

import (
	"fmt"
	"os"
	"strconv"
)

const plugins = "[rabbitmq_management,rabbitmq_consistent_hash_exchange].\n"

// writeFiles makes the node's home. Its administrator has a password of this run, so that nothing on this machine
// but the grader can use the node.
func (r *RabbitMQ) writeFiles() error {
	for _, dir := range []string{"home", "data", "log"} {
		if err := os.Mkdir(r.path(dir), 0o700); err != nil {
			return err
		}
	}
	config := fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\n"+
		"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %d\n"+
		"default_user = %s\ndefault_pass = %s\n", r.amqp.Number(), r.http.Number(), User, r.Password) + r.membership()
	files := []struct {
		name, content string
		mode          os.FileMode
	}{
		{"home/.erlang.cookie", r.cookie, 0o400}, // Erlang refuses a cookie that others may read
		{"rabbitmq.conf", config, 0o600},
		{"enabled_plugins", plugins, 0o600},
	}
	for _, f := range files {
		if err := os.WriteFile(r.path(f.name), []byte(f.content), f.mode); err != nil {
			return err
		}
	}
	return nil
}

// environment is all that the node sees. It names every file, for else the system's own configuration is read.
// RABBITMQ_FEATURE_FLAGS_FILE is left alone: with it quorum queues are refused.
func (r *RabbitMQ) environment() []string {
	mapping := strconv.Itoa(r.portMapper().Number())
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + r.path("home"),
		"RABBITMQ_NODENAME=" + r.name,
		"RABBITMQ_DIST_PORT=" + strconv.Itoa(r.cluster.Number()),
		"ERL_EPMD_PORT=" + mapping, "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_MNESIA_BASE=" + r.path("data"),
		"RABBITMQ_LOG_BASE=" + r.path("log"),
		"RABBITMQ_PID_FILE=" + r.path("pid"),
		"RABBITMQ_CONFIG_FILE=" + r.path("rabbitmq.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + r.path("enabled_plugins"),
		"RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + r.path("none"),
		"RABBITMQ_LOGS=-",
		// The start script then becomes the server instead of its parent, and so the server is our child.
		"RUNNING_UNDER_SYSTEMD=1",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} " +
			"+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
	}
}
