package intake

import "fmt"

// Limits bound what is read of a submission. A zero field means its default.
type Limits struct {
	FileBytes     int64 // of one source file; default 256 KiB
	Entries       int   // of an archive, or of one folder; default 10 000
	ArchiveBytes  int64 // of an archive as it lies on disk; default 64 MiB
	UnpackedBytes int64 // of what is unpacked while looking for files; default 64 MiB
}

func (l Limits) orDefaults() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 10
	}
	if l.Entries <= 0 {
		l.Entries = 10_000
	}
	if l.ArchiveBytes <= 0 {
		l.ArchiveBytes = 64 << 20
	}
	if l.UnpackedBytes <= 0 {
		l.UnpackedBytes = 64 << 20
	}
	return l
}

// bytesText is a size in the largest unit that keeps it readable: "256 KiB".
func bytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n < unit.size {
			continue
		}
		if n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
		return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
	}
	return fmt.Sprintf("%d bytes", n)
}
