package proof

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"scalelab/grader/internal/files"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// unused is how long an entry is kept that nobody asks for.
const unused = 30 * 24 * time.Hour

// Cache keeps between runs what came out as it must, as go test does: the same code always gets the same grade, so a subject is graded again
// only when something has changed that its grade follows from. It counts, too: who wants a hundred gradings and has forty gets sixty.
//
// A row that is not as expected, or not wholly judged, is not kept. A nil Cache keeps nothing.
type Cache struct {
	dir   string
	salt  string // digest of what every row follows from
	fresh bool
}

// OpenCache returns the cache in the folder. Its entries hold for this very grader, for the kit at root, and for the settings that are given.
// A fresh one begins with nothing, and replaces what is there.
func OpenCache(dir, root string, fresh bool, settings ...string) (*Cache, error) {
	salt, err := saltOf(root, settings)
	if err != nil {
		return nil, fmt.Errorf("identify what gradings follow from: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > unused {
			os.Remove(file) // if it cannot be removed it does no harm
		}
	}
	return &Cache{dir: dir, salt: salt, fresh: fresh}, nil
}

// entry is what is kept of a subject on a provider.
type entry struct {
	Times   int        `json:"times"`   // gradings that came out the same
	Visible bool       `json:"visible"` // the visible tests came out as they must, too
	Result  *score.Lab `json:"result"`
}

const extension = ".json.gz"

// forLab returns the part of the cache that holds for the lab as it is now.
func (c *Cache) forLab(lab *kit.Lab) (*Cache, error) {
	if c == nil {
		return nil, nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", c.salt, lab.ID)
	if err := digestLab(h, lab); err != nil {
		return nil, fmt.Errorf("identify what gradings of %s follow from: %w", lab.ID, err)
	}
	return &Cache{dir: c.dir, salt: hex.EncodeToString(h.Sum(nil)), fresh: c.fresh}, nil
}

// place is where the entry of a subject on a provider is kept; empty if it cannot be: servers that are no part of the kit may be others
// tomorrow.
func (c *Cache) place(p Provider, s *subject.Subject) string {
	if c == nil || !p.Ours {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%q %s\n", c.salt, p.Name, s.Name, s.Digest())
	return filepath.Join(c.dir, hex.EncodeToString(h.Sum(nil))[:32]+extension)
}

// load returns the entry that is kept there. One that cannot be read is as good as none.
func (c *Cache) load(place string) entry {
	if place == "" || c.fresh {
		return entry{}
	}
	file, err := os.Open(place)
	if err != nil {
		return entry{}
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return entry{}
	}
	var e entry
	if json.NewDecoder(unzipped).Decode(&e) != nil || e.Result == nil || e.Times < 1 {
		return entry{}
	}
	now := time.Now()
	os.Chtimes(place, now, now) // somebody asked for it
	return e
}

// save keeps the entry, in one step: several graders may share the folder. What cannot be kept, on a full disk perhaps, is graded again.
func (c *Cache) save(place string, e entry) {
	if place == "" || !judged(e.Result) {
		return
	}
	_ = files.Replace(place, func(w io.Writer) error {
		zipped := gzip.NewWriter(w)
		return errors.Join(json.NewEncoder(zipped).Encode(e), zipped.Close())
	})
}

// forget drops an entry: its subject has come out in another way.
func (c *Cache) forget(place string) {
	if place != "" {
		os.Remove(place) // mostly there is none
	}
}

// judged reports that every check has a verdict.
func judged(l *score.Lab) bool {
	return l.Status == score.Graded && !slices.ContainsFunc(l.Checks, func(c *score.Check) bool { return c.Verdict == record.NotJudged })
}
