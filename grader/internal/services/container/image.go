package container

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Images are the ways to one server's image, in order of preference.
type Images struct {
	Env    string // the environment variable that overrides all else
	Public string // pinned, from the public registry
	Local  string // made by `make images`
}

// The images of the two servers.
var (
	RedisImages    = Images{Env: "SCALELAB_REDIS_IMAGE", Public: "redis:7.4.2-alpine", Local: "scalelab/redis:debian"}
	RabbitMQImages = Images{Env: "SCALELAB_RABBITMQ_IMAGE", Public: "rabbitmq:3.13.7-management", Local: "scalelab/rabbitmq:debian"}
)

// pullSilence is how long a pull may say nothing before it is given up: registries that are not there do not say so.
const pullSilence = 15 * time.Second

// Choose returns the image to run and whether it is here already: what the environment names, else what is here, else
// the public one, which must be pulled.
func (e *Engine) Choose(ctx context.Context, of Images) (image string, here bool, err error) {
	if named := os.Getenv(of.Env); named != "" {
		here, err := e.has(ctx, named)
		return named, here, err
	}
	for _, image := range []string{of.Public, of.Local} {
		here, err := e.has(ctx, image)
		if here || err != nil {
			return image, here, err
		}
	}
	return of.Public, false, nil
}

func (e *Engine) has(ctx context.Context, image string) (bool, error) {
	_, err := e.docker.ImageInspect(ctx, image)
	switch {
	case err == nil:
		return true, nil
	case absent(err):
		return false, nil
	}
	return false, fmt.Errorf("image %s: %w", image, err)
}

// Pull fetches an image, giving up when nothing is heard for pullSilence.
func (e *Engine) Pull(ctx context.Context, image string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(pullSilence, func() {
		cancel(fmt.Errorf("no word from the registry for %s", pullSilence))
	})
	defer silence.Stop()
	err := e.pull(ctx, image, func() { silence.Reset(pullSilence) })
	if err == nil {
		return nil
	}
	reason := cmp.Or(context.Cause(ctx), err)
	return fmt.Errorf("image %s is not here and cannot be pulled: %s; run `make images` to build images from this machine's packages",
		image, firstLine(reason.Error()))
}

func (e *Engine) pull(ctx context.Context, image string, heard func()) error {
	progress, err := e.docker.ImagePull(ctx, image, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	defer progress.Close()
	for message, err := range progress.JSONMessages(ctx) {
		if err != nil {
			return err
		}
		if message.Error != nil {
			return message.Error
		}
		heard()
	}
	return nil
}

func absent(err error) bool { return errdefs.IsNotFound(err) }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
