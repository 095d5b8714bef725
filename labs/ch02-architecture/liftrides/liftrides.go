package liftrides

import (
	"context"
	"net/http"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Declare declares Queue, in which at most limit rides wait, and DeadQueue. What comes when Queue is full is refused. It may be
// called any number of times.
func Declare(ch *amqp.Channel, limit int) error {
	panic(lab.NotImplemented("liftrides", "Declare"))
}

// Service takes rides over HTTP into the queue, and carries them from the queue to the store.
type Service struct{}

// New returns a service on conn, which stays the caller's to close.
func New(conn *amqp.Connection, store Store, opts Options) (*Service, error) {
	panic(lab.NotImplemented("liftrides", "New"))
}

// ServeHTTP answers POST /rides: 202 when the broker has confirmed the ride, 503 with Retry-After when it has refused it or has not
// answered, 400 when it is no ride.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	panic(lab.NotImplemented("liftrides", "ServeHTTP"))
}

// Run stores the rides of the queue, in batches, until ctx ends; then it returns nil. When the connection is lost it returns an
// error.
func (s *Service) Run(ctx context.Context) error {
	panic(lab.NotImplemented("liftrides", "Run"))
}
