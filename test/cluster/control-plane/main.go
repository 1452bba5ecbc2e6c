package main

import (
	"os"
	_ "time/tzdata"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"go.etcd.io/etcd/server/v3/embed"
)

func main() {
	_ = embed.NewConfig()
	_ = controllers.NewControllerManagerCommand()
	_ = kubectl.NewDefaultKubectlCommand()
	os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
}
