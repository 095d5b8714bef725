package services

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// management is the management API of a broker, as http://user:password@host:port/vhost.
type management string

// SetPolicy puts one policy on the virtual host of the URL.
func (m management) SetPolicy(ctx context.Context, name, pattern string, definition map[string]any) error {
	if m == "" {
		return errors.New("set policy " + name + ": no management API: " + EnvRabbitMQManagement + " is not set")
	}
	api, err := url.Parse(string(m))
	if err != nil {
		return fmt.Errorf("set policy %s: %w", name, err)
	}
	vhost := strings.TrimPrefix(api.Path, "/")
	body, err := json.Marshal(map[string]any{"pattern": pattern, "definition": definition, "apply-to": "all"})
	if err != nil {
		return fmt.Errorf("set policy %s: %w", name, err)
	}
	endpoint := "http://" + api.Host + "/api/policies/" + url.PathEscape(vhost) + "/" + url.PathEscape(name)
	if err := m.put(ctx, endpoint, api.User, body); err != nil {
		return fmt.Errorf("set policy %s: %w", name, err)
	}
	return nil
}

func (m management) put(ctx context.Context, endpoint string, user *url.Userinfo, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	password, _ := user.Password()
	req.SetBasicAuth(user.Username(), password)
	req.Header.Set("Content-Type", "application/json")
	req.Close = true // no idle connection left for a leak check to find
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}
