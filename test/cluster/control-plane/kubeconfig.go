package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

type object = map[string]any

// writeKubeconfig writes NAME.kubeconfig for the client certificate of that name; JSON is YAML. What it names is inside
// it, so the file works from anywhere.
func writeKubeconfig(directory, name, url string) (string, error) {
	ca, err := os.ReadFile(filepath.Join(directory, "ca.crt"))
	if err != nil {
		return "", err
	}
	certificate, err := os.ReadFile(filepath.Join(directory, name+".crt"))
	if err != nil {
		return "", err
	}
	key, err := os.ReadFile(filepath.Join(directory, name+".key"))
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"current-context": name,
		"clusters":        []object{{"name": "latchkey-cluster", "cluster": object{"server": url, "certificate-authority-data": ca}}},
		"contexts":        []object{{"name": name, "context": object{"cluster": "latchkey-cluster", "user": name}}},
		"users":           []object{{"name": name, "user": object{"client-certificate-data": certificate, "client-key-data": key}}},
	}, "", "  ")
	if err != nil {
		return "", err
	}
	file := filepath.Join(directory, name+".kubeconfig")
	return file, os.WriteFile(file, text, 0o600)
}
