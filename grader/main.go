// Command grader grades the labs of the kit, and proves that it grades them right.
//
// This file routes a subcommand and maps its error to an exit code. Each subcommand has a file of its own, which tells its story
// in the words of the stages below internal/; docs/architecture.md walks one grading from here to the scorecard.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"scalelab/grader/internal/policy"
)

// Exit codes of every subcommand.
const (
	exitOK       = 0 // full marks, or all proven
	exitLost     = 1 // graded with lost points, or a lab is not proven
	exitUsage    = 2 // the command line, the course or the submission cannot be used
	exitUnjudged = 3 // something could not be judged; beats exitLost
)

// commands are the subcommands; a field's type is the subcommand's file.
type commands struct {
	Doctor doctorCommand `cmd:"" help:"Tell what this machine can do, and how to fix what is missing."`
	Demo   demoCommand   `cmd:"" help:"Grade the sample class on what this machine has."`
	Test   testCommand   `cmd:"" help:"Run the visible tests of labs."`
	Grade  gradeCommand  `cmd:"" help:"Grade a submission."`
	Hint   hintCommand   `cmd:"" help:"Show the next hint of a check."`
	List   listCommand   `cmd:"" help:"List the course."`
	Replay replayCommand `cmd:"" help:"Run the very execution that failed a check again."`
	Verify verifyCommand `cmd:"" help:"Prove that the labs grade right: stub, solution, alternates, mutants."`
}

// exit is an error with the exit code that it asks for. Without a cause there is nothing left to say.
type exit struct {
	code  int
	cause error
}

func (e *exit) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

func (e *exit) Unwrap() error { return e.cause }

func usage(err error) error { return &exit{exitUsage, err} }

func main() {
	if os.Getenv(policy.WorkerVariable) != "" {
		os.Exit(policy.Work(os.Stdin, os.Stdout)) // a bounded process that checks types, started by another grader
	}
	os.Exit(route(os.Args[1:]))
}

func route(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var all commands
	parser, err := kong.New(&all,
		kong.Name("grader"),
		kong.Description("The autograder of Scalelab: the same code always gets the same grade, and a lost point comes with the execution that lost it."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return complain(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return complain(usage(fmt.Errorf("%w; see `go run ./grader --help`", err)))
	}
	return complain(command.Run())
}

// complain prints what went wrong and returns the exit code.
func complain(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitUnjudged // an error nobody classified is the kit's or the machine's
	var e *exit
	if errors.As(err, &e) {
		code = e.code
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "grader: "+text)
	}
	return code
}
