package policy

import (
	"sync"
	"testing"
)

// Gradings run side by side and share what was imported.
func TestExportsAreSharedByParallelChecks(t *testing.T) {
	x := exports(t)
	shared := &Exports{Files: x.Files}
	all := situations(t)
	var group sync.WaitGroup
	for range 4 {
		for _, name := range []string{"interface-of-every-kind", "foreign-variables-written", "interface-kept", "package-state"} {
			group.Go(func() {
				findings, err := examine(all[name], shared)
				if err != nil || text(findings) != all[name].want {
					t.Errorf("%s: %v\n%s", name, err, text(findings))
				}
			})
		}
	}
	group.Wait()
}
