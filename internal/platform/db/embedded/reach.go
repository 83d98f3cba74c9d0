package embedded

import (
	"fmt"
	"os"
)

// reachable is a path under which the server's account finds a directory, and
// the open files a process must inherit (as descriptor 3 and up) for it.
type reachable struct {
	path  string
	files []*os.File
}

// pathFor returns how the account can reach dir. Usually that is dir itself.
// When a parent shuts the account out (a temporary directory that root made for
// itself, root's home), the directory is opened here and handed down: a path
// through /proc/self/fd leads straight to it, and inside it the server's own
// rights are enough. release closes what was opened.
func (a account) pathFor(dir string) (r reachable, release func(), err error) {
	if a.reaches(dir) {
		return reachable{path: dir}, func() {}, nil
	}
	if !canInheritDir {
		return r, nil, fmt.Errorf("%s cannot enter %s: choose a directory with --data that it can reach, such as /var/lib/rainmaker", a.name, dir)
	}
	f, err := os.Open(dir)
	if err != nil {
		return r, nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return reachable{path: "/proc/self/fd/3", files: []*os.File{f}}, func() { _ = f.Close() }, nil
}
