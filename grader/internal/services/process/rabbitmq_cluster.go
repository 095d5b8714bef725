package process

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"scalelab/grader/internal/services/owner"
	"scalelab/pkg/services/port"
)

// StartCluster starts a node and others that join it, and returns when all of them can be talked to. The first has the name
// scalelab@localhost, the others scalelab2@localhost and so on; all have the same administrator and password.
func StartCluster(ctx context.Context, folder *owner.Folder, size int) ([]*RabbitMQ, error) {
	first, err := StartRabbitMQ(ctx, folder)
	if err != nil {
		return nil, err
	}
	nodes := make([]*RabbitMQ, size)
	nodes[0] = first
	var group errgroup.Group
	for i := 1; i < size; i++ {
		group.Go(func() (err error) {
			nodes[i], err = join(ctx, first, fmt.Sprintf("scalelab%d@localhost", i+1))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, CloseCluster(nodes))
	}
	return nodes, nil
}

// CloseCluster ends all nodes, the first, which has the port mapper, last.
func CloseCluster(nodes []*RabbitMQ) error {
	var errs []error
	for i := len(nodes) - 1; i >= 0; i-- {
		if nodes[i] != nil {
			errs = append(errs, nodes[i].Close())
		}
	}
	return errors.Join(errs...)
}

// join starts a node that becomes a member of first's cluster.
func join(ctx context.Context, first *RabbitMQ, name string) (*RabbitMQ, error) {
	dir, err := first.folder.Sub("rabbitmq-")
	if err != nil {
		return nil, err
	}
	return start(ctx, &RabbitMQ{
		Password: first.Password, name: name, cookie: first.cookie, first: first,
		programs: first.programs, folder: first.folder, dir: dir,
	})
}

// membership is the part of the configuration that makes a new node ask the first one to be let in.
func (r *RabbitMQ) membership() string {
	if r.first == nil {
		return ""
	}
	return "cluster_formation.peer_discovery_backend = classic_config\n" +
		"cluster_formation.classic_config.nodes.1 = " + r.first.name + "\n" +
		"cluster_formation.classic_config.nodes.2 = " + r.name + "\n"
}

// portMapper is where the nodes of the cluster find each other.
func (r *RabbitMQ) portMapper() *port.Reservation {
	if r.first != nil {
		return r.first.mapping
	}
	return r.mapping
}
