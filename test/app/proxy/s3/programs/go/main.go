// Amazon's SDK for Go v2: objects, a multipart upload, ranges in parallel, copies, batches.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func same(found, wanted any) {
	if fmt.Sprint(found) != fmt.Sprint(wanted) {
		panic(fmt.Sprintf("%.200v is not %.200v", found, wanted))
	}
}

func main() {
	ctx := context.Background()
	bucket, prefix := aws.String(os.Getenv("BUCKET")), os.Getenv("PREFIX")
	key := func(name string) *string { return aws.String(prefix + name) }
	cfg, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })

	small := key("dir/a b+c%ü.txt")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: small, Body: strings.NewReader("hello"), Metadata: map[string]string{"colour": "blue"},
	})
	check(err)
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: small})
	check(err)
	body, err := io.ReadAll(got.Body)
	check(err)
	same(string(body)+got.Metadata["colour"], "helloblue")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key("absent")})
	var absent *types.NoSuchKey
	same(errors.As(err, &absent), true)

	large, err := os.ReadFile(os.Getenv("LARGE"))
	check(err)
	_, err = manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: key("large"), Body: bytes.NewReader(large),
	})
	check(err)
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: bucket, Key: key("copy"), CopySource: aws.String(*bucket + "/" + url.PathEscape(*key("large"))),
	})
	check(err)
	for _, name := range []string{"large", "copy"} {
		buffer := manager.NewWriteAtBuffer(nil)
		_, err = manager.NewDownloader(client).Download(ctx, buffer, &s3.GetObjectInput{Bucket: bucket, Key: key(name)})
		check(err)
		same(bytes.Equal(buffer.Bytes(), large), true)
	}

	var found []string
	var objects []types.ObjectIdentifier
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
		Bucket: bucket, Prefix: aws.String(prefix), MaxKeys: aws.Int32(1),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, object := range page.Contents {
			found = append(found, *object.Key)
			objects = append(objects, types.ObjectIdentifier{Key: object.Key})
		}
	}
	same(found, []string{*key("copy"), *small, *key("large")})
	deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: bucket, Delete: &types.Delete{Objects: objects},
	})
	check(err)
	same(len(deleted.Deleted), 3)
}
