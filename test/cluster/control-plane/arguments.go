package main

import (
	"fmt"
	"path/filepath"
)

// What the components need to know of one another.
type layout struct {
	directory    string
	serviceRange string
	etcdPort     int
	etcdPeerPort int
	apiPort      int
}

func (l layout) file(name string) string { return filepath.Join(l.directory, name) }
func (l layout) etcdURL() string         { return loopbackURL("http", l.etcdPort) }
func (l layout) apiURL() string          { return loopbackURL("https", l.apiPort) }

func (l layout) etcdArguments() []string {
	peer := loopbackURL("http", l.etcdPeerPort)
	return []string{
		"--data-dir=" + l.file("etcd"),
		"--listen-client-urls=" + l.etcdURL(),
		"--advertise-client-urls=" + l.etcdURL(),
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--log-level=warn",
		// The data go when the cluster goes.
		"--unsafe-no-fsync",
	}
}

// Admission plugins and feature gates stay as the version has them.
func (l layout) apiServerArguments() []string {
	return []string{
		"--etcd-servers=" + l.etcdURL(),
		"--bind-address=127.0.0.1",
		// Without a default route there is nothing to guess it from, and an Endpoints object may not name loopback.
		"--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none",
		fmt.Sprintf("--secure-port=%d", l.apiPort),
		"--tls-cert-file=" + l.file("kube-apiserver.crt"),
		"--tls-private-key-file=" + l.file("kube-apiserver.key"),
		"--client-ca-file=" + l.file("ca.crt"),
		"--authorization-mode=RBAC",
		"--allow-privileged=true",
		"--service-cluster-ip-range=" + l.serviceRange,
		"--service-account-issuer=" + l.apiURL(),
		"--service-account-key-file=" + l.file("service-accounts.key"),
		"--service-account-signing-key-file=" + l.file("service-accounts.key"),
		"--audit-policy-file=" + l.file("audit-policy.yaml"),
		"--audit-log-path=" + l.file("audit.log"),
		"--cert-dir=" + l.directory,
		"--profiling=false",
	}
}

func (l layout) controllerManagerArguments(kubeconfig string) []string {
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + l.file("service-accounts.key"),
		"--root-ca-file=" + l.file("ca.crt"),
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		// Nodes are objects that a test writes: nobody may find them silent and evict their pods.
		"--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller",
	}
}

func loopbackURL(scheme string, port int) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port)
}
