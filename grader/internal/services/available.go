package services

import (
	"context"
	"errors"
)

// Report says whether one provider has one kind of server here.
type Report struct {
	Provider string
	Kind     Kind
	Usable   bool
	About    string // what would be used
	Why      error  // why not, and what to do about it
}

// Available looks at every provider and kind, in the order in which auto prefers them. It starts no server and pulls
// no image: an image that would have to be pulled makes containers not usable.
func Available(ctx context.Context) ([]Report, error) {
	h, err := newHost(func(string) {})
	if err != nil {
		return nil, err
	}
	var all []Report
	for _, p := range providers {
		for _, kind := range []Kind{Redis, RabbitMQ} {
			c, err := p.look(ctx, h, kind)
			if err == nil && c.missing != "" {
				err = errors.New(c.missing)
			}
			all = append(all, Report{Provider: p.name, Kind: kind, Usable: err == nil, About: c.about, Why: err})
		}
	}
	return all, h.close()
}
