package liftrides

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// This alternate sorts confirms by delivery tag in a goroutine of its own, and gives a batch back to the queue when the store has
// failed: first it waits, then it requeues. Two goroutines run a consumer; one reads, one stores.

// Declare declares the queues.
func Declare(ch *amqp.Channel, limit int) error {
	_, err := ch.QueueDeclare(DeadQueue, true, false, false, false, nil)
	if err == nil {
		_, err = ch.QueueDeclare(Queue, true, false, false, false, amqp.Table{
			"x-max-length": int32(limit), "x-overflow": "reject-publish",
			"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DeadQueue,
		})
	}
	return err
}

// Service answers requests and stores rides.
type Service struct {
	conn  *amqp.Connection
	store Store
	opts  Options

	mu      sync.Mutex // also keeps publishing and its number together
	ch      *amqp.Channel
	waiting map[uint64]chan bool
}

// New returns a service on conn.
func New(conn *amqp.Connection, store Store, opts Options) (*Service, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	s := &Service{conn: conn, store: store, opts: opts, ch: ch, waiting: map[uint64]chan bool{}}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 1000))
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	go s.sort(confirms)
	return s, nil
}

// sort ends with the channel. Those who wait then are told no.
func (s *Service) sort(confirms <-chan amqp.Confirmation) {
	for c := range confirms {
		s.tell(c.DeliveryTag, c.Ack)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, answer := range s.waiting {
		answer <- false
	}
	s.waiting = nil
}

func (s *Service) tell(tag uint64, ack bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := s.waiting[tag]; answer != nil {
		answer <- ack
	}
	delete(s.waiting, tag)
}

// ServeHTTP answers POST /rides.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ride Ride
	switch {
	case strings.TrimSuffix(r.URL.Path, "/") != "/rides":
		w.WriteHeader(http.StatusNotFound)
	case r.Method != "POST":
		w.WriteHeader(http.StatusMethodNotAllowed)
	case json.NewDecoder(r.Body).Decode(&ride) != nil || ride.Validate() != nil:
		w.WriteHeader(http.StatusBadRequest)
	case s.accept(r.Context(), ride):
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (s *Service) accept(ctx context.Context, ride Ride) bool {
	body, _ := json.Marshal(ride)
	timeout := time.NewTimer(s.opts.ConfirmTimeout)
	defer timeout.Stop()
	select {
	case ack := <-s.publish(ride.ID, body):
		return ack
	case <-ctx.Done():
	case <-timeout.C:
	}
	return false
}

func (s *Service) publish(id string, body []byte) <-chan bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := make(chan bool, 1)
	if s.waiting == nil {
		answer <- false
		return answer
	}
	tag := s.ch.GetNextPublishSeqNo()
	err := s.ch.Publish("", Queue, false, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: 2, MessageId: id, Body: body,
	})
	if err != nil {
		answer <- false
		return answer
	}
	s.waiting[tag] = answer
	return answer
}

type held struct {
	d    amqp.Delivery
	ride Ride
}

// Run starts the goroutine that stores and reads until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ch, err := s.conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	if err := ch.Qos(s.opts.BatchSize, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.Consume(Queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	batches := make(chan []held)
	var storing sync.WaitGroup
	storing.Go(func() {
		for batch := range batches {
			s.keep(ctx, batch)
		}
	})
	err = s.read(ctx, deliveries, batches)
	close(batches)
	storing.Wait()
	return err
}

// read makes batches. The next one is read while the one before is being stored; prefetch bounds the two together.
func (s *Service) read(ctx context.Context, deliveries <-chan amqp.Delivery, batches chan<- []held) error {
	var batch []held
	var due <-chan time.Time
	pass := func() {
		select {
		case batches <- batch:
		case <-ctx.Done():
		}
		batch, due = nil, nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-due:
			pass()
		case d, ok := <-deliveries:
			if !ok && ctx.Err() != nil {
				return nil
			}
			if !ok {
				return errors.New("the broker has gone")
			}
			h := held{d: d}
			if json.Unmarshal(d.Body, &h.ride) != nil || h.ride.Validate() != nil {
				_ = d.Nack(false, false)
				continue
			}
			batch = append(batch, h)
			if len(batch) == 1 {
				due = time.After(s.opts.BatchDelay)
			}
			if len(batch) == s.opts.BatchSize {
				pass()
			}
		}
	}
}

// keep stores a batch, or each of its rides.
func (s *Service) keep(ctx context.Context, batch []held) {
	if ctx.Err() != nil {
		return
	}
	var rides []Ride
	for _, h := range batch {
		rides = append(rides, h.ride)
	}
	err := s.store.Insert(context.WithoutCancel(ctx), rides)
	refused := errors.Is(err, ErrDuplicate) || errors.Is(err, ErrPoison)
	switch {
	case refused && len(batch) > 1:
		for _, h := range batch {
			s.keep(ctx, []held{h})
		}
	case errors.Is(err, ErrPoison):
		_ = batch[0].d.Nack(false, false)
	case err == nil || refused:
		for _, h := range batch {
			_ = h.d.Ack(false)
		}
	default:
		select {
		case <-ctx.Done():
		case <-time.After(s.opts.Backoff):
			for _, h := range batch {
				_ = h.d.Nack(false, true)
			}
		}
	}
}
