package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// A client of the API server with the administrator's certificate.
type api struct {
	url    string
	client *http.Client
}

func newAPI(l layout) (*api, error) {
	ca, err := os.ReadFile(l.file("ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	certificate, err := tls.LoadX509KeyPair(l.file("admin.crt"), l.file("admin.key"))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	return &api{url: l.apiURL(), client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}, nil
}

// exists is an error until a GET of the path answers 200.
func (a *api) exists(path string) error {
	answer, err := a.client.Get(a.url + path)
	return expect(answer, err, http.StatusOK)
}

func (a *api) create(path string, body object) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := a.client.Post(a.url+path, "application/json", bytes.NewReader(text))
	return expect(answer, err, http.StatusCreated)
}

// publishIssuer lets everyone read the keys of service account tokens, as AWS does on EKS.
func (a *api) publishIssuer() error {
	return a.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object{
		"metadata": object{"name": "latchkey-cluster-issuer"},
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:service-account-issuer-discovery"},
		"subjects": []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}},
	})
}

// createDefaultAccount does what the missing service account controller would do for the namespace default.
func (a *api) createDefaultAccount() error {
	return a.create("/api/v1/namespaces/default/serviceaccounts", object{"metadata": object{"name": "default"}})
}

func expect(answer *http.Response, err error, status int) error {
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != status {
		return fmt.Errorf("%s answers %d: %s", answer.Request.URL.Path, answer.StatusCode, text)
	}
	return nil
}
