// Latchkey-cluster is a Kubernetes control plane for tests: etcd, kube-apiserver and kube-controller-manager on loopback,
// without a kubelet and without a scheduler. One binary holds them all:
//
//	latchkey-cluster up [--assets DIR] [--service-range CIDR]    starts the others and watches over them
//	latchkey-cluster etcd|kube-apiserver|kube-controller-manager|kubectl ...    is that program
//
// They stay separate processes: feature gates, flags and metrics of Kubernetes components are global to a process.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

func init() {
	// On Linux a child gets its signal when the *thread* that started it ends: the main thread is the process.
	runtime.LockOSThread()
}

func main() {
	// Called by a link's name (kubectl), or with the component as the first argument.
	if run, found := components[filepath.Base(os.Args[0])]; found {
		run()
		return
	}
	if len(os.Args) < 2 {
		usage()
	}
	os.Args = os.Args[1:]
	if os.Args[0] == "up" {
		if err := up(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "latchkey-cluster:", err)
			os.Exit(1)
		}
		return
	}
	run, found := components[os.Args[0]]
	if !found {
		usage()
	}
	run()
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: latchkey-cluster up|etcd|kube-apiserver|kube-controller-manager|kubectl [flags]")
	os.Exit(2)
}
