// Package rabbit divides one RabbitMQ broker among checks: each gets a virtual host of its own and a user who can
// see nothing else.
//
// All of it goes through the management API: a virtual host with its user takes about 30 ms to make, while
// rabbitmqctl, which starts an Erlang node each time, takes more than a second.
package rabbit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	patience = 2 * time.Minute // with one answer; a very busy broker has taken more than half a minute
	atOnce   = 4               // virtual hosts made or deleted; the broker does them one by one anyway
)

// API is a broker's management API, with an administrator's credentials.
type API struct {
	base   url.URL // http://host:port
	user   *url.Userinfo
	client *http.Client
	turns  *semaphore.Weighted
}

// NewAPI takes http://user:password@host:port; a path is not used.
func NewAPI(address string) (*API, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User == nil {
		return nil, fmt.Errorf("management API: want http://user:password@host:port")
	}
	return &API{
		base:   url.URL{Scheme: u.Scheme, Host: u.Host},
		user:   u.User,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}, Timeout: patience},
		turns:  semaphore.NewWeighted(atOnce),
	}, nil
}

// Close drops idle connections.
func (a *API) Close() { a.client.CloseIdleConnections() }

// Host is host:port.
func (a *API) Host() string { return a.base.Host }

// call sends body as JSON, unless it is nil, and decodes the answer into out, unless that is nil.
func (a *API) call(ctx context.Context, method string, body, out any, path ...string) error {
	resp, err := a.send(ctx, method, body, path...)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return read(resp, out)
}

func (a *API) send(ctx context.Context, method string, body any, path ...string) (*http.Response, error) {
	target := a.base.JoinPath("api")
	for _, element := range path {
		target = target.JoinPath(url.PathEscape(element))
	}
	payload := []byte("{}")
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	password, _ := a.user.Password()
	req.SetBasicAuth(a.user.Username(), password)
	req.Header.Set("Content-Type", "application/json")
	return a.client.Do(req)
}

func read(resp *http.Response, out any) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	switch {
	case err != nil:
		return err
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%s: the management API does not accept these credentials", resp.Status)
	case resp.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s: %.200s", resp.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

// Version is the broker's version; it also proves that the API answers and that the user may use it.
func (a *API) Version(ctx context.Context) (string, error) {
	var overview struct {
		Version string `json:"rabbitmq_version"`
	}
	if err := a.call(ctx, http.MethodGet, nil, &overview, "overview"); err != nil {
		return "", fmt.Errorf("management API: %w", err)
	}
	return overview.Version, nil
}

// Members of a quorum queue, as the broker knows them at the moment: who leads, and who is online.
type Members struct {
	Leader string
	Online []string
}

// Members asks for those of a queue.
func (a *API) Members(ctx context.Context, vhost, queue string) (Members, error) {
	var members Members
	if err := a.call(ctx, http.MethodGet, nil, &members, "queues", vhost, queue); err != nil {
		return members, fmt.Errorf("management API: %w", err)
	}
	return members, nil
}

// Alarms is an error while the broker has run out of memory or disk: then it takes no message from anybody.
func (a *API) Alarms(ctx context.Context) error {
	resp, err := a.send(ctx, http.MethodGet, nil, "health", "checks", "alarms")
	if err != nil {
		return fmt.Errorf("management API: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		return nil // no alarm, or a broker so old that it cannot say
	}
	var answer struct {
		Alarms []struct{ Resource string }
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil || len(answer.Alarms) == 0 {
		return fmt.Errorf("management API: %s", resp.Status)
	}
	return fmt.Errorf("the broker has raised an alarm, for it is short of %s: it takes no messages until there is enough again",
		answer.Alarms[0].Resource)
}
