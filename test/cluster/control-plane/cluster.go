package main

import (
	"context"
	_ "embed"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// A running control plane: its children in the order in which they were started.
type cluster struct {
	assets   string
	layout   layout
	children []*process
}

func (c *cluster) start(ctx context.Context) (ready, error) {
	if err := c.prepare(); err != nil {
		return ready{}, err
	}
	admin, err := writeKubeconfig(c.layout.directory, "admin", c.layout.apiURL())
	if err != nil {
		return ready{}, err
	}
	client, err := newAPI(c.layout)
	if err != nil {
		return ready{}, err
	}
	if err := c.startAPIServer(ctx, client); err != nil {
		return ready{}, err
	}
	controllers, err := c.startControllers(ctx, client)
	if err != nil {
		return ready{}, err
	}
	return ready{
		URL:          c.layout.apiURL(),
		Kubeconfig:   admin,
		CAFile:       c.layout.file("ca.crt"),
		Issuer:       c.layout.apiURL(),
		ServiceRange: c.layout.serviceRange,
		AuditLog:     c.layout.file("audit.log"),
		Directory:    c.layout.directory,
		Controllers:  controllers,
	}, nil
}

// prepare writes keys, certificates and policies, and chooses ports.
func (c *cluster) prepare() error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	c.layout.etcdPort, c.layout.etcdPeerPort, c.layout.apiPort = ports[0], ports[1], ports[2]
	authority, err := newAuthority(c.layout.directory, "ca")
	if err != nil {
		return err
	}
	serviceIP, err := firstAddress(c.layout.serviceRange)
	if err != nil {
		return err
	}
	names := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	return errors.Join(
		authority.serving("kube-apiserver", names, []net.IP{net.IPv4(127, 0, 0, 1), serviceIP}),
		authority.client("admin", "latchkey-cluster-admin", "system:masters"),
		authority.client("kube-controller-manager", "system:kube-controller-manager"),
		writeSigningKey(c.layout.file("service-accounts.key")),
		os.WriteFile(c.layout.file("audit-policy.yaml"), auditPolicy, 0o600),
	)
}

func (c *cluster) startAPIServer(ctx context.Context, client *api) error {
	etcd, err := c.launch("etcd", c.layout.etcdArguments())
	if err != nil {
		return err
	}
	if err := etcd.await(ctx, func() error { return dial(c.layout.etcdPort) }); err != nil {
		return err
	}
	server, err := c.launch("kube-apiserver", c.layout.apiServerArguments())
	if err != nil {
		return err
	}
	if err := server.await(ctx, func() error { return client.exists("/readyz") }); err != nil {
		return err
	}
	return client.publishIssuer()
}

// startControllers returns false where the assets have no controller manager: envtest's don't.
func (c *cluster) startControllers(ctx context.Context, client *api) (bool, error) {
	const name = "kube-controller-manager"
	if c.assets != "" {
		if _, err := os.Stat(filepath.Join(c.assets, name)); errors.Is(err, fs.ErrNotExist) {
			return false, client.createDefaultAccount()
		}
	}
	kubeconfig, err := writeKubeconfig(c.layout.directory, name, c.layout.apiURL())
	if err != nil {
		return false, err
	}
	controllers, err := c.launch(name, c.layout.controllerManagerArguments(kubeconfig))
	if err != nil {
		return false, err
	}
	// Pods are refused until their service account is there.
	return true, controllers.await(ctx, func() error {
		return errors.Join(
			client.exists("/api/v1/namespaces/default/serviceaccounts/default"),
			client.exists("/api/v1/namespaces/default/configmaps/kube-root-ca.crt"),
		)
	})
}

func (c *cluster) launch(name string, args []string) (*process, error) {
	child, err := launch(c.layout.directory, c.assets, name, args)
	if err == nil {
		c.children = append(c.children, child)
	}
	return child, err
}

// anyEnded sends the first child that ends.
func (c *cluster) anyEnded() <-chan *process {
	first := make(chan *process, len(c.children))
	for _, child := range c.children {
		go func() {
			<-child.ended
			first <- child
		}()
	}
	return first
}

func (c *cluster) stop() {
	for i := len(c.children) - 1; i >= 0; i-- {
		c.children[i].stop()
	}
}
