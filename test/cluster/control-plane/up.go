package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The line on standard output that says that the cluster is ready.
type ready struct {
	URL        string `json:"url"`
	Kubeconfig string `json:"kubeconfig"`
	CAFile     string `json:"caFile"`
	// Of service account tokens; its discovery document and keys are for everyone to read.
	Issuer       string `json:"issuer"`
	ServiceRange string `json:"serviceRange"`
	AuditLog     string `json:"auditLog"`
	Directory    string `json:"directory"`
	// Whether a controller manager runs.
	Controllers bool `json:"controllers"`
}

// up runs a cluster until standard input ends (with the parent), a signal comes, or a component ends by itself.
func up(args []string) error {
	flags := flag.NewFlagSet("up", flag.ExitOnError)
	assets := flags.String("assets", "", "folder with etcd, kube-apiserver and perhaps kube-controller-manager to run instead")
	// Inside loopback a ClusterIP is reached without kube-proxy: whoever listens there is the Service.
	serviceRange := flags.String("service-range", "127.96.0.0/16", "CIDR of ClusterIPs")
	_ = flags.Parse(args)

	context, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	directory, err := os.MkdirTemp("", "latchkey-cluster-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)

	cluster := &cluster{assets: *assets, layout: layout{directory: directory, serviceRange: *serviceRange}}
	defer cluster.stop()
	line, err := cluster.start(context)
	if context.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	select {
	case <-context.Done():
		return nil
	case child := <-cluster.anyEnded():
		return fmt.Errorf("%s ended:\n%s", child.name, child.tail())
	}
}
