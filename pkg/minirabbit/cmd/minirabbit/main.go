// Minirabbit runs the broker as a program, to point any AMQP 0-9-1 client at it:
//
//	go run ./pkg/minirabbit/cmd/minirabbit -addr 127.0.0.1:5672
//
// It prints its URL and serves until it is interrupted.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"

	"scalelab/pkg/minirabbit"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5672", "host:port to listen on")
	multiple := flag.Bool("multiple", false, "gather confirms in multiple acks")
	flag.Parse()
	b, err := minirabbit.Start(minirabbit.Options{Addr: *addr, ConfirmMultiple: *multiple})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer b.Close()
	fmt.Println(b.URL())
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
}
