package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // opens s3:// addresses
	"gocloud.dev/gcerrors"
)

// Bucket is a Store in object storage that speaks S3: Amazon's, MinIO, Google
// Cloud Storage by its interoperable endpoint. An object is written once; with
// object lock on the bucket nobody can write or remove it later.
type Bucket struct {
	address string

	mu      sync.Mutex
	objects *blob.Bucket // guarded by mu; nil until it is used
}

// NewBucket returns the bucket of an address such as
// s3://audit?region=us-west-2, or
// s3://audit?endpoint=https://minio.example:9000&use_path_style=true.
// Credentials come from the environment as AWS takes them, when it is used.
func NewBucket(address string) *Bucket { return &Bucket{address: address} }

func (b *Bucket) open(ctx context.Context) (*blob.Bucket, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects != nil {
		return b.objects, nil
	}
	objects, err := blob.OpenBucket(ctx, b.address)
	if err != nil {
		return nil, fmt.Errorf("bucket of checkpoints: %w", err)
	}
	b.objects = objects
	return objects, nil
}

// Put implements Store.
func (b *Bucket) Put(ctx context.Context, name, text string) error {
	objects, err := b.open(ctx)
	if err != nil {
		return err
	}
	err = objects.WriteAll(ctx, name, []byte(text), &blob.WriterOptions{ContentType: "text/plain; charset=utf-8", IfNotExist: true})
	if err == nil {
		return nil
	}
	if gcerrors.Code(err) == gcerrors.FailedPrecondition { // there already: by us, or by somebody else
		old, readErr := objects.ReadAll(ctx, name)
		if readErr == nil && string(old) == text {
			return nil
		}
		err = errors.Join(err, readErr)
	}
	return fmt.Errorf("write checkpoint: %w", err)
}

// Notes returns the signed texts of all objects in the order of their names.
func (b *Bucket) Notes(ctx context.Context) ([]string, error) {
	objects, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for list := objects.List(nil); ; {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read checkpoints: %w", err)
		}
		names = append(names, object.Key)
	}
	slices.Sort(names)
	var notes []string
	for _, name := range names {
		text, err := objects.ReadAll(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read checkpoints: %w", err)
		}
		notes = append(notes, SplitNotes(text)...)
	}
	return notes, nil
}
