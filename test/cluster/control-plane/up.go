package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The first start after a build reads the whole binary from disk, and test machines are busy.
const startLimit = 2 * time.Minute

//go:embed audit-policy.yaml
var auditPolicy []byte

// The line that tells the parent that the cluster is ready.
type ready struct {
	URL          string `json:"url"`
	Kubeconfig   string `json:"kubeconfig"`
	CAFile       string `json:"caFile"`
	Issuer       string `json:"issuer"`
	ServiceRange string `json:"serviceRange"`
	AuditLog     string `json:"auditLog"`
	Directory    string `json:"directory"`
	Controllers  bool   `json:"controllers"`
}

// up runs a cluster until its standard input ends, a signal comes or a component ends.
func up(args []string) error {
	flags := flag.NewFlagSet("up", flag.ExitOnError)
	assets := flags.String("assets", "", "folder with etcd, kube-apiserver and perhaps kube-controller-manager to run instead of our own")
	// Inside loopback, a Service's ClusterIP is reached without kube-proxy: whoever listens there is the Service.
	serviceRange := flags.String("service-range", "127.96.0.0/16", "CIDR of ClusterIPs")
	_ = flags.Parse(args)

	directory, err := os.MkdirTemp("", "latchkey-cluster-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)

	stop := stopped()
	cluster := &cluster{assets: *assets, layout: layout{directory: directory, serviceRange: *serviceRange}, broken: make(chan string, 3)}
	defer cluster.stop()
	started := make(chan error, 1)
	var line ready
	// Children are started by the main thread (see main.go); only the waiting for a signal happens beside it.
	abort := make(chan struct{})
	go func() {
		select {
		case <-stop:
			cluster.stop()
		case <-abort:
		}
	}()
	line, err = cluster.start()
	close(abort)
	if err != nil {
		return err
	}
	_ = started
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	select {
	case <-stop:
		return nil
	case name := <-cluster.broken:
		return errors.New(name)
	}
}

var _ = io.EOF
var _ = net.IPv4len
var _ = fmt.Sprint
var _ = filepath.Join
var _ = signal.Notify
var _ = syscall.SIGTERM
