# Every target is a thin name for `go run ./grader …` or `go test`.

.DEFAULT_GOAL := help
.PHONY: help demo test check verify verify-all vet fmt golden figures bench images doctor list failover throttle pushpull example-cache example-loadbalancer

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## grade the sample class on what this machine has
	go run ./grader demo

test: fmt vet check verify ## everything: formatting, vet, the kit's own tests, and the proof of every lab

# Everything but labs/, whose visible tests fail until a student has solved them; `verify` runs those on the solutions.
PACKAGES = $$(go list ./... | grep -v '^scalelab/labs/')

# Four packages at once, however few the cores: those that take longest wait for servers.
check: ## the kit's own tests
	go test -count=1 -p 4 -timeout 40m $(PACKAGES)

verify: ## prove every lab on every provider that this machine has (mutants spread over them)
	go run ./grader verify all --services every --fresh --spread

verify-all: ## the same with every mutant on every provider
	go run ./grader verify all --services every --fresh

vet: ## go vet, also of the labs and the suites
	go vet ./...

fmt: ## fail if a file is not formatted
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go' | grep -v 'testdata/class/')); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi

golden: ## write the golden scorecards of the sample class anew
	go test ./grader -run Golden -update

figures: ## draw the pictures of docs/chapters anew
	go test ./grader -run Figures -update

bench: ## measure save-to-verdict against plain `go test`
	go test ./grader -run '^$$' -bench SaveToVerdict -benchtime 1x -count 1

failover: ## chapter 7: a quorum queue on three nodes outlives its leader
	go run ./grader/examples/failover

throttle: ## chapter 7: a broker without memory stops its publishers
	go run ./grader/examples/throttle

pushpull: ## chapter 7: what it costs to ask for messages, and to have them sent
	go run ./grader/examples/pushpull

example-loadbalancer: ## chapter 5: three replicas behind a load balancer, two of which die on the way
	go run ./grader/examples/loadbalancer

example-cache: ## chapter 6: what a cache does under load, and what becomes of it all when the cache dies
	go run ./grader/examples/cache

images: ## build the container images from Debian's packages, where no image registry can be reached
	testdata/images/build.sh

doctor: ## what this machine can do
	go run ./grader doctor

list: ## the course
	go run ./grader list
