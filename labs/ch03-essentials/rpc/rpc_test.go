package rpc_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/faultnet"
)

// These tests are a part of what is graded, in a form that can be read. They run your client against your server, over a network
// in memory. With them green your interface is right; the graded checks look into every corner that the README describes.

// office is your server on its host, and your client on another one.
type office struct {
	net    *faultnet.Network
	server *rpc.Server
	client *rpc.Client
}

// open starts the server, with a handler "echo" that returns its arguments, and connects the client.
func open(t *testing.T) *office {
	o := &office{net: faultnet.New(1), server: rpc.NewServer()}
	o.server.Register("echo", func(_ context.Context, args []byte) ([]byte, error) { return args, nil })
	l, err := o.net.Host("bank").Listen("tcp", ":80")
	require.NoError(t, err)
	served := make(chan error)
	go func() { served <- o.server.Serve(l) }()
	t.Cleanup(func() {
		l.Close()
		require.ErrorIs(t, <-served, net.ErrClosed, "Serve returns the error of Accept when the listener was closed")
		o.net.Close()
	})

	o.client, err = rpc.Dial(t.Context(), func(ctx context.Context) (net.Conn, error) {
		return o.net.Host("resort").Dial(ctx, "tcp", "bank:80")
	})
	require.NoError(t, err)
	t.Cleanup(func() { o.client.Close() })
	return o
}

// holding registers a handler "hold", which says on the first channel that it was called, and returns when the second one is closed.
func (o *office) holding() (called, release chan struct{}) {
	called, release = make(chan struct{}, 10), make(chan struct{})
	o.server.Register("hold", func(_ context.Context, args []byte) ([]byte, error) {
		called <- struct{}{}
		<-release
		return args, nil
	})
	return called, release
}

func TestCallReturnsTheResult(t *testing.T) {
	o := open(t)
	var reply string
	require.NoError(t, o.client.Call(t.Context(), "echo", "hello", &reply))
	require.Equal(t, "hello", reply)
	require.NoError(t, o.client.Call(t.Context(), "echo", "hello", nil), "a result that does not matter")
}

func TestQuickCallDoesNotWaitForASlowOne(t *testing.T) {
	o := open(t)
	called, release := o.holding()
	slow := make(chan string)
	go func() {
		var reply string
		_ = o.client.Call(t.Context(), "hold", "slow", &reply)
		slow <- reply
	}()
	<-called

	var reply string
	require.NoError(t, o.client.Call(t.Context(), "echo", "quick", &reply))
	require.Equal(t, "quick", reply, "the second call gets its own reply while the first one waits")
	require.Equal(t, 1, o.client.Pending(), "the slow call is under way")
	close(release)
	require.Equal(t, "slow", <-slow)
}

func TestManyCallsAtOnce(t *testing.T) {
	o := open(t)
	var calls sync.WaitGroup
	for i := range 50 {
		calls.Go(func() {
			reply := -1
			if err := o.client.Call(t.Context(), "echo", i, &reply); err != nil || reply != i {
				t.Errorf("call %d returned %d and the error %v", i, reply, err)
			}
		})
	}
	calls.Wait()
}

func TestFailedCallsLeaveTheConnectionAsItWas(t *testing.T) {
	o := open(t)
	o.server.Register("refuse", func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no funds") })
	o.server.Register("panic", func(context.Context, []byte) ([]byte, error) { panic("out of cash") })
	o.server.Register("large", func(context.Context, []byte) ([]byte, error) { return make([]byte, rpc.MaxPayload+1), nil })

	var remote *rpc.RemoteError
	require.ErrorAs(t, o.client.Call(t.Context(), "refuse", 1, nil), &remote)
	require.Equal(t, rpc.RemoteError{Name: "refuse", Message: "no funds"}, *remote)
	require.ErrorAs(t, o.client.Call(t.Context(), "panic", 1, nil), &remote)
	require.ErrorIs(t, o.client.Call(t.Context(), "unheard of", 1, nil), rpc.ErrNotRegistered)
	require.ErrorIs(t, o.client.Call(t.Context(), "large", 1, nil), rpc.ErrTooLarge)
	require.ErrorIs(t, o.client.Call(t.Context(), "echo", make(chan int), nil), rpc.ErrEncoding)

	var reply string
	require.NoError(t, o.client.Call(t.Context(), "echo", "still there", &reply))
	require.Equal(t, "still there", reply)
}

func TestCancelledCallReturns(t *testing.T) {
	o := open(t)
	called, release := o.holding()
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- o.client.Call(ctx, "hold", 1, nil) }()
	<-called
	cancel()
	require.ErrorIs(t, <-left, context.Canceled, "the call returns although its handler does not")
	close(release)

	var reply string
	require.NoError(t, o.client.Call(t.Context(), "echo", "next", &reply))
	require.Equal(t, "next", reply, "not the late reply to the call that has left")
}

func TestCrashFailsTheCallsUnderWay(t *testing.T) {
	o := open(t)
	called, release := o.holding()
	defer close(release)
	failed := make(chan error)
	for range 3 {
		go func() { failed <- o.client.Call(t.Context(), "hold", 1, nil) }()
		<-called
	}
	o.net.Host("bank").Kill()
	for range 3 {
		require.ErrorIs(t, <-failed, rpc.ErrUnavailable)
	}
	require.ErrorIs(t, o.client.Call(t.Context(), "echo", 1, nil), rpc.ErrUnavailable)
}

func TestDialFailure(t *testing.T) {
	down := errors.New("no line")
	_, err := rpc.Dial(t.Context(), func(context.Context) (net.Conn, error) { return nil, down })
	require.ErrorIs(t, err, rpc.ErrUnavailable)
	require.ErrorIs(t, err, down, "the cause is wrapped as well")
}
